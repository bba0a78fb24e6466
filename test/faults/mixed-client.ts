/** A thread of clients that do what clients of a registry do, one after the other, until their time is over. */
import { randomBytes, randomInt } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { digestOf } from '../../src/oci/digest.ts';
import { CONFIG, descriptorOf, jsonOf, LAYER, newManifest, OCI_MANIFEST } from '../spec/content.ts';
import { basic } from '../support/registry.ts';

export interface MixedLoad {
  readonly url: string;
  readonly apikey: string;
  readonly accountId: string;
  readonly clients: number;
  readonly seconds: number;
}

/** How often each was done, and what was answered otherwise than it should. */
export interface Mixed {
  readonly did: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

const REPOSITORIES = 20;
const TAGS = 50;
const { url, apikey, accountId, clients, seconds } = workerData as MixedLoad;
const did: Record<string, number> = {};
const failures: string[] = [];

const asOwner = { Authorization: basic('iamapikey', apikey) };

/** Sends it, reads the answer away, and notes what should not be. */
const send = async (
  method: string,
  path: string,
  allowed: readonly number[],
  init: { body?: Uint8Array | string; headers?: Record<string, string> } = {},
): Promise<Response> => {
  const response = await fetch(new URL(path, url), {
    method,
    headers: { ...asOwner, ...init.headers },
    body: init.body ?? null,
  });
  if (!allowed.includes(response.status) && failures.length < 20)
    failures.push(`${method} ${path}: ${response.status} ${(await response.clone().text()).slice(0, 200)}`);
  return response;
};

const anyRepository = (): string => `birds/r${randomInt(REPOSITORIES)}`;
const anyTag = (): string => `t${randomInt(TAGS)}`;

const token = async (): Promise<string> => {
  const body = new URLSearchParams({ grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey });
  const response = await fetch(`${url}/identity/token`, { method: 'POST', body });
  if (response.status !== 200)
    throw new Error(`/identity/token: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { access_token: string }).access_token;
};

/** A request to a JSON door, with a token of its own. */
const manage = async (method: string, path: string, allowed: readonly number[], body?: object) => {
  const headers = {
    Authorization: `Bearer ${await token()}`,
    Account: accountId,
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
  };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  await (await send(method, path, allowed, { ...sent, headers })).arrayBuffer();
};

const pushBlob = async (repository: string, bytes: Uint8Array): Promise<void> => {
  const begun = await send('POST', `/v2/${repository}/blobs/uploads/`, [202]);
  await begun.arrayBuffer();
  const location = begun.headers.get('location') ?? '';
  await (await send('PATCH', location, [202], { body: bytes })).arrayBuffer();
  await (await send('PUT', `${location}?digest=${digestOf(bytes)}`, [201])).arrayBuffer();
};

const pushImage = async (size: number): Promise<void> => {
  const repository = anyRepository();
  const [config, layer] = [jsonOf({ nonce: randomInt(2 ** 40) }), randomBytes(size)];
  for (const bytes of [config, layer]) await pushBlob(repository, bytes);
  const manifest = newManifest({
    config: descriptorOf(CONFIG, config),
    layers: [descriptorOf(LAYER, layer)],
  });
  const headers = { 'Content-Type': OCI_MANIFEST };
  const init = { body: manifest, headers };
  await (await send('PUT', `/v2/${repository}/manifests/${anyTag()}`, [201], init)).arrayBuffer();
};

const pull = async (): Promise<void> => {
  const repository = anyRepository();
  const response = await send('GET', `/v2/${repository}/manifests/${anyTag()}`, [200, 404]);
  if (response.status !== 200) return void (await response.arrayBuffer());
  const { config, layers } = (await response.json()) as Record<'config', { digest: string }> & {
    layers: { digest: string }[];
  };
  for (const { digest } of [config, ...layers]) {
    const blob = await send('GET', `/v2/${repository}/blobs/${digest}`, [200, 404]);
    for await (const _ of blob.body ?? []);
  }
};

/** What is done, by how often of a hundred. */
const WORK: readonly (readonly [name: string, share: number, work: () => Promise<void>])[] = [
  ['pull', 45, pull],
  ['small image', 20, () => pushImage(4000)],
  ['image of 2 MB', 4, () => pushImage(2_000_000)],
  ['image of 30 MB', 1, () => pushImage(30_000_000)],
  [
    'docker login',
    10,
    async () => {
      const scope = `repository:${anyRepository()}:pull,push`;
      await (await send('GET', `/oauth/token?service=registry&scope=${scope}`, [200])).arrayBuffer();
    },
  ],
  ['list of images', 4, () => manage('GET', '/api/v1/images', [200])],
  ['list of tags', 6, () => manage('GET', `/api/v1/tags?repository=${anyRepository()}`, [200])],
  ['list of events', 2, () => manage('GET', '/api/v1/audit/events?limit=200', [200])],
  [
    'deletion of a tag',
    6,
    () =>
      manage('DELETE', `/api/v1/tags/${encodeURIComponent(`${anyRepository()}:${anyTag()}`)}`, [200, 404]),
  ],
  ['collection', 1, () => manage('POST', '/api/v1/gc/runs', [202, 409], {})],
  ['service ID', 1, () => manage('POST', '/v1/serviceids', [201], { account_id: accountId, name: 'robot' })],
];

const one = async (): Promise<void> => {
  let at = randomInt(WORK.reduce((sum, [, share]) => sum + share, 0));
  for (const [name, share, work] of WORK) {
    at -= share;
    if (at >= 0) continue;
    await work();
    did[name] = (did[name] ?? 0) + 1;
    return;
  }
};

const end = performance.now() + 1000 * seconds;
await Promise.all(
  Array.from({ length: clients }, async () => {
    while (performance.now() < end && failures.length < 20)
      await one().catch((error: Error) => failures.push(String(error.cause ?? error)));
  }),
);
parentPort?.postMessage({ did, failures } satisfies Mixed);
