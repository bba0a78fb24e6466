import { deepEqual } from 'node:assert/strict';
import type { Principal } from '../matrix/principals.ts';
import type { TestRegistry } from '../support/registry.ts';
import type { BrowserLab, Visit } from './browser-lab.ts';

/** A request as a script would send it. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

type Of = (account: string, name: string) => Asked;

const get =
  (path: (account: string) => string): Of =>
  (account) => ({ method: 'GET', path: path(account) });

/** Entries of the rail that need a right, each with what its page asks for. */
const ENTRIES: Readonly<Record<string, Of>> = {
  'Service IDs': get((account) => `/v1/serviceids?account_id=${account}`),
  'Registry tokens': get(() => '/api/v1/tokens'),
  Users: get((account) => `/v2/accounts/${account}/users`),
  'Access groups': get((account) => `/v2/groups?account_id=${account}`),
  'Trusted profiles': get((account) => `/v1/profiles?account_id=${account}`),
  Policies: get((account) => `/v2/policies?account_id=${account}`),
  Webhooks: get(() => '/api/v1/webhooks'),
  Quota: get(() => '/api/v1/quotas'),
  Settings: get((account) => `/v1/accounts/${account}/settings/identity`),
  Inactive: (account) => ({
    method: 'POST',
    path: `/v1/activity/accounts/${account}/report?type=inactive&duration=720`,
  }),
};

/** Lists that answer everyone with what they may see, which for most is nothing. */
const ANSWER_EVERYONE = new Set(['Access groups', 'Policies', 'Webhooks']);

/** Buttons by the page that they stand on, each with what it sends. */
const BUTTONS: readonly (readonly [page: string, button: string, asked: Of])[] = [
  ['/namespaces', 'Add a namespace', (_, name) => ({ method: 'PUT', path: `/api/v1/namespaces/${name}` })],
  [
    '/service-ids',
    'Create a service ID',
    (account_id, name) => ({ method: 'POST', path: '/v1/serviceids', body: { account_id, name } }),
  ],
  [
    '/groups',
    'Create a group',
    (account, name) => ({ method: 'POST', path: `/v2/groups?account_id=${account}`, body: { name } }),
  ],
  [
    '/profiles',
    'Create a profile',
    (account_id, name) => ({ method: 'POST', path: '/v1/profiles', body: { account_id, name } }),
  ],
  [
    '/users',
    'Invite a person',
    (account, name) => ({
      method: 'POST',
      path: `/v2/accounts/${account}/users`,
      body: { users: [{ email: `${name}@example.com`, account_role: 'Member' }] },
    }),
  ],
  [
    '/quota',
    'Change the limits',
    () => ({ method: 'PATCH', path: '/api/v1/quotas', body: { storage_megabytes: -1 } }),
  ],
  [
    '/resource-groups',
    'Create a group',
    (account_id, name) => ({ method: 'POST', path: '/v2/resource_groups', body: { account_id, name } }),
  ],
];

const isRefused = async (registry: TestRegistry, principal: Principal, asked: Asked): Promise<boolean> => {
  const answer = await registry.fetch(asked.path, {
    method: asked.method,
    headers: {
      Authorization: `Bearer ${principal.bearer}`,
      Account: principal.home ?? '',
      ...(asked.body ? { 'Content-Type': 'application/json' } : {}),
    },
    ...(asked.body ? { body: JSON.stringify(asked.body) } : {}),
  });
  await answer.text();
  return answer.status === 403 || answer.status === 404;
};

/** Opens every page as a principal; throws where an entry or a button says other than the API does. */
export const refuseOtherThanTheApi = async (lab: BrowserLab, principal: Principal): Promise<void> => {
  const { registry } = lab;
  const account = principal.home ?? '';
  await using visit = await lab.visit({ apikey: principal.apikey ?? '' });
  visit.expectRefusal(403);
  visit.expectRefusal(404);
  await visit.settled();
  const found: string[] = [];
  const shown = new Set(await visit.rail.getByRole('link').allInnerTexts());
  for (const [entry, asked] of Object.entries(ENTRIES)) {
    const refused = await isRefused(registry, principal, asked(account, ''));
    const isRight = refused ? !shown.has(entry) : shown.has(entry) || ANSWER_EVERYONE.has(entry);
    if (!isRight) found.push(`${entry}: ${refused ? 'shown' : 'hidden'}`);
  }
  for (const [page, button, asked] of BUTTONS) {
    await visit.walkTo(page);
    const state = await stateOf(visit, button);
    const name = `t${principal.name.replaceAll(/\W/g, '')}`.toLowerCase().slice(0, 28);
    const refused = await isRefused(registry, principal, asked(account, name));
    if (state !== (refused ? 'off' : 'on')) found.push(`${page} ${button}: ${state}`);
  }
  deepEqual(found, [], principal.name);
};

/** A page that is refused as a whole has no button. */
const stateOf = async (visit: Visit, name: string): Promise<'on' | 'off'> => {
  const button = visit.button(name);
  if ((await button.count()) === 0) return 'off';
  return (await button.getAttribute('aria-disabled')) === 'true' ? 'off' : 'on';
};
