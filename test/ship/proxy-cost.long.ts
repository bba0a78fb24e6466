import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parseCpuSeconds } from '../../bench/process.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { makeCertificate } from '../support/certificate.ts';
import { needs } from '../support/component.ts';
import { nginx, type RunningProxy, startNginx } from '../support/proxies.ts';
import { basic } from '../support/registry.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MIB = 1 << 20;
const CONTENT = randomBytes(64 * MIB);
const TURNS = 5;
const PULLS = 4;

/** Processor time of a process and of its children that run, seconds. */
const cpuOf = (pid: number): number => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  const own = parseCpuSeconds(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return children.reduce((sum, child) => sum + cpuOf(Number(child)), own);
};

interface Stand extends AsyncDisposable {
  readonly url: string;
  readonly registry: RegistryProcess;
  /** Of nginx, where it is in front. */
  readonly proxy: number | undefined;
}

const startStand = async (env: Record<string, string>, behindNginx: boolean): Promise<Stand> => {
  await using stack = new AsyncDisposableStack();
  const folder = temporaryFolder();
  stack.defer(() => folder[Symbol.dispose]());
  const registry = stack.use(
    await startRegistryProcess({ env: { TIDEGATE_TRUSTED_PROXIES: '127.0.0.1', ...env } }),
  );
  await registry.namespaceAdd('birds');
  let proxy: RunningProxy | undefined;
  if (behindNginx) {
    const certificate = makeCertificate(folder.path);
    const { host: server } = new URL(registry.url);
    const place = { folder: folder.path, certificate, server, data: registry.dataDir, plain: true };
    proxy = stack.use(await startNginx(place));
  }
  const resources = stack.move();
  return {
    url: proxy?.url ?? registry.url,
    registry,
    proxy: proxy && Number(readFileSync(join(folder.path, 'nginx.pid'), 'utf8')),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

const push = async ({ registry }: Stand): Promise<string> => {
  const path = `/v2/birds/app/blobs/uploads/?digest=${digestOf(CONTENT)}`;
  const headers = { Authorization: basic('iamapikey', registry.apikey) };
  const put = await fetch(registry.url + path, { method: 'POST', headers, body: CONTENT });
  assert.equal(put.status, 201, await put.text());
  return `/v2/birds/app/blobs/${digestOf(CONTENT)}`;
};

/** Microseconds for each MB that registry and proxy need. */
const costOf = async (
  { url, registry, proxy }: Stand,
  path: string,
): Promise<{ registry: number; proxy: number }> => {
  const read = () => ({ registry: cpuOf(registry.pid), proxy: proxy === undefined ? 0 : cpuOf(proxy) });
  const before = read();
  for (let pull = 0; pull < PULLS; pull++) {
    const response = await fetch(url + path, {
      headers: { Authorization: basic('iamapikey', registry.apikey) },
    });
    let bytes = 0;
    for await (const chunk of response.body ?? []) bytes += chunk.byteLength;
    assert.equal(bytes, CONTENT.length);
  }
  const after = read();
  const per = (seconds: number): number => (seconds * 1e6) / (PULLS * (CONTENT.length / MIB));
  return { registry: per(after.registry - before.registry), proxy: per(after.proxy - before.proxy) };
};

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

suite(
  'O51: what a pull costs in processor time, as a multiple of a direct one in the same run',
  needs(nginx),
  () => {
    test('nginx with the buffers of deploy/ costs less than 1.2 times, and files that it sends less than half', async (t) => {
      await using direct = await startStand({}, false);
      await using plain = await startStand({}, true);
      await using sending = await startStand({ TIDEGATE_SEND_FILE: 'x-accel:/.tidegate-blobs/' }, true);
      const costs: Record<'direct' | 'proxy' | 'sending', number[]> = { direct: [], proxy: [], sending: [] };
      const paths = [await push(direct), await push(plain), await push(sending)] as const;
      for (const [stand, path] of [
        [direct, paths[0]],
        [plain, paths[1]],
        [sending, paths[2]],
      ] as const)
        await costOf(stand, path);
      for (let turn = 0; turn < TURNS; turn++) {
        costs.direct.push((await costOf(direct, paths[0])).registry);
        costs.proxy.push((await costOf(plain, paths[1])).proxy);
        const both = await costOf(sending, paths[2]);
        costs.sending.push(both.registry + both.proxy);
      }
      const [own, proxy, sent] = [median(costs.direct), median(costs.proxy), median(costs.sending)];
      t.diagnostic(`µs per MB: direct ${own}, nginx ${proxy}, registry and nginx with files ${sent}`);
      assert.ok(proxy <= own * 1.2, `nginx ${proxy}, direct ${own}`);
      assert.ok(sent <= own * 0.47, `with files ${sent}, direct ${own}`);
    });
  },
);
