import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test, { after, before, describe, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { postgres, startPostgres } from '../support/postgres.ts';
import { RegistryProcess } from '../support/registry-process.ts';
import { fillFile, fillPostgres, IMAGES, REPOSITORIES, TAGS } from './million-tags.ts';

/** Milliseconds of CPU time in one turn of the event loop: so long other requests wait on a machine of their own. */
const LONGEST_TURN = 20;
/** One more than a page, which says whether another follows. */
const MOST_ROWS = 201;

/** What the server's probe answers (turn-probe.ts). */
interface Measured {
  readonly cpu: number;
  readonly wall: number;
  readonly statements: {
    readonly longest: { readonly ms: number; readonly text: string };
    readonly largest: { readonly rows: number; readonly text: string };
  };
}

/** As the launcher starts a server. */
const { FLAGS } = createRequire(import.meta.url)('../../scripts/launch.cjs') as { FLAGS: readonly string[] };
const COMMAND = [
  ...[process.execPath, ...FLAGS],
  ...['--import', './test/support/turn-probe.ts', 'src/main.ts', 'serve'],
];

for (const engine of ['SQLite', 'PostgreSQL'] as const)
  describe(`O59: 10^5 repositories with 10^6 tags, and as many in the trash, on ${engine}`, {
    skip: engine === 'PostgreSQL' ? postgres.absence() : undefined,
  }, () => {
    const components = new AsyncDisposableStack();
    let server: RegistryProcess;
    let probe: string;
    let headers: Record<string, string>;
    before(async () => {
      const url =
        engine === 'PostgreSQL'
          ? await components.use(await startPostgres()).createDatabase('images')
          : undefined;
      const remote = {
        TIDEGATE_DATABASE_URL: url,
        TIDEGATE_EXTERNAL_URL: 'https://registry.example',
        TIDEGATE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
      };
      const env = url === undefined ? {} : remote;
      server = components.use(new RegistryProcess({ command: COMMAND, probe: true, env }));
      probe = server.probe;
      await server.start();
      await server.namespaceAdd('birds');
      if (url === undefined) fillFile(join(server.dataDir, 'tidegate.db'));
      else await fillPostgres(url);
      const { accessToken, accountId } = await server.signIn();
      headers = {
        Authorization: `Bearer ${accessToken}`,
        Account: accountId,
        'Content-Type': 'application/json',
      };
    });
    after(() => components.disposeAsync());

    const tell = async (command: 'begin' | 'end' | 'cpu'): Promise<Measured> => {
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
      const { cpu, wall, statements } = await tell('end');
      const load = loadavg()[0] ?? 0;
      t.diagnostic(
        JSON.stringify({
          ...{ seconds, cpu, wall, idle, peak, ratio: peak / idle, load },
          ...{ statement: statements.longest, rows: statements.largest.rows },
        }),
      );
      const { longest, largest } = statements;
      assert.ok(longest.ms <= LONGEST_TURN, `a statement took ${longest.ms} ms: ${longest.text}`);
      assert.ok(largest.rows <= MOST_ROWS, `a statement read ${largest.rows} rows: ${largest.text}`);
      if (engine === 'SQLite') assert.ok(largest.rows > 0, 'no statement was seen');
      assert.ok(cpu <= LONGEST_TURN, `a turn of the event loop took ${cpu} ms of CPU time`);
      if (load < cpus().length / 2)
        assert.ok(wall <= 50, `the longest stall was ${wall} ms, the load ${load}`);
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
      [
        'reports of every tag',
        '/va/api/v4/report/account/status',
        {},
        '"name"',
        REPOSITORIES * IMAGES * TAGS,
      ],
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
          const image = await ask(`/api/v1/images/${encodeURIComponent(`${name}:0-0`)}`, {
            method: 'DELETE',
          });
          assert.equal(image.status, 200, await image.text());
        }
      }));

    test('a list is not read on when its client is gone', async () => {
      const taken = async (): Promise<number> => {
        const { cpu } = await tell('cpu');
        await sleep(2000);
        return (await tell('cpu')).cpu - cpu;
      };
      const idle = await taken();
      const gone = new AbortController();
      const response = await ask('/api/v1/images', { signal: gone.signal });
      await response.body?.getReader().read();
      gone.abort();
      await sleep(500);
      const after = await taken();
      assert.ok(after <= idle + 200, `${after} ms of CPU time after the client was gone, ${idle} before`);
    });
  });
