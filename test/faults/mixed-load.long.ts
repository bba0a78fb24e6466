/**
 * Memory of the server as it is shipped: idle, after a time of mixed load, and with a thousand uploads open. Minutes of the load
 * can be given in TEST_MIXED_LOAD_MINUTES.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { BARE, build } from '../ship/made.ts';
import { RawConnection } from '../spec/raw-connection.ts';
import { basic } from '../support/registry.ts';
import { RegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { Mixed, MixedLoad } from './mixed-client.ts';

const MINUTES = Number(process.env.TEST_MIXED_LOAD_MINUTES ?? 60);
const CLIENTS = 8;
const UPLOADS = 1000;
/** What each of the uploads has sent: more than a row takes, so that it has a file. */
const SENT = 100_000;
/** Megabytes of resident memory. What is aimed at after the load is 160, and 220 with the uploads: docs/performance.md. */
const IDLE = 140;
const LOADED = 280;
const WITH_UPLOADS = 300;

/** As the package's launcher starts it. */
const FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=4',
  '--heap-growing-percent=50',
];

describe('memory of the package', {
  skip: process.platform === 'linux' ? undefined : 'it is read from /proc',
}, () => {
  const components = new AsyncDisposableStack();
  let registry: RegistryProcess;
  before(async () => {
    const folder = components.use(temporaryFolder());
    await build(folder.path);
    const command = [process.execPath, ...FLAGS, join(folder.path, 'program/main.js'), 'serve'];
    registry = components.use(new RegistryProcess({ command, env: BARE }));
    await registry.start();
    await registry.namespaceAdd('birds');
    await registry.restart();
  });
  after(() => components.disposeAsync());

  const kilobytes = (name: string): number =>
    Number(
      new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(
        readFileSync(`/proc/${registry.pid}/status`, 'utf8'),
      )?.[1],
    );
  const memory = (): { all: number; own: number; peak: number } => ({
    all: Math.round(kilobytes('VmRSS') / 1024),
    own: Math.round(kilobytes('RssAnon') / 1024),
    peak: Math.round(kilobytes('VmHWM') / 1024),
  });

  test('idle', async (t) => {
    await fetch(`${registry.url}/console/`);
    await sleep(10_000);
    t.diagnostic(JSON.stringify(memory()));
    assert.ok(memory().all <= IDLE, `${memory().all} MB`);
  });

  test(`after ${MINUTES} minutes of pushes, pulls, logins, lists, deletions and collections`, async (t) => {
    const workerData: MixedLoad = {
      url: registry.url,
      apikey: registry.apikey,
      accountId: await registry.accountId(),
      clients: CLIENTS,
      seconds: MINUTES * 60,
    };
    const load = new Worker(new URL('mixed-client.ts', import.meta.url), { workerData });
    const over = once(load, 'message');
    const [isOver, stop] = [over.then(() => true), new AbortController()];
    for (let minute = 1; ; minute++) {
      const pause = sleep(60_000, false, { signal: stop.signal }).catch(() => true);
      if (await Promise.race([isOver, pause])) break;
      if (minute % 5 === 0 || MINUTES < 20) t.diagnostic(`minute ${minute}: ${JSON.stringify(memory())}`);
    }
    stop.abort();
    const [did] = (await over) as [Mixed];
    await sleep(10_000);
    t.diagnostic(`${JSON.stringify(did)}; ${JSON.stringify(memory())}; load ${loadavg()[0]}`);
    assert.deepEqual(did.failures, []);
    assert.ok(memory().all <= LOADED, `${memory().all} MB`);
  });

  test('with a thousand open uploads', async (t) => {
    const begun = { 'Content-Length': 1_000_000_000, Authorization: basic('iamapikey', registry.apikey) };
    const piece = Buffer.alloc(SENT, 7);
    const open: RawConnection[] = [];
    for (let count = 0; count < UPLOADS; count++) {
      const response = await fetch(`${registry.url}/v2/birds/open/blobs/uploads/`, {
        method: 'POST',
        headers: { Authorization: begun.Authorization },
      });
      assert.equal(response.status, 202, await response.text());
      const connection = await RawConnection.open(registry.url, '127.0.1.1');
      connection.sendHead('PATCH', response.headers.get('location') ?? '', begun);
      connection.send(piece);
      open.push(connection);
    }
    await sleep(10_000);
    t.diagnostic(`${open.length} uploads: ${JSON.stringify(memory())}`);
    assert.ok(memory().all <= WITH_UPLOADS, `${memory().all} MB`);
    for (const connection of open) await connection[Symbol.asyncDispose]();
  });
});
