import { deepEqual, ok } from 'node:assert/strict';
import { onNamespace, v2Policy } from '../access/policy-documents.ts';
import type { Principal } from '../matrix/principals.ts';
import type { TestRegistry } from '../support/registry.ts';
import type { BrowserLab, Visit } from './browser-lab.ts';
import { Pusher } from './images.ts';

/** A request as a script would send it. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

/** What a button sends; `name` is free. */
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
    '/registry-tokens',
    'Create a registry token',
    (_, name) => ({ method: 'POST', path: `/api/v1/tokens?permanent=true&description=${name}` }),
  ],
  [
    '/webhooks',
    'Add a webhook',
    (_, name) => ({
      method: 'POST',
      path: '/api/v1/webhooks',
      body: { name, url: 'https://receiver.invalid/hook', events: ['image.deleted'] },
    }),
  ],
  [
    '/policies',
    'Add a policy',
    (account) => ({
      method: 'POST',
      path: '/v2/policies',
      body: v2Policy('iam-ServiceId-00000000-0000-4000-8000-000000000000', 'Reader', account, {
        serviceName: 'container-registry',
      }),
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

/** Things of the owner's, made for one principal: what it may destroy does not lack to the next. */
interface Things {
  readonly namespace: string;
  readonly image: string;
  readonly serviceId: string;
  readonly group: string;
  readonly profile: string;
  readonly policy: string;
}

const thingsFor = async (registry: TestRegistry, name: string): Promise<Things> => {
  const { accountId: account_id } = registry;
  const made = async (path: string, body: object): Promise<{ id: string; iam_id: string }> => {
    const answer = await registry.api('POST', path, body);
    const told = await answer.text();
    ok(answer.ok, `${path}: ${told}`);
    return JSON.parse(told) as { id: string; iam_id: string };
  };
  await registry.namespaceAdd(name);
  await new Pusher(registry).image(`birds/${name}`, ['1'], { layer: name });
  const serviceId = await made('/v1/serviceids', { account_id, name });
  // deleting what holds a policy needs more, which the registry says when it is asked
  const holder = await made('/v1/serviceids', { account_id, name: `${name}-holder` });
  return {
    namespace: name,
    image: `birds/${name}:1`,
    serviceId: serviceId.id,
    group: (await made(`/v2/groups?account_id=${account_id}`, { name })).id,
    profile: (await made('/v1/profiles', { account_id, name })).id,
    policy: (await made('/v2/policies', v2Policy(holder.iam_id, 'Reader', account_id, onNamespace('birds'))))
      .id,
  };
};

type OnThings = (things: Things, registry: TestRegistry) => Asked;

/** What a script sends that was written for an earlier version: where the right is there, 412 is all that comes of it. */
const STALE = { headers: { 'If-Match': '"stale"' } };

/** Buttons on the page of one thing, each with what it sends; what destroys the thing comes last. */
const ON_THINGS: readonly (readonly [page: (things: Things) => string, button: string, asked: OnThings])[] = [
  [
    ({ image }) => `/repositories/${image}`,
    'Add a tag',
    ({ image }, { host }) => {
      const query = new URLSearchParams({ fromimage: `${host}/${image}`, toimage: `${host}/${image}-again` });
      return { method: 'POST', path: `/api/v1/images/tags?${query}` };
    },
  ],
  [
    ({ image }) => `/repositories/${image}`,
    'Delete image',
    ({ image }, { host }) => ({
      method: 'DELETE',
      path: `/api/v1/images/${encodeURIComponent(`${host}/${image}`)}`,
    }),
  ],
  [
    ({ namespace }) => `/namespaces/${namespace}?tab=protection`,
    'Protect tags',
    ({ namespace }) => ({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/protections`,
      body: { tags: 'v*' },
    }),
  ],
  [
    ({ namespace }) => `/namespaces/${namespace}`,
    'Delete namespace',
    ({ namespace }) => ({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` }),
  ],
  [
    ({ serviceId }) => `/service-ids/${serviceId}`,
    'Change',
    ({ serviceId }) => ({
      method: 'PUT',
      path: `/v1/serviceids/${serviceId}`,
      body: { name: 'x' },
      ...STALE,
    }),
  ],
  [
    ({ serviceId }) => `/service-ids/${serviceId}`,
    'Delete',
    ({ serviceId }) => ({ method: 'DELETE', path: `/v1/serviceids/${serviceId}` }),
  ],
  [
    ({ group }) => `/groups/${group}`,
    'Add members',
    ({ group }, { ownerIamId }) => ({
      method: 'PUT',
      path: `/v2/groups/${group}/members`,
      body: { members: [{ iam_id: ownerIamId, type: 'user' }] },
    }),
  ],
  [
    ({ group }) => `/groups/${group}`,
    'Change',
    ({ group }) => ({ method: 'PATCH', path: `/v2/groups/${group}`, body: { name: 'x' }, ...STALE }),
  ],
  [
    ({ group }) => `/groups/${group}`,
    'Delete group',
    ({ group }) => ({ method: 'DELETE', path: `/v2/groups/${group}?force=true` }),
  ],
  [
    ({ profile }) => `/profiles/${profile}`,
    'Delete profile',
    ({ profile }) => ({ method: 'DELETE', path: `/v1/profiles/${profile}` }),
  ],
  [
    ({ policy }) => `/policies/${policy}`,
    'Delete policy',
    ({ policy }) => ({ method: 'DELETE', path: `/v2/policies/${policy}` }),
  ],
];

/** Opens the pages of single things as a principal; throws where a button says other than the API does. */
export const refuseOtherThanTheApiOnThings = async (lab: BrowserLab, principal: Principal): Promise<void> => {
  const { registry } = lab;
  const things = await thingsFor(registry, shortName(principal, 's'));
  await using visit = await lab.visit({ apikey: principal.apikey ?? '' });
  visit.expectRefusal(403);
  visit.expectRefusal(404);
  const found: string[] = [];
  for (const [pageOf, button, asked] of ON_THINGS) {
    await visit.walkTo(pageOf(things));
    // a Writer alone may not see what it may change: then the page says so, and has no button
    if ((await visit.page.locator('main > div > .note[role=alert], main > .note[role=alert]').count()) > 0)
      continue;
    const state = await stateOf(visit, button);
    const refused = await isRefused(registry, principal, asked(things, registry));
    if (state !== (refused ? 'off' : 'on')) found.push(`${pageOf(things)} ${button}: ${state}`);
  }
  deepEqual(found, [], principal.name);
};

const shortName = ({ name }: Principal, first: string): string =>
  `${first}${name.replaceAll(/\W/g, '')}`.toLowerCase().slice(0, 28);

const isRefused = async (registry: TestRegistry, principal: Principal, asked: Asked): Promise<boolean> => {
  const answer = await registry.fetch(asked.path, {
    method: asked.method,
    headers: {
      Authorization: `Bearer ${principal.bearer}`,
      Account: principal.home ?? '',
      ...asked.headers,
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
    const name = shortName(principal, 't');
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
