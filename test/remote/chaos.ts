import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../src/oci/digest.ts';
import { runOperator } from '../operate/operator.ts';
import { basic } from '../support/registry.ts';
import { addNamespace, type Fleet, startFleet } from './fleet.ts';
import { type Acknowledged, Client } from './traffic.ts';

/** Something that happens to a fleet while clients push and pull. */
export type Event = (fleet: Fleet) => Promise<void>;

export const killReplica =
  (index: number, awayMs: number): Event =>
  async ({ replicas }) => {
    await replicas[index]?.kill('SIGKILL');
    await sleep(awayMs);
    await replicas[index]?.start();
  };

/** Kills a replica that holds half of a blob; the push is repeated, and reaches another one. */
export const killUploading =
  (index: number): Event =>
  async (fleet) => {
    const victim = fleet.replicas[index];
    assert.ok(victim);
    const bytes = randomBytes(12 << 20);
    const headers = { Authorization: basic('iamapikey', fleet.apikey) };
    const uploads = '/v2/birds/cut/blobs/uploads/';
    const begun = await fetch(victim.url + uploads, { method: 'POST', headers });
    assert.equal(begun.status, 202);
    const taken = Promise.withResolvers<void>();
    const half = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(bytes.subarray(0, 9 << 20))),
      pull: () => taken.resolve(),
    });
    const init = { method: 'PATCH', headers, body: half, duplex: 'half' } as RequestInit;
    const cut = fetch(new URL(begun.headers.get('location') ?? '', victim.url), init).then(
      ({ status }) => `answered ${status}`,
      () => 'cut',
    );
    await taken.promise;
    await victim.kill('SIGKILL');
    assert.equal(await cut, 'cut');
    const target = `${fleet.url}${uploads}?digest=${digestOf(bytes)}`;
    const again = await fetch(target, { method: 'POST', headers, body: bytes });
    assert.equal(again.status, 201, 'a push that was cut passes when it is repeated');
    await victim.start();
  };

export const restartDatabase: Event = async ({ database }) => {
  await database.stop();
  await database.start();
};

export const cutBucket =
  (awayMs: number): Event =>
  async ({ bucket }) => {
    bucket.cut(Number.POSITIVE_INFINITY);
    await sleep(awayMs);
    bucket.cut();
  };

interface Plan {
  readonly name: string;
  readonly pushers: number;
  readonly pullers: number;
  readonly events: readonly Event[];
  /** Rest before, between and after the events. */
  readonly restMs: number;
  /** Real clients: begins when the fleet stands, ends after `signal` fires. */
  readonly clients?: (fleet: Fleet, signal: AbortSignal) => Promise<unknown>;
}

/** Clients at work, events one after the other; then all that was acknowledged is asked of every replica, and verified. */
export const chaos = async (
  t: TestContext,
  { name, pushers, pullers, events, restMs, clients }: Plan,
): Promise<void> => {
  await using fleet = await startFleet(name);
  await addNamespace(fleet, 'birds');
  const acknowledged: Acknowledged[] = [];
  const ending = new AbortController();
  const crowd: Client[] = [];
  const work = (act: (client: Client) => Promise<void>) => async (): Promise<void> => {
    const client = new Client(fleet.url, fleet.apikey);
    crowd.push(client);
    while (!ending.signal.aborted) await act(client);
  };
  const push = work(async (client) => {
    acknowledged.push(await client.push(`birds/r${acknowledged.length % 4}`));
  });
  const pull = work(async (client) => {
    const image = acknowledged[Math.floor(Math.random() * acknowledged.length)];
    if (image) await client.pull(image);
    else await sleep(50);
  });
  const workers = [
    ...Array.from({ length: pushers }, push),
    ...Array.from({ length: pullers }, pull),
    clients?.(fleet, ending.signal),
  ];
  const busy = Promise.all(workers);
  try {
    await Promise.race([busy, happen(fleet, events, restMs)]);
  } finally {
    ending.abort();
    fleet.bucket.cut();
  }
  await busy;

  assert.ok(acknowledged.length > 0);
  for (const { url } of fleet.replicas) {
    const client = new Client(url, fleet.apikey);
    for (const image of acknowledged) await client.pull(image);
    assert.equal(client.repeated, 0, 'what was acknowledged is there at the first try when all is well');
  }
  await verify(fleet);
  const repeated = crowd.reduce((sum, client) => sum + client.repeated, 0);
  t.diagnostic(
    `${acknowledged.length} images pushed and acknowledged; ${repeated} times something was done again`,
  );
};

/** Every row and every byte, as the operator would: with all replicas stopped. */
const verify = async ({ replicas, env }: Fleet): Promise<void> => {
  for (const replica of replicas) await replica.kill('SIGTERM');
  const verified = await runOperator(['verify', '--data', replicas[0]?.dataDir ?? ''], env);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  assert.match(verified.stdout, / 0 faults/);
};

const happen = async (fleet: Fleet, events: readonly Event[], restMs: number): Promise<void> => {
  for (const event of events) {
    await sleep(restMs);
    await event(fleet);
  }
  await sleep(restMs);
};
