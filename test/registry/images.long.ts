import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import test, { after, before, describe, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestRegistry } from '../support/registry.ts';
import { fillRepositories, IMAGES, REPOSITORIES } from './many-repositories.ts';

/** Bytes of this process without the pages of files it has mapped, such as the database's. */
const ownMemory = (): number =>
  Number(/RssAnon:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;

describe('a list of 10^5 repositories with 10^6 tags', () => {
  let registry: TestRegistry;
  let token: string;
  let statements = 0;
  before(async () => {
    registry = await TestRegistry.start({ onRead: () => void statements++ });
    await registry.namespaceAdd('birds');
    fillRepositories(registry.database, 'birds');
    token = (await registry.login()).access_token;
  });
  after(() => registry[Symbol.asyncDispose]());

  const headers = () => ({ Authorization: `Bearer ${token}`, Account: registry.accountId });

  const images = (signal?: AbortSignal): Promise<Response> =>
    registry.fetch('/api/v1/images', { headers: headers(), ...(signal && { signal }) });

  const digests = (): Promise<Response> =>
    registry.fetch('/api/v1/images/digests', {
      method: 'POST',
      headers: { ...headers(), 'Content-Type': 'application/json' },
      body: '{}',
    });

  for (const [what, list, mark] of [
    ['of tagged images', images, '"RepoTags"'],
    ['of digests', digests, '"repoTags"'],
  ] as const)
    test(`${what}: streamed whole, while other requests are answered and memory stays`, (t) =>
      streamsWhole(t, list, mark));

  const streamsWhole = async (t: TestContext, list: () => Promise<Response>, mark: string): Promise<void> => {
    statements = 0;
    global.gc?.();
    const idle = ownMemory();
    const loop = monitorEventLoopDelay({ resolution: 1 });
    const waits: number[] = [];
    const over = new AbortController();
    const victim = (async () => {
      while (!over.signal.aborted) {
        const begun = performance.now();
        await (await registry.fetch('/healthz')).arrayBuffer();
        waits.push(performance.now() - begun);
        await sleep(5);
      }
    })();
    loop.enable();
    const response = await list();
    let [tags, peak] = [0, idle];
    let rest = '';
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) {
      const text = rest + decoder.decode(bytes, { stream: true });
      const parts = text.split(mark);
      tags += parts.length - 1;
      rest = (parts.at(-1) ?? '').slice(-16);
      peak = Math.max(peak, ownMemory());
    }
    loop.disable();
    over.abort();
    await victim;
    waits.sort((a, b) => a - b);
    const p99 = waits[Math.floor(waits.length * 0.99)] ?? 0;
    const figures = { stall: loop.max / 1e6, p99, idle: idle / 2 ** 20, peak: peak / 2 ** 20, statements };
    t.diagnostic(JSON.stringify(figures));
    assert.equal(tags, REPOSITORIES * IMAGES);
    assert.ok(loop.max / 1e6 <= 50, `the longest stall was ${loop.max / 1e6} ms`);
    assert.ok(p99 <= 100, `another request waited ${p99} ms`);
    assert.ok(peak <= 1.5 * idle, `${peak} bytes, idle ${idle}`);
  };

  test('is not read on when its client is gone', async () => {
    const gone = new AbortController();
    const response = await images(gone.signal);
    await response.body?.getReader().read();
    gone.abort();
    await sleep(500);
    const read = statements;
    await sleep(1000);
    assert.ok(statements - read <= 20, `${statements - read} statements after the client was gone`);
  });
});
