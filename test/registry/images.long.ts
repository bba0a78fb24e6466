import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import test, { after, before, describe, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryProcess } from '../support/registry-process.ts';

const REPOSITORIES = 100_000;
const IMAGES = 2;
const TAGS = 5;
/** Milliseconds of CPU time in one turn of the event loop: so long other requests wait on a machine of their own. */
const LONGEST_TURN = 20;
const root = join(import.meta.dirname, '../..');

/** The flags that scripts/run.cjs gives to Node. */
const flags = (): string[] => {
  const [, listed = ''] =
    /^const flags = \[(.*)\];$/m.exec(readFileSync(join(root, 'scripts/run.cjs'), 'utf8')) ?? [];
  assert.notEqual(listed, '');
  return listed.split(', ').map((flag) => flag.slice(1, -1));
};

/** Repositories of a namespace, each with some manifests, each of these with some tags; and as many in the trash. */
const fill = (file: string): void => {
  const database = new DatabaseSync(file);
  database.exec('pragma busy_timeout = 60000; pragma synchronous = off; pragma cache_size = -200000');
  const { id, region_id, account_id } = database
    .prepare('select id, region_id, account_id from namespaces')
    .get() as Record<string, string>;
  const numbers = (name: string, count: number): string =>
    `${name}(n) as (select 0 union all select n + 1 from ${name} where n + 1 < ${count})`;
  const digest = (first: string) => `'sha256:' || printf('${first}%063x', i.n * ${REPOSITORIES} + r.n)`;
  const each = (count: number) =>
    `with recursive ${numbers('r', REPOSITORIES)}, ${numbers('i', IMAGES)}, ${numbers('t', count)}`;
  const facts = 'repository_id, digest, media_type, annotations, image_size, content, created_at, created_by';
  const values = (first: string) =>
    `printf('r%06d', r.n), ${digest(first)}, 'application/vnd.oci.image.index.v1+json', '{}', 7, x'7b7d', 0, 'x'`;
  const far = Date.now() + 1e10;
  database.exec(`begin;
    with recursive ${numbers('r', REPOSITORIES)}
    insert into repositories (id, namespace_id, region_id, name, created_at)
      select printf('r%06d', n), '${id}', '${region_id}', printf('birds/r%06d', n), 0 from r;
    ${each(1)} insert into manifests (${facts}) select ${values('0')} from r cross join i;
    ${each(TAGS)} insert into tags (repository_id, name, digest, updated_at)
      select printf('r%06d', r.n), i.n || '-' || t.n, ${digest('0')}, 0 from r cross join i cross join t;
    ${each(1)} insert into trashed_manifests (${facts}, account_id, region_id, namespace_id, deleted_at, deleted_by, expires_at, deleted_with)
      select ${values('1')}, '${account_id}', '${region_id}', '${id}', 1, 'x', ${far}, ${digest('1')} from r cross join i;
    ${each(TAGS)} insert into trashed_tags (repository_id, digest, name, deleted_at)
      select printf('r%06d', r.n), ${digest('1')}, 'old' || i.n || '-' || t.n, 1 from r cross join i cross join t;
    commit`);
  database.close();
};

describe('10^5 repositories with 10^6 tags, and as many in the trash', () => {
  let server: RegistryProcess;
  let probe: string;
  let headers: Record<string, string>;
  before(async () => {
    server = new RegistryProcess({
      command: [
        process.execPath,
        ...flags(),
        '--import',
        './test/support/turn-probe.ts',
        'src/main.ts',
        'serve',
      ],
      probe: true,
    });
    probe = server.probe;
    await server.start();
    await server.namespaceAdd('birds');
    fill(join(server.dataDir, 'tidegate.db'));
    const { accessToken, accountId } = await server.signIn();
    headers = {
      Authorization: `Bearer ${accessToken}`,
      Account: accountId,
      'Content-Type': 'application/json',
    };
  });
  after(() => server?.[Symbol.asyncDispose]());

  const tell = async (command: 'begin' | 'end' | 'cpu'): Promise<{ cpu: number; wall: number }> => {
    const socket = connect(probe);
    socket.write(command);
    return JSON.parse(await text(socket));
  };

  /** Bytes of the server without the pages of files it has mapped, such as the database's. */
  const memory = (): number =>
    Number(/RssAnon:\s*(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;

  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(server.url + path, { ...init, headers });

  /** Does the work, and holds what it took of the server against the bounds. */
  const measured = async <T>(t: TestContext, work: (look: () => void) => Promise<T>): Promise<T> => {
    await sleep(1000);
    const idle = memory();
    let peak = idle;
    await tell('begin');
    const begun = performance.now();
    const result = await work(() => {
      peak = Math.max(peak, memory());
    });
    peak = Math.max(peak, memory());
    const seconds = (performance.now() - begun) / 1000;
    const { cpu, wall } = await tell('end');
    const load = loadavg()[0] ?? 0;
    t.diagnostic(JSON.stringify({ seconds, cpu, wall, idle, peak, ratio: peak / idle, load }));
    assert.ok(cpu <= LONGEST_TURN, `a turn of the event loop took ${cpu} ms of CPU time`);
    if (load < cpus().length / 2) assert.ok(wall <= 50, `the longest stall was ${wall} ms, the load ${load}`);
    assert.ok(peak <= 1.5 * idle, `${peak} MB, idle ${idle}`);
    return result;
  };

  const entries = async (response: Response, mark: string, look: () => void): Promise<number> => {
    assert.equal(response.status, 200);
    let count = 0;
    let rest = '';
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) {
      const parts = (rest + decoder.decode(bytes, { stream: true })).split(mark);
      count += parts.length - 1;
      rest = (parts.at(-1) ?? '').slice(-mark.length + 1);
      look();
    }
    return count;
  };

  for (const [what, path, init, mark, count] of [
    ['tagged images', '/api/v1/images', {}, '"RepoTags"', REPOSITORIES * IMAGES],
    [
      'digests',
      '/api/v1/images/digests',
      { method: 'POST', body: '{}' },
      '"repoTags"',
      REPOSITORIES * IMAGES,
    ],
    ['the trash', '/api/v1/trash', {}, '"daysUntilExpiry"', REPOSITORIES * IMAGES],
    ['usage of repositories', '/api/v1/usage/repositories', {}, '"repository"', REPOSITORIES],
    ['reports of every tag', '/va/api/v4/report/account/status', {}, '"name"', REPOSITORIES * IMAGES * TAGS],
  ] as const)
    test(`the list of ${what} is streamed whole in short turns, and memory stays`, (t) =>
      measured(t, async (look) => assert.equal(await entries(await ask(path, init), mark, look), count)));

  test('one repository, usage and quotas are answered in short turns', (t) =>
    measured(t, async () => {
      for (let time = 0; time < 20; time++) {
        const one = await ask(`/api/v1/images?repository=birds/r0${String(time * 4321).padStart(5, '0')}`);
        assert.equal(((await one.json()) as object[]).length, IMAGES);
        for (const path of ['/api/v1/usage', '/api/v1/quotas'])
          assert.equal((await ask(path)).status, 200, path);
      }
    }));

  test('images and tags are deleted in short turns', (t) =>
    measured(t, async () => {
      for (let time = 0; time < 50; time++) {
        const name = `birds/r${String(time * 1999).padStart(6, '0')}`;
        const tag = await ask(`/api/v1/tags/${encodeURIComponent(`${name}:1-4`)}`, { method: 'DELETE' });
        assert.equal(tag.status, 200, await tag.text());
        const image = await ask(`/api/v1/images/${encodeURIComponent(`${name}:0-0`)}`, { method: 'DELETE' });
        assert.equal(image.status, 200, await image.text());
      }
    }));

  test('a list is not read on when its client is gone', async () => {
    const gone = new AbortController();
    const response = await ask('/api/v1/images', { signal: gone.signal });
    await response.body?.getReader().read();
    gone.abort();
    await sleep(500);
    const { cpu } = await tell('cpu');
    await sleep(2000);
    const taken = (await tell('cpu')).cpu - cpu;
    assert.ok(taken <= 200, `${taken} ms of CPU time after the client was gone`);
  });
});
