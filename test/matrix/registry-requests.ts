import { setTimeout as sleep } from 'node:timers/promises';
import { jsonOf, newBytes, OCI_INDEX } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { basic } from '../support/registry.ts';
import type { Place } from './place.ts';
import type { Ask, Maker } from './request.ts';
import { VULNERABILITY_REQUESTS } from './vulnerability-requests.ts';

const token = async (place: Place): Promise<string> => {
  const { token: value } = await place.make('POST', '/api/v1/tokens?secondaryOwner=ci');
  const { tokens } = await place.make('GET', '/api/v1/tokens');
  const ids: string[] = tokens.map(({ _id }: { _id: string }) => _id);
  const id = ids.find((each) => claimsOf(value).jti === each) ?? ids.at(-1);
  return `/api/v1/tokens/${id}`;
};

const claimsOf = (jwt: string): { jti?: string } =>
  JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());

/** A digest the registry holds, for every caller. */
const digest = async ({ registry }: Place): Promise<string> =>
  new TestRepository(registry, 'birds/collected').pushBlob(newBytes());

/** An image in a namespace of its own, by its tag. */
const image = async (place: Place): Promise<string> => {
  const name = `${await place.namespace()}/app`;
  const annotations = { nonce: newBytes(8).toString('hex') };
  const { status } = await place.registry.v2('PUT', `${name}/manifests/1`, {
    headers: { Authorization: basic('iamapikey', place.owner.apikey), 'Content-Type': OCI_INDEX },
    body: jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], annotations }),
  });
  if (status !== 201) throw new Error(`${name} is not pushed: ${status}`);
  return `${name}:1`;
};

const protections = async (place: Place): Promise<string> =>
  `/api/v1/namespaces/${await place.namespace()}/protections`;
/** A webhook whose receiver is never reached: nothing is sent to where this name leads. Others make room for it. */
const webhookBody = (place: Place): object => ({
  name: place.name(),
  url: 'https://localhost/hook',
  events: ['image.pushed'],
});

const webhook = async (place: Place): Promise<string> => {
  for (const { id } of await place.make('GET', '/api/v1/webhooks'))
    await place.make('DELETE', `/api/v1/webhooks/${id}`);
  const { id } = await place.make('POST', '/api/v1/webhooks', webhookBody(place));
  return `/api/v1/webhooks/${id}`;
};

/** A test that waits for its first or next try. */
const webhookDelivery = async (place: Place): Promise<string> => {
  const path = await webhook(place);
  const { id } = await place.make('POST', `${path}/test`);
  return `${path}/deliveries/${id}`;
};

/** One that is in the trash. */
const deleted = async (place: Place): Promise<string> => {
  const name = await image(place);
  await place.make('DELETE', `/api/v1/images/${name}`);
  return name;
};

/** The same by its digest. */
const deletedDigest = async (place: Place): Promise<string> => {
  const [repository = ''] = (await deleted(place)).split(':');
  const trash = await place.make('GET', `/api/v1/trash?namespace=${repository.split('/')[0]}`);
  const [name = ''] = Object.keys(trash);
  return name.slice(name.indexOf('/') + 1);
};

/** An account of its own, for the operator to work on. */
const tenant = async (place: Place): Promise<string> => {
  const made = await place.registry.api('POST', '/api/v1/accounts', { name: place.name() });
  return ((await made.json()) as { account_id: string }).account_id;
};

const suspended = async (place: Place): Promise<string> => {
  const id = await tenant(place);
  await place.registry.api('POST', `/api/v1/accounts/${id}/suspend`, {});
  return id;
};

/** Until no look for warnings is under way. */
const looked = async ({ registry }: Place): Promise<void> => {
  for (let turn = 0; turn < 500; turn++) {
    const list = await registry.api('GET', '/api/v1/warnings?limit=1');
    if (!((await list.json()) as { looking: boolean }).looking) return;
    await sleep(20);
  }
  throw new Error('a look for warnings does not end');
};

/** A finished run; the operator's, for every caller. */
const run = async ({ registry }: Place): Promise<string> => {
  const { access_token } = await registry.login();
  const headers = { Authorization: `Bearer ${access_token}`, 'Content-Type': 'application/json' };
  const body = JSON.stringify({ dry_run: true });
  // one at a time, and a run that ends meanwhile would look like something that changed
  for (let turn = 0; turn < 200; turn++) {
    const begun = await registry.fetch('/api/v1/gc/runs', { method: 'POST', headers, body });
    const { id } = (await begun.json()) as { id?: string };
    if (begun.status === 202 && id !== undefined) return ended(registry, id, headers);
    await sleep(20);
  }
  throw new Error('no run of garbage collection begins');
};

const ended = async (
  registry: Place['registry'],
  id: string,
  headers: Record<string, string>,
): Promise<string> => {
  for (let turn = 0; turn < 200; turn++) {
    const found = await registry.fetch(`/api/v1/gc/runs/${id}`, { headers });
    if ('finished_at' in ((await found.json()) as object)) return id;
    await sleep(20);
  }
  throw new Error(`run ${id} does not end`);
};

/** A finished run of retention in a namespace of its own. */
const retentionRun = async (place: Place): Promise<{ runs: string; id: string }> => {
  const runs = `/api/v1/retentions/${await place.namespace()}/runs`;
  const { id } = await place.make('POST', runs, { images_per_repo: 1 });
  for (let turn = 0; turn < 500; turn++) {
    if ('finished_at' in (await place.make('GET', `${runs}/${id}`))) return { runs, id };
    await sleep(20);
  }
  throw new Error(`the run ${id} of retention does not end`);
};

const absent = (path: string): Readonly<Record<string, Maker>> => ({
  [`ANY ${path}`]: () => ({ path }),
  [`ANY ${path}/*`]: () => ({ path: `${path}/x` }),
});

const emptyList = (path: string): Readonly<Record<string, Maker>> => ({
  [`GET ${path}`]: ({ accountId }) => ({ path: `${path}?account_id=${accountId}` }),
  [`POST ${path}`]: () => ({ path, body: {} }),
  [`ANY ${path}/*`]: () => ({ path: `${path}/x` }),
});

const dry: Ask['body'] = { dry_run: true };

export const REGISTRY_REQUESTS: Readonly<Record<string, Maker>> = {
  'GET /api/v1/namespaces': () => ({ path: '/api/v1/namespaces' }),
  'GET /api/v1/namespaces/details': () => ({ path: '/api/v1/namespaces/details' }),
  'PUT /api/v1/namespaces/:name': (place) => ({ path: `/api/v1/namespaces/${place.name()}` }),
  'PATCH /api/v1/namespaces/:name': async (place) => {
    const group = { name: place.name(), account_id: place.accountId };
    const { id } = await place.make('POST', '/v2/resource_groups', group);
    const path = `/api/v1/namespaces/${await place.namespace()}`;
    return { path, headers: { 'X-Auth-Resource-Group': id } };
  },
  'PUT /api/v1/accounts/:account_id/namespaces/:name/resource_group': async (place) => {
    const group = { name: place.name(), account_id: place.accountId };
    const { id } = await place.make('POST', '/v2/resource_groups', group);
    const path = `/api/v1/accounts/${place.accountId}/namespaces/${await place.namespace()}/resource_group`;
    return { path, body: { resource_group_id: id } };
  },
  'DELETE /api/v1/namespaces/:name': async (place) => ({
    path: `/api/v1/namespaces/${await place.namespace()}`,
  }),
  'GET /api/v1/images': () => ({ path: '/api/v1/images' }),
  'GET /api/v1/images/:image/json': async (place) => ({
    path: `/api/v1/images/${encodeURIComponent(await image(place))}/json`,
  }),
  'GET /api/v1/images/:image/manifest': async (place) => ({
    path: `/api/v1/images/${await image(place)}/manifest`,
  }),
  'GET /api/v1/images/:image/vulnerabilities': async (place) => ({
    path: `/api/v1/images/${await image(place)}/vulnerabilities`,
  }),
  'POST /api/v1/images/digests': () => ({ path: '/api/v1/images/digests', body: { exclude_tagged: true } }),
  'POST /api/v1/images/tags': async (place) => {
    const from = await image(place);
    return { path: `/api/v1/images/tags?fromimage=${from}&toimage=${from}.copy` };
  },
  'DELETE /api/v1/tags/:image': async (place) => ({ path: `/api/v1/tags/${await image(place)}` }),
  'GET /api/v1/namespaces/:name/protections': async (place) => ({ path: await protections(place) }),
  'POST /api/v1/namespaces/:name/protections': async (place) => ({
    path: await protections(place),
    body: { tags: 'v*' },
  }),
  'DELETE /api/v1/namespaces/:name/protections/:id': async (place) => {
    const path = await protections(place);
    const { id } = await place.make('POST', path, { tags: 'v*' });
    return { path: `${path}/${id}` };
  },
  'GET /api/v1/holds': () => ({ path: '/api/v1/holds' }),
  'PUT /api/v1/holds/:image': async (place) => ({
    path: `/api/v1/holds/${await image(place)}`,
    body: { reason: 'a lawsuit' },
  }),
  'DELETE /api/v1/holds/:image': async (place) => {
    const path = `/api/v1/holds/${await image(place)}`;
    await place.make('PUT', path, { reason: 'a lawsuit' });
    return { path };
  },
  'GET /api/v1/webhooks': () => ({ path: '/api/v1/webhooks' }),
  'POST /api/v1/webhooks': async (place) => {
    await webhook(place);
    return { path: '/api/v1/webhooks', body: webhookBody(place) };
  },
  'GET /api/v1/webhooks/:id': async (place) => ({ path: await webhook(place) }),
  'PATCH /api/v1/webhooks/:id': async (place) => ({
    path: await webhook(place),
    headers: { 'If-Match': '*' },
    body: { description: 'changed' },
  }),
  'DELETE /api/v1/webhooks/:id': async (place) => ({ path: await webhook(place) }),
  'POST /api/v1/webhooks/:id/rotate': async (place) => ({ path: `${await webhook(place)}/rotate`, body: {} }),
  'POST /api/v1/webhooks/:id/test': async (place) => ({ path: `${await webhook(place)}/test` }),
  'GET /api/v1/webhooks/:id/deliveries': async (place) => ({ path: `${await webhook(place)}/deliveries` }),
  'GET /api/v1/webhooks/:id/deliveries/:delivery': async (place) => ({ path: await webhookDelivery(place) }),
  'POST /api/v1/webhooks/:id/deliveries/:delivery/redeliver': async (place) => ({
    path: `${await webhookDelivery(place)}/redeliver`,
  }),
  'DELETE /api/v1/images/:image': async (place) => ({ path: `/api/v1/images/${await image(place)}` }),
  'POST /api/v1/images/bulkdelete': async (place) => ({
    path: '/api/v1/images/bulkdelete',
    body: [await image(place)],
  }),
  'GET /api/v1/trash': () => ({ path: '/api/v1/trash' }),
  'DELETE /api/v1/trash': async (place) => {
    const [namespace] = (await deleted(place)).split('/');
    return { path: `/api/v1/trash?namespace=${namespace}` };
  },
  'POST /api/v1/trash/:image/restore': async (place) => ({
    path: `/api/v1/trash/${await deleted(place)}/restore`,
  }),
  'POST /api/v1/trash/:image/restoretags': async (place) => ({
    path: `/api/v1/trash/${encodeURIComponent(await deletedDigest(place))}/restoretags`,
  }),
  'GET /api/v1/regions': () => ({ path: '/api/v1/regions' }),
  'POST /api/v1/tokens': () => ({ path: '/api/v1/tokens?write=true' }),
  'GET /api/v1/tokens': () => ({ path: '/api/v1/tokens' }),
  'GET /api/v1/tokens/:id': async (place) => ({ path: await token(place) }),
  'DELETE /api/v1/tokens/:id': async (place) => ({ path: await token(place) }),
  'DELETE /api/v1/tokens': async (place) => {
    await token(place);
    return { path: '/api/v1/tokens?secondaryOwner=ci' };
  },
  'GET /api/v1/auth': () => ({ path: '/api/v1/auth' }),
  'PATCH /api/v1/auth': () => ({ path: '/api/v1/auth', body: { iam_authz: true } }),
  'GET /api/v1/secrets': () => ({ path: '/api/v1/secrets?expiring=30d' }),
  'GET /api/v1/usage': () => ({ path: '/api/v1/usage' }),
  'GET /api/v1/usage/repositories': () => ({ path: '/api/v1/usage/repositories' }),
  'GET /api/v1/search': () => ({ path: '/api/v1/search?q=birds' }),
  'GET /api/v1/accounts/mine': () => ({ path: '/api/v1/accounts/mine' }),
  'GET /api/v1/repositories': () => ({ path: '/api/v1/repositories' }),
  'GET /api/v1/tags': () => ({ path: '/api/v1/tags?repository=birds/app' }),
  'GET /api/v1/quotas': () => ({ path: '/api/v1/quotas' }),
  'PATCH /api/v1/quotas': () => ({ path: '/api/v1/quotas', body: { storage_megabytes: -1 } }),
  'GET /api/v1/plans': () => ({ path: '/api/v1/plans' }),
  'PATCH /api/v1/plans': () => ({ path: '/api/v1/plans', body: { plan: 'Standard' } }),
  'GET /api/v1/settings': () => ({ path: '/api/v1/settings' }),
  'PATCH /api/v1/settings': () => ({ path: '/api/v1/settings', body: { platform_metrics: true } }),
  'GET /api/v1/messages': () => ({ path: '/api/v1/messages' }),
  'POST /api/v1/builds': () => ({ path: '/api/v1/builds' }),
  ...VULNERABILITY_REQUESTS,
  'GET /api/v1/retentions': () => ({ path: '/api/v1/retentions' }),
  'GET /api/v1/retentions/:namespace': async (place) => ({
    path: `/api/v1/retentions/${await place.namespace()}`,
  }),
  // its analysis was not seen, so no run begins
  'POST /api/v1/retentions': async (place) => ({
    path: '/api/v1/retentions',
    body: { namespace: await place.namespace(), rules: [{ older_than_days: 7 }] },
  }),
  'POST /api/v1/retentions/analyze': async (place) => ({
    path: '/api/v1/retentions/analyze',
    body: { namespace: await place.namespace(), images_per_repo: 1 },
  }),
  'POST /api/v1/retentions/explain': async (place) => ({
    path: '/api/v1/retentions/explain',
    body: { namespace: await place.namespace(), images_per_repo: 1 },
  }),
  'POST /api/v1/retentions/:namespace/runs': async (place) => ({
    path: `/api/v1/retentions/${await place.namespace()}/runs`,
    // the run goes on in the background: it has nothing to delete
    body: { images_per_repo: 1000, retain_untagged: true },
  }),
  'GET /api/v1/retentions/:namespace/runs': async (place) => ({ path: (await retentionRun(place)).runs }),
  'GET /api/v1/retentions/:namespace/runs/:id': async (place) => {
    const { runs, id } = await retentionRun(place);
    return { path: `${runs}/${id}` };
  },
  'GET /api/v1/audit/events/export': () => ({ path: '/api/v1/audit/events/export' }),
  'GET /api/v1/audit/events': () => ({ path: '/api/v1/audit/events' }),
  'GET /api/v1/audit/settings': () => ({ path: '/api/v1/audit/settings' }),
  'PUT /api/v1/audit/settings': () => ({ path: '/api/v1/audit/settings', body: { pulls: 'each' } }),
  'GET /api/v1/audit/hold': () => ({ path: '/api/v1/audit/hold' }),
  'PUT /api/v1/audit/hold': () => ({ path: '/api/v1/audit/hold', body: { reason: 'an incident' } }),
  'DELETE /api/v1/audit/hold': async (place) => {
    await place.make('PUT', '/api/v1/audit/hold', { reason: 'an incident' });
    return { path: '/api/v1/audit/hold' };
  },
  'GET /api/v1/audit/checkpoints': () => ({ path: '/api/v1/audit/checkpoints' }),
  'POST /api/v1/audit/checkpoints': () => ({ path: '/api/v1/audit/checkpoints' }),
  'POST /api/v1/audit/verify': () => ({ path: '/api/v1/audit/verify', body: {} }),
  'POST /api/v1/accounts': (place) => ({ path: '/api/v1/accounts', body: { name: place.name() } }),
  'GET /api/v1/accounts': () => ({ path: '/api/v1/accounts' }),
  'GET /api/v1/accounts/:account_id': async (place) => ({ path: `/api/v1/accounts/${await tenant(place)}` }),
  'POST /api/v1/accounts/:account_id/suspend': async (place) => ({
    path: `/api/v1/accounts/${await tenant(place)}/suspend`,
    body: {},
  }),
  'POST /api/v1/accounts/:account_id/resume': async (place) => ({
    path: `/api/v1/accounts/${await suspended(place)}/resume`,
    body: {},
  }),
  'POST /api/v1/accounts/:account_id/delete': async (place) => ({
    path: `/api/v1/accounts/${await suspended(place)}/delete`,
    body: {},
  }),
  'GET /api/v1/accounts/:account_id/quota': async (place) => ({
    path: `/api/v1/accounts/${await tenant(place)}/quota`,
  }),
  'PUT /api/v1/accounts/:account_id/quota': async (place) => ({
    path: `/api/v1/accounts/${await tenant(place)}/quota`,
    body: { storage_megabytes: 1, traffic_megabytes: -1 },
  }),
  'DELETE /api/v1/accounts/:account_id/quota': async (place) => ({
    path: `/api/v1/accounts/${await tenant(place)}/quota`,
  }),
  'GET /api/v1/signing-keys': () => ({ path: '/api/v1/signing-keys' }),
  'POST /api/v1/signing-keys': () => ({ path: '/api/v1/signing-keys', body: { purpose: 'bearer' } }),
  'POST /api/v1/signing-keys/:id/retire': () => ({ path: '/api/v1/signing-keys/none/retire' }),
  'GET /api/v1/signing-keys/:id/tokens': () => ({ path: '/api/v1/signing-keys/none/tokens' }),
  'GET /api/v1/system': () => ({ path: '/api/v1/system' }),
  'GET /api/v1/warnings': () => ({ path: '/api/v1/warnings' }),
  'POST /api/v1/warnings/looks': async (place) => {
    await looked(place);
    return { path: '/api/v1/warnings/looks' };
  },
  'GET /api/v1/oversized-policies': () => ({ path: '/api/v1/oversized-policies' }),
  'POST /api/v1/users/reset': async ({ identities, accountId }) => ({
    path: '/api/v1/users/reset',
    body: { user: (await identities.user(accountId)).iamId },
  }),
  'GET /api/v1/issuers': () => ({ path: '/api/v1/issuers' }),
  'PATCH /api/v1/issuers/:name': () => ({ path: '/api/v1/issuers/none', body: { state: 'disabled' } }),
  'GET /api/v1/gc': () => ({ path: '/api/v1/gc' }),
  'POST /api/v1/gc/runs': () => ({ path: '/api/v1/gc/runs', body: dry }),
  'GET /api/v1/gc/runs/:id': async (place) => ({ path: `/api/v1/gc/runs/${await run(place)}` }),
  'GET /api/v1/gc/holders/:digest': async (place) => ({ path: `/api/v1/gc/holders/${await digest(place)}` }),
  // without a target, and with the id of another key
  'GET /api/v1/backups': () => ({ path: '/api/v1/backups' }),
  'POST /api/v1/backups': () => ({ path: '/api/v1/backups', body: {} }),
  'GET /api/v1/backups/:id': () => ({ path: '/api/v1/backups/none' }),
  'GET /api/v1/backups/snapshots': () => ({ path: '/api/v1/backups/snapshots' }),
  'POST /api/v1/backups/verify': () => ({ path: '/api/v1/backups/verify', body: {} }),
  'POST /api/v1/backups/prune': () => ({ path: '/api/v1/backups/prune', body: { keep: 1 } }),
  'POST /api/v1/backups/key': () => ({ path: '/api/v1/backups/key', body: { key: '0123456789abcdef' } }),
  'POST /api/v1/gc/verify': () => ({ path: '/api/v1/gc/verify', body: {} }),
  'GET /api/openapi.json': () => ({ path: '/api/openapi.json' }),
  'GET /api/doc': () => ({ path: '/api/doc' }),
  'GET /': () => ({ path: '/', headers: { Accept: 'text/html' } }),
  'GET /healthz': () => ({ path: '/healthz' }),
  'GET /readyz': () => ({ path: '/readyz' }),
  'GET /metrics': () => ({ path: '/metrics' }),
  ...emptyList('/v1/serviceid_groups'),
  ...absent('/v1/mfa'),
  ...absent('/v1/preferences'),
  ...emptyList('/v1/profile_templates'),
  ...emptyList('/v1/profile_assignments'),
  ...emptyList('/v1/account_settings_templates'),
  ...emptyList('/v1/account_settings_assignments'),
};
