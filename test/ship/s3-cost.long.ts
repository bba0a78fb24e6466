import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { parseCpuSeconds } from '../../bench/process.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { needs } from '../support/component.ts';
import { freePort } from '../support/free-port.ts';
import { basic } from '../support/registry.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { s3, startS3 } from '../support/s3.ts';

const MIB = 1 << 20;
const SIZE = 64 * MIB;
const TURNS = 5;
/**
 * On a busy machine a pull takes 2.8 to 3.8 times as much from S3 as from files, and 5.3 times where its buffers are not given
 * back; a push takes 1.4 to 2.9 times as much.
 */
const PULL = 4.6;
const PUSH = 4;

const pathOf = (digest: string): string => `/v2/birds/app/blobs/${digest}`;

const push = async ({ url, apikey }: RegistryProcess, bytes: Buffer): Promise<void> => {
  const headers = { Authorization: basic('iamapikey', apikey) };
  const begun = await fetch(`${url}/v2/birds/app/blobs/uploads/`, { method: 'POST', headers });
  assert.equal(begun.status, 202, await begun.text());
  const location = new URL(begun.headers.get('location') ?? '', url);
  const chunk = await fetch(location, { method: 'PATCH', headers, body: new Uint8Array(bytes) });
  assert.equal(chunk.status, 202, await chunk.text());
  location.searchParams.set('digest', digestOf(bytes));
  const end = await fetch(location, { method: 'PUT', headers });
  assert.equal(end.status, 201, await end.text());
};

const pull = async ({ url, apikey }: RegistryProcess, digest: string): Promise<void> => {
  const response = await fetch(url + pathOf(digest), {
    headers: { Authorization: basic('iamapikey', apikey) },
  });
  let length = 0;
  for await (const chunk of response.body ?? []) length += chunk.byteLength;
  assert.equal(length, SIZE);
};

/** Microseconds of the registry's processor time for each MB of what `work` moves. */
const costOf = async ({ pid }: RegistryProcess, work: () => Promise<void>): Promise<number> => {
  const read = (): number => parseCpuSeconds(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const begun = read();
  await work();
  return ((read() - begun) * 1e6) / (SIZE / MIB);
};

/** Other work on the machine only adds. */
const least = (numbers: readonly number[]): number => Math.min(...numbers);

suite(
  'O56: what a blob costs on S3 in processor time, as a multiple of one in files in the same run',
  needs(s3),
  () => {
    const components = new AsyncDisposableStack();
    let files: RegistryProcess;
    let bucket: RegistryProcess;
    before(async () => {
      const server = components.use(await startS3());
      const listen = `127.0.0.1:${await freePort()}`;
      files = components.use(await startRegistryProcess());
      bucket = components.use(
        await startRegistryProcess({
          env: {
            ...server.env,
            TIDEGATE_BLOBS_URL: server.url,
            TIDEGATE_LISTEN: listen,
            TIDEGATE_EXTERNAL_URL: `http://${listen}`,
          },
        }),
      );
      for (const registry of [files, bucket]) await registry.namespaceAdd('birds');
    });
    after(() => components.disposeAsync());

    test('a pull at most 4.6 times, a push at most 4 times', async (t) => {
      const costs: Record<'push' | 'pull', Record<'files' | 's3', number[]>> = {
        push: { files: [], s3: [] },
        pull: { files: [], s3: [] },
      };
      for (let turn = 0; turn <= TURNS; turn++) {
        for (const [name, registry] of [
          ['files', files],
          ['s3', bucket],
        ] as const) {
          const bytes = randomBytes(SIZE);
          const digest = digestOf(bytes);
          const pushed = await costOf(registry, () => push(registry, bytes));
          const pulled = await costOf(registry, () => pull(registry, digest));
          if (turn === 0) continue; // compiles
          costs.push[name].push(pushed);
          costs.pull[name].push(pulled);
        }
      }
      const [pushes, pulls] = [costs.push, costs.pull].map(({ files: own, s3: there }) => [
        least(own),
        least(there),
      ]) as [[number, number], [number, number]];
      t.diagnostic(`µs per MB, files and S3: push ${pushes.join(', ')}; pull ${pulls.join(', ')}`);
      assert.ok(pulls[1] <= PULL * pulls[0], `pull ${pulls[1]}, from files ${pulls[0]}`);
      assert.ok(pushes[1] <= PUSH * pushes[0], `push ${pushes[1]}, to files ${pushes[0]}`);
    });
  },
);
