import { equal } from 'node:assert/strict';
import { PASSWORD } from '../identity/people.ts';
import type { TestRegistry } from '../support/registry.ts';
import { Pusher } from './images.ts';

/** What a stranger writes into every field that takes free text: markup, a turn of direction, a character without width. */
export const HOSTILE = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>\u202egnp\u200b';
/** The same as the pages show it. */
export const SHOWN = HOSTILE.replace('\u202e', '\\u202e').replace('\u200b', '\\u200b');
/** As long as a description may be, in one word. */
export const LONG = 'w'.repeat(240);

export const LABELS = {
  'org.example.markup': HOSTILE,
  'org.example.script': 'javascript:window.hit=1',
  'org.example.data': 'data:text/html,<script>window.hit=1</script>',
  'org.example.space': ' javascript:window.hit=1//https://example.com',
  'org.example.long': LONG,
  'org.opencontainers.image.source': 'https://example.com/birds',
  [HOSTILE]: 'the name of a label is a stranger’s too',
};

/** The pages on which the hostile texts stand, each with the texts that have to be seen there. */
export interface HostilePages {
  readonly [path: string]: readonly string[];
}

/** Fills a registry with hostile texts, and tells where they are shown. */
export const spreadHostileTexts = async (registry: TestRegistry): Promise<HostilePages> => {
  const { accountId } = registry;
  const made = async (path: string, body: object, status = 201): Promise<Record<string, string>> => {
    const answer = await registry.api('POST', path, body);
    const told = await answer.text();
    equal(answer.status, status, `${path}: ${told}`);
    return JSON.parse(told) as Record<string, string>;
  };
  const text = { name: HOSTILE, description: `${HOSTILE} ${LONG}`.slice(0, 250) };
  const ofAccount = { ...text, account_id: accountId };
  await registry.namespaceAdd('birds');
  await new Pusher(registry).image('birds/app', ['1'], {
    config: { Labels: LABELS, Env: [`EVIL=${HOSTILE}`], Cmd: [HOSTILE, LONG] },
    annotations: { 'org.opencontainers.image.title': HOSTILE },
  });
  const key = await made('/v1/apikeys', { ...ofAccount, iam_id: registry.ownerIamId });
  await usedBy(registry, key.apikey ?? '', HOSTILE.replaceAll(/[^\x20-\x7e]/g, ''));
  const serviceId = await made('/v1/serviceids', ofAccount);
  const group = await made(`/v2/groups?account_id=${accountId}`, text);
  const profile = await made('/v1/profiles', { name: 'evil', account_id: accountId, description: HOSTILE });
  const policy = await made('/v2/policies', {
    type: 'access',
    description: HOSTILE,
    subject: { attributes: [{ key: 'iam_id', operator: 'stringEquals', value: serviceId.iam_id }] },
    resource: {
      attributes: [
        { key: 'accountId', operator: 'stringEquals', value: accountId },
        { key: 'serviceName', operator: 'stringEquals', value: 'container-registry' },
      ],
    },
    control: { grant: { roles: [{ role_id: 'crn:v1:bluemix:public:iam::::serviceRole:Reader' }] } },
  });
  const user = await join(registry);
  return {
    '/repositories/birds/app:1': [SHOWN, LONG],
    '/api-keys': [SHOWN],
    [`/api-keys/${key.id}`]: [SHOWN, '<img src=x onerror="window.hit=1">'],
    '/service-ids': [SHOWN],
    [`/service-ids/${serviceId.id}`]: [SHOWN],
    '/groups': [SHOWN],
    [`/groups/${group.id}`]: [SHOWN],
    '/profiles': ['evil'],
    [`/profiles/${profile.id}`]: [SHOWN],
    '/policies': [SHOWN],
    [`/policies/${policy.id}`]: [SHOWN],
    '/users': [SHOWN.slice(0, 40)],
    [`/users/${user}`]: [SHOWN.slice(0, 40)],
    '/audit': [],
  };
};

/** A login by a program that calls itself something. */
const usedBy = async (registry: TestRegistry, apikey: string, program: string): Promise<void> => {
  const answer = await registry.fetch('/identity/token', {
    method: 'POST',
    headers: { 'User-Agent': program },
    body: new URLSearchParams({ grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey }),
  });
  equal(answer.status, 200, await answer.text());
  await registry.runJob('record-activity');
};

/** A person who was invited and calls themselves something. */
const join = async (registry: TestRegistry): Promise<string> => {
  const users = [{ email: 'eve@example.com', account_role: 'Member' }];
  const invited = await registry.api('POST', `/v2/accounts/${registry.accountId}/users`, { users });
  const { resources } = (await invited.json()) as { resources: [{ id: string; invitation_code: string }] };
  const [{ id, invitation_code: code }] = resources;
  const accepted = await registry.fetch('/v1/invitations/accept', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code, password: PASSWORD, first_name: HOSTILE.slice(0, 50), last_name: 'Eve' }),
  });
  equal(accepted.status, 200, await accepted.text());
  return id;
};
