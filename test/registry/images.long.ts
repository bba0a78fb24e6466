import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import test, { after, before, describe, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestRegistry } from '../support/registry.ts';

const REPOSITORIES = 100_000;
const IMAGES = 2;
const TAGS = 5;

/** Repositories of a namespace, each with some manifests, each of these with some tags. */
const fill = (file: string, namespaceId: string, regionId: string): void => {
  const database = new DatabaseSync(file);
  database.exec('pragma busy_timeout = 60000; pragma synchronous = off; pragma cache_size = -200000; begin');
  const numbers = (name: string, count: number): string =>
    `${name}(n) as (select 0 union all select n + 1 from ${name} where n + 1 < ${count})`;
  const digest = `'sha256:' || printf('%064x', i.n * ${REPOSITORIES} + r.n)`;
  database.exec(`
    with recursive ${numbers('r', REPOSITORIES)}
    insert into repositories (id, namespace_id, region_id, name, created_at)
      select printf('r%06d', n), '${namespaceId}', '${regionId}', printf('birds/r%06d', n), 0 from r;
    with recursive ${numbers('r', REPOSITORIES)}, ${numbers('i', IMAGES)}
    insert into manifests (repository_id, digest, media_type, annotations, image_size, content, created_at, created_by)
      select printf('r%06d', r.n), ${digest}, 'application/vnd.oci.image.index.v1+json', '{}', 7, x'7b7d', 0, 'x'
      from r cross join i;
    with recursive ${numbers('r', REPOSITORIES)}, ${numbers('i', IMAGES)}, ${numbers('t', TAGS)}
    insert into tags (repository_id, name, digest, updated_at)
      select printf('r%06d', r.n), i.n || '-' || t.n, ${digest}, 0 from r cross join i cross join t;
    commit`);
  database.close();
};

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
    const database = new DatabaseSync(registry.database, { readOnly: true });
    const { id, region_id } = database.prepare('select id, region_id from namespaces').get() as Record<
      string,
      string
    >;
    database.close();
    fill(registry.database, id ?? '', region_id ?? '');
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
