/**
 * How long anyone waits at 10^6 tags: every list, every sum, collection, verification, retention and a backup, one after the
 * other and at once, while another client pulls and pushes.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test, { after, before, describe, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { BackupRun } from '../../src/wire/backups.ts';
import type { CollectionRun } from '../../src/wire/collection.ts';
import { basic } from '../support/registry.ts';
import { RegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { fillContents } from './million-contents.ts';
import { fillFile } from './million-tags.ts';
import type { Pulled, Pulling } from './puller.ts';

/**
 * Milliseconds of CPU time of one turn of the event loop, and of one transaction until its commit: so long others wait on a
 * quiet machine. A commit that copies SQLite's log into the file takes longer; it is told and not bounded.
 */
const LONGEST = 50;
/** Pages of one list that are read: the first, and those behind it. */
const PAGES = 10;
/** Seconds of what takes longer than a test may. */
const ENOUGH = 60;

/** What the server's probe tells of its main thread, and of the one that writes (turn-probe.ts). */
interface Turns {
  readonly cpu: number;
  readonly wall: number;
  readonly statements: { readonly longest: Statement };
}

interface Transactions {
  readonly cpu: number;
  readonly commit: number;
  readonly commitWall: number;
  readonly statement: Statement;
}

interface Statement {
  readonly ms: number;
  readonly text: string;
}

/** As the launcher starts a server. */
const { FLAGS } = createRequire(import.meta.url)('../../scripts/launch.cjs') as { FLAGS: readonly string[] };
const COMMAND = [
  ...[process.execPath, ...FLAGS],
  ...['--import', './test/support/turn-probe.ts', 'src/main.ts', 'serve'],
];

const JSON_BODY = { 'Content-Type': 'application/json' };
const post = (body: object): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });
const RULES = [{ tags: ['*-keep'] }, { tags: ['v*-0', '*1', '*2*'], not_pulled_for_days: 5 }];
const POLICY = { namespace: 'birds', images_per_repo: 500, retain_untagged: true, rules: RULES };

/** A list, by what it is called: its address, and the parameter that the place of the next page goes into. */
type List = readonly [what: string, path: string, init?: RequestInit, next?: string];

describe('O59: 10^6 tags, 10^6 links of blobs and a repository of 10^5 images, on SQLite', () => {
  const components = new AsyncDisposableStack();
  let server: RegistryProcess;
  let headers: Record<string, string>;
  let puller: Worker;
  let lists: readonly List[];

  before(async () => {
    const backups = components.use(temporaryFolder());
    const env = { TIDEGATE_BACKUP_ROOT: backups.path };
    server = components.use(new RegistryProcess({ command: COMMAND, probe: true, env }));
    await server.start();
    await server.namespaceAdd('birds');
    await server.kill('SIGTERM');
    const file = join(server.dataDir, 'tidegate.db');
    fillFile(file);
    const referred = fillContents(file);
    await server.start();
    const { accessToken, accountId, iamId } = await server.signIn();
    headers = { Authorization: `Bearer ${accessToken}`, Account: accountId };
    lists = listsOf(accountId, iamId, referred);
    const pulling: Pulling = {
      url: server.url,
      authorization: basic('iamapikey', server.apikey),
      repository: 'birds/r050000',
      tag: '1-1',
    };
    puller = new Worker(new URL('puller.ts', import.meta.url), { workerData: pulling });
    components.defer(async () => void (await puller.terminate()));
  });
  after(() => components.disposeAsync());

  const tell = async <Answer>(command: 'begin' | 'end', to = server.probe): Promise<Answer> => {
    const socket = connect(to);
    socket.write(command);
    return JSON.parse(await text(socket));
  };

  const pulled = async (): Promise<Pulled> => {
    puller.postMessage('tell');
    const [told] = (await once(puller, 'message')) as [Pulled];
    return told;
  };

  const measured = async (t: TestContext, work: () => Promise<string | undefined>): Promise<void> => {
    const writer = `${server.probe}-writer`;
    await pulled();
    await Promise.all([tell('begin'), tell('begin', writer)]);
    const begun = performance.now();
    const told = await work();
    const seconds = (performance.now() - begun) / 1000;
    const [turns, transactions] = await Promise.all([tell<Turns>('end'), tell<Transactions>('end', writer)]);
    const { pulls, p99, longest, pushes, longestPush } = await pulled();
    const { statements, cpu, wall } = turns;
    const shown = Object.entries({
      ...{ seconds, turn: cpu, 'turn-wall': wall, statement: statements.longest.ms },
      ...{
        transaction: transactions.cpu,
        commit: transactions.commit,
        'commit-wall': transactions.commitWall,
      },
      ...{ pulls, 'pull-p99': p99, 'pull-longest': longest, pushes, 'push-longest': longestPush },
      load: loadavg()[0] ?? 0,
    }).map(([name, value]) => `${name} ${Number(value.toFixed(1))}`);
    t.diagnostic(`${told === undefined ? '' : `${told}; `}${shown.join(', ')}`);
    for (const { ms, text: sql } of [statements.longest, transactions.statement])
      if (ms > LONGEST / 4) t.diagnostic(`a statement of ${ms.toFixed(1)} ms: ${sql.slice(0, 1500)}`);
    assert.ok(pulls > 0, 'nothing was pulled meanwhile');
    assert.ok(cpu <= LONGEST, `a turn of the event loop took ${cpu} ms of CPU time`);
    assert.ok(transactions.cpu <= LONGEST, `a transaction took ${transactions.cpu} ms of CPU time`);
  };

  const ask = async (path: string, init: RequestInit = {}, signal?: AbortSignal): Promise<Response> => {
    const json = init.body === undefined ? {} : JSON_BODY;
    const of = path.startsWith('/v2/_') || /^\/v2\/birds/.test(path);
    const sent = of ? { Authorization: basic('iamapikey', server.apikey) } : { ...headers, ...json };
    const response = await fetch(new URL(path, server.url), {
      ...init,
      headers: sent,
      signal: signal ?? null,
    });
    if (!response.ok) assert.fail(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };

  /** Reads an answer away as it comes, unless there is another page behind it; answers its bytes. */
  const read = async (
    [, path, init, next]: List,
    signal?: AbortSignal,
  ): Promise<{ bytes: number; pages: number }> => {
    let [bytes, pages] = [0, 0];
    for (let at: string | undefined = path; at !== undefined && pages < PAGES; pages++) {
      const response = await ask(at, init, signal);
      const link = /<([^>]+)>; *rel="?next/.exec(response.headers.get('link') ?? '')?.[1];
      if (next === undefined) {
        for await (const chunk of response.body ?? []) bytes += chunk.length;
        at = link;
        continue;
      }
      const body = await response.text();
      bytes += body.length;
      at = pageBehind(JSON.parse(body), path, next);
    }
    return { bytes, pages };
  };

  /** What goes on by itself, for a while. */
  const forAWhile = (): AbortSignal => AbortSignal.timeout(ENOUGH * 1000);
  const untilThen = async (reading: Promise<unknown>, signal: AbortSignal): Promise<void> => {
    await reading.catch((error) => {
      if (!signal.aborted) throw error;
    });
  };

  test('what an upgrade has counted and filled in', (t) =>
    measured(t, async () => {
      await sleep(ENOUGH * 1000);
      const usage = (await (await ask('/api/v1/usage')).json()) as { counting: boolean };
      return `counting: ${usage.counting}`;
    }));

  test('every list, one after the other, beside that', async (t) => {
    for (const list of lists)
      await t.test(list[0], (each) =>
        measured(each, async () => {
          const { bytes, pages } = await read(list);
          return `${pages} answers, ${bytes} bytes`;
        }),
      );
  });

  test('a look for what needs attention', (t) =>
    measured(t, async () => {
      await ask('/api/v1/warnings/looks', { method: 'POST' });
      for (let looking = true; looking; await sleep(200))
        ({ looking } = (await (await ask('/api/v1/warnings?limit=1')).json()) as { looking: boolean });
      return undefined;
    }));

  test('retention, explained for a minute', (t) =>
    measured(t, async () => {
      const signal = forAWhile();
      await untilThen(read(['', '/api/v1/retentions/explain', post(POLICY)], signal), signal);
      return undefined;
    }));

  /** Asks for a run again and again: until it is over, or for two minutes, since a run goes on by itself. */
  const runFor = async <Run extends { outcome: string; reason?: string | null }>(
    path: string,
    id: string,
  ): Promise<Run> => {
    let run: Run;
    const end = performance.now() + 2 * ENOUGH * 1000;
    do {
      await sleep(500);
      run = (await (await ask(`${path}/${id}`)).json()) as Run;
    } while (run.outcome === 'running' && performance.now() < end);
    assert.ok(['running', 'done'].includes(run.outcome), `${run.outcome}: ${run.reason}`);
    return run;
  };
  const begun = async (path: string, body: object): Promise<string> =>
    ((await (await ask(path, post(body))).json()) as { id: string }).id;

  test('verification, for a minute', (t) =>
    measured(t, async () => {
      const signal = forAWhile();
      await untilThen(read(['', '/api/v1/gc/verify', post({})], signal), signal);
      return undefined;
    }));

  test('a collection, for two minutes', (t) =>
    measured(t, async () => {
      const run = await runFor<CollectionRun>('/api/v1/gc/runs', await begun('/api/v1/gc/runs', {}));
      assert.ok(run.outcome === 'running' || run.removed.links > 0);
      return `${run.outcome}, ${JSON.stringify(run.removed)}`;
    }));

  test('a backup, for two minutes', (t) =>
    measured(t, async () => {
      const run = await runFor<BackupRun>('/api/v1/backups', await begun('/api/v1/backups', { to: 'first' }));
      return `${run.outcome}, ${JSON.stringify(run.copied)}`;
    }));

  test('what of that still goes on, verification, retention and every list at once', (t) =>
    measured(t, async () => {
      const signal = forAWhile();
      const through = async (): Promise<void> => {
        for (const list of lists) if (!signal.aborted) await untilThen(read(list, signal), signal);
      };
      await Promise.all([
        untilThen(read(['', '/api/v1/gc/verify', post({})], signal), signal),
        untilThen(read(['', '/api/v1/retentions/explain', post(POLICY)], signal), signal),
        through(),
      ]);
      return undefined;
    }));
});

/** Where an answer says that the next page is. */
const pageBehind = (body: Record<string, unknown>, path: string, parameter: string): string | undefined => {
  const { next, next_url: url } = body;
  const place = next ?? url;
  if (typeof place === 'object' && place !== null) return String((place as { href?: string }).href);
  if (typeof place !== 'string') return undefined;
  if (/^(https?:|\/)/.test(place)) return place;
  return `${path}${path.includes('?') ? '&' : '?'}${parameter}=${encodeURIComponent(place)}`;
};

const listsOf = (account: string, iamId: string, referred: string): readonly List[] => [
  ['tagged images', '/api/v1/images'],
  ['tagged images of one repository', '/api/v1/images?repository=birds/large'],
  ['digests', '/api/v1/images/digests', post({})],
  ['an image with its referrers', '/api/v1/images/birds%2Flarge:v0-0/json?attestations=true'],
  ['repositories', '/api/v1/repositories?limit=200', {}, 'start'],
  ['repositories by name', '/api/v1/repositories?limit=200&sort=name', {}, 'start'],
  ['repositories with a part of the name', '/api/v1/repositories?limit=200&filter=99', {}, 'start'],
  ['repositories with a name that no one has', '/api/v1/repositories?limit=200&filter=zzz', {}, 'start'],
  ['tags', '/api/v1/tags?repository=birds/large&limit=200', {}, 'start'],
  ['tags by name', '/api/v1/tags?repository=birds/large&limit=200&sort=name', {}, 'start'],
  ['tags, oldest first', '/api/v1/tags?repository=birds/large&limit=200&sort=oldest', {}, 'start'],
  ['tags with a part of the name', '/api/v1/tags?repository=birds/large&limit=200&filter=99-1', {}, 'start'],
  ['tags with a name that no one has', '/api/v1/tags?repository=birds/large&filter=zzz', {}, 'start'],
  ['namespaces', '/api/v1/namespaces'],
  ['namespaces with details', '/api/v1/namespaces/details'],
  ['the trash', '/api/v1/trash'],
  ['holds', '/api/v1/holds'],
  ['reports of every tag', '/va/api/v4/report/account'],
  ['reports of every tag, with counts', '/va/api/v4/report/account/status'],
  ['exemptions', '/va/api/v4/exemptions/account'],
  ['quotas', '/api/v1/quotas'],
  ['usage', '/api/v1/usage'],
  ['usage of repositories', '/api/v1/usage/repositories'],
  ['retention policies', '/api/v1/retentions'],
  ['search', '/api/v1/search?q=r09&limit=20'],
  ['search for what no one has', '/api/v1/search?q=zzz&limit=20'],
  ['secrets that end soon', '/api/v1/secrets?expiring=30d', {}, 'start'],
  ['secrets without use', '/api/v1/secrets?unused=30d', {}, 'start'],
  ['registry tokens', '/api/v1/tokens', {}, 'start'],
  ['warnings', '/api/v1/warnings?limit=200', {}, 'start'],
  ['events', '/api/v1/audit/events?limit=200', {}, 'cursor'],
  ['events with a part of the text', '/api/v1/audit/events?limit=200&text=r99', {}, 'cursor'],
  ['events with a text that none has', '/api/v1/audit/events?limit=200&text=zzz', {}, 'cursor'],
  ['events, exported', '/api/v1/audit/events/export?limit=100000'],
  ['checkpoints', '/api/v1/audit/checkpoints?limit=200', {}, 'cursor'],
  ['API keys', `/v1/apikeys?scope=account&type=serviceid&pagesize=100`, {}, 'pagetoken'],
  ['service IDs', `/v1/serviceids?account_id=${account}&pagesize=100`, {}, 'pagetoken'],
  ['profiles', `/v1/profiles?account_id=${account}`, {}, 'pagetoken'],
  ['users', `/v2/accounts/${account}/users?limit=100`, {}, '_start'],
  ['sessions', `/v1/sessions?iam_id=${iamId}`],
  ['policies', `/v2/policies?account_id=${account}`],
  ['access groups', `/v2/groups?account_id=${account}`, {}, 'offset'],
  ['resource groups', `/v2/resource_groups?account_id=${account}`],
  ['webhooks', '/api/v1/webhooks'],
  ['accounts', '/api/v1/accounts', {}, 'start'],
  ['signing keys', '/api/v1/signing-keys'],
  ['oversized policies', '/api/v1/oversized-policies', {}, 'start'],
  ['the state of the server', '/api/v1/system'],
  ['collections', '/api/v1/gc'],
  ['what holds a blob', `/api/v1/gc/holders/${referred}`],
  ['backups', '/api/v1/backups'],
  ['the catalog', '/v2/_catalog?n=1000'],
  ['the names of tags', '/v2/birds/large/tags/list?n=1000'],
  ['referrers', `/v2/birds/large/referrers/${referred}`],
  ['referrers of one type', `/v2/birds/large/referrers/${referred}?artifactType=application%2Fother`],
];
