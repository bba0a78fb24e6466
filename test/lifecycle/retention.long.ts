import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import test, { after, before, describe } from 'node:test';
import { answered } from '../spec/answers.ts';
import { RetentionWorld } from './retained.ts';

const IMAGES = 100_000;
const TAGS = 10;
/** Images that a run deletes. */
const GOING = 2000;

/** One repository with many images, a minute apart, each with some tags. */
const fill = (file: string): void => {
  const database = new DatabaseSync(file);
  const { id, region_id: region } = database.prepare('select id, region_id from namespaces').get() as Record<
    string,
    string
  >;
  database.exec('pragma busy_timeout = 60000; pragma synchronous = off; pragma cache_size = -200000; begin');
  const numbers = (name: string, count: number): string =>
    `${name}(n) as (select 0 union all select n + 1 from ${name} where n + 1 < ${count})`;
  const digest = `'sha256:' || printf('%064x', i.n * 2654435761 % 4294967296 * ${IMAGES} + i.n)`;
  database.exec(`
    insert into repositories (id, namespace_id, region_id, name, created_at)
      values ('large', '${id}', '${region}', 'birds/large', 0);
    with recursive ${numbers('i', IMAGES)}
    insert into manifests (repository_id, digest, media_type, annotations, image_size, image_created_at, content, created_at, created_by)
      select 'large', ${digest}, 'application/vnd.oci.image.manifest.v1+json', '{}', 7, 1600000000000 + i.n * 60000, x'7b7d', 0, 'x'
      from i;
    with recursive ${numbers('i', IMAGES)}, ${numbers('t', TAGS)}
    insert into tags (repository_id, name, digest, updated_at)
      select 'large', 'v' || i.n || '-' || t.n, ${digest}, 0 from i cross join t;
    commit`);
  database.close();
};

/** Bytes of this process without the pages of files it has mapped, such as the database's. */
const ownMemory = (): number =>
  Number(/RssAnon:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;

/**
 * The longest turn of this thread's event loop, in milliseconds of its CPU time: what other requests wait for, whatever else
 * the machine does.
 */
class Turns {
  #longest = 0;
  #isOver = false;
  #last = process.threadCpuUsage();

  constructor() {
    const turn = (): void => {
      const now = process.threadCpuUsage();
      this.#longest = Math.max(
        this.#longest,
        (now.user + now.system - this.#last.user - this.#last.system) / 1000,
      );
      this.#last = now;
      if (!this.#isOver) setImmediate(turn);
    };
    setImmediate(turn);
  }

  end(): number {
    this.#isOver = true;
    return this.#longest;
  }
}

describe('retention in a repository of 10^5 images with 10^6 tags', () => {
  let world: RetentionWorld;
  before(async () => {
    world = await RetentionWorld.open();
    fill(world.registry.database);
    // what a process that has worked for a while has taken from the system
    await world.analysis({ images_per_repo: 500, retain_untagged: true });
  });
  after(() => world[Symbol.asyncDispose]());

  const RULES = [
    { tags: ['*-keep'] },
    { tags: ['v*-0'], older_than_days: 1 },
    { repositories: ['l*g*'], tags: ['*1', '*2', '*3*', '*4*'], not_pulled_for_days: 5 },
  ];

  for (const [what, terms] of [
    ['IBM’s policy', { images_per_repo: 500, retain_untagged: true }],
    ['a policy with rules', { images_per_repo: 500, retain_untagged: true, rules: RULES }],
  ] as const)
    test(`${what} is analyzed as a stream, while other requests have their turn and memory stays`, async (t) => {
      global.gc?.();
      const idle = ownMemory();
      const turns = new Turns();
      const begun = performance.now();
      const body = { namespace: 'birds', ...terms };
      const response = await answered(
        await world.registry.api('POST', '/api/v1/retentions/explain', body),
        200,
      );
      let [lines, peak] = [0, idle];
      for await (const bytes of response.body ?? []) {
        lines += Buffer.from(bytes).toString('latin1').split('\n').length - 1;
        peak = Math.max(peak, ownMemory());
      }
      const stall = turns.end();
      const seconds = (performance.now() - begun) / 1000;
      t.diagnostic(JSON.stringify({ seconds, stall, idle: idle / 2 ** 20, peak: peak / 2 ** 20 }));
      assert.equal(lines, IMAGES + 1);
      assert.ok(stall <= 50, `the longest stall was ${stall} ms`);
      assert.ok(peak <= 1.5 * idle, `${peak} bytes, idle ${idle}`);
    });

  test('a run deletes in small steps, while pushes are answered', { timeout: 600_000 }, async (t) => {
    const turns = new Turns();
    const begun = performance.now();
    await answered(await world.set({ images_per_repo: IMAGES - GOING, retain_untagged: true }), 201);
    const waits: number[] = [];
    for (let count = 0; count < 20; count++) {
      const before = performance.now();
      await world.robin.pushImage(`${count}`);
      waits.push(performance.now() - before);
    }
    const run = await world.ended();
    const stall = turns.end();
    waits.sort((a, b) => a - b);
    const seconds = (performance.now() - begun) / 1000;
    t.diagnostic(JSON.stringify({ seconds, stall, push: waits.at(-1) }));
    assert.deepEqual([run.outcome, run.deleted, run.failed], ['done', GOING, 0]);
    assert.ok(stall <= 50, `the longest stall was ${stall} ms`);
    assert.ok((waits.at(-1) ?? 0) <= 1500, `a push took ${waits.at(-1)} ms`);
  });
});
