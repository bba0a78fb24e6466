import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answered } from '../spec/answers.ts';
import { DAY, HOUR } from '../support/clock.ts';
import { isEmbedded } from '../support/engines.ts';
import { openRows } from '../support/rows.ts';
import { RetentionWorld } from './retained.ts';

const ONE = { images_per_repo: 1, retain_untagged: true };

/** Waits for a run with this cause that is over. */
const endedRun = async (world: RetentionWorld, cause: string) => {
  for (let turn = 0; turn < 1500; turn++) {
    const run = (await world.runs()).find((each) => each.cause === cause && each.finished_at !== undefined);
    if (run) return run;
    await sleep(20);
  }
  throw new Error(`no ${cause} run ends`);
};

test('a policy runs when it is set and then once a day, and its outcomes can be read', {
  timeout: 60_000,
}, async () => {
  await using world = await RetentionWorld.open();
  await world.image(5, ['1']);
  await world.image(4, ['2']);
  assert.equal((await world.retain(ONE)).deleted, 1);
  await world.image(3, ['3']);
  world.registry.clock.advance(23 * HOUR);
  await sleep(6000);
  assert.equal((await world.runs()).length, 1, 'the day is not over');
  world.registry.clock.advance(HOUR);
  const daily = await endedRun(world, 'daily');
  assert.deepEqual([daily.outcome, daily.images, daily.deleted], ['done', 2, 1]);
  assert.equal(daily.requested_by, 'system:retention');
  const { runs } = (await (
    await answered(await world.registry.api('GET', '/api/v1/retentions/birds/runs'), 200)
  ).json()) as { runs: { id: string; cause: string }[] };
  assert.deepEqual(
    runs.map(({ cause }) => cause),
    ['daily', 'set'],
  );
  const one = await world.registry.api('GET', `/api/v1/retentions/birds/runs/${daily.id}`);
  assert.deepEqual(await one.json(), daily);
});

test('a run by itself deletes once and sets no policy', async () => {
  await using world = await RetentionWorld.open();
  const old = await world.image(5, ['1']);
  const young = await world.image(4, ['2']);
  const begun = await answered(await world.registry.api('POST', '/api/v1/retentions/birds/runs', ONE), 202);
  const { id } = (await begun.json()) as { id: string };
  assert.equal(begun.headers.get('location'), `/api/v1/retentions/birds/runs/${id}`);
  const run = await world.ended();
  assert.deepEqual([run.id, run.cause, run.outcome, run.deleted], [id, 'asked', 'done', 1]);
  assert.deepEqual(await world.there([old, young]), [young]);
  const policy = await world.registry.api('GET', '/api/v1/retentions/birds');
  assert.deepEqual(await policy.json(), { namespace: 'birds', images_per_repo: -1, retain_untagged: true });
});

test('what a run cannot delete is told, and does not stop it', { skip: !isEmbedded() }, async () => {
  await using world = await RetentionWorld.open();
  const digests = [];
  for (const days of [9, 8, 7]) digests.push(await world.image(days, [`${days}`]));
  await world.image(1, ['new']);
  const database = new DatabaseSync(world.registry.database);
  database.exec(`create trigger stuck before delete on manifests when old.digest = '${digests[1]}'
    begin select raise(abort, 'stuck'); end`);
  await answered(await world.set(ONE), 201);
  const run = await world.ended();
  database.close();
  assert.deepEqual([run.outcome, run.deleted, run.failed], ['done', 2, 1]);
  assert.equal(run.failures.length, 1);
  assert.match(run.failures[0] ?? '', new RegExp(`^birds/robin@${digests[1]}: \\w`));
  assert.deepEqual(await world.there(digests), [digests[1]]);
});

test('a run that a server left when it ended is finished by the next one', { timeout: 60_000 }, async () => {
  await using world = await RetentionWorld.open();
  await world.image(5, ['1']);
  await world.image(4, ['2']);
  assert.equal((await world.retain(ONE)).deleted, 1);
  await world.image(3, ['3']);
  const db = openRows(world.registry.database);
  await db.updateTable('retention_runs').set({ outcome: 'running', finished_at: null }).execute();
  await db.destroy();
  await world.registry.restart();
  const run = await world.ended();
  assert.deepEqual([run.outcome, run.deleted], ['done', 2], 'what was deleted before counts too');
  assert.deepEqual(await world.robin.tags(), ['3']);
});

test('a server that ends in the middle of a run loses nothing of it', { timeout: 60_000 }, async () => {
  await using world = await RetentionWorld.open();
  for (let count = 0; count < 40; count++) await world.image(count + 1, [`${count}`]);
  await answered(await world.set(ONE), 201);
  await world.registry.restart();
  const run = await world.ended();
  assert.deepEqual([run.outcome, run.deleted], ['done', 39]);
  assert.deepEqual(await world.robin.tags(), ['0']);
});

test('setting another policy stops the run of the one before', async () => {
  await using world = await RetentionWorld.open();
  for (let count = 0; count < 40; count++) await world.image(count + 1, [`${count}`]);
  await answered(await world.set(ONE), 201);
  await answered(await world.set({ images_per_repo: -1, retain_untagged: true }), 201);
  const left = (await world.robin.tags()).length;
  const run = await world.ended();
  if (run.outcome === 'stopped') assert.equal(run.reason, 'the policy was changed');
  await sleep(200);
  assert.equal((await world.robin.tags()).length, left, 'nothing went after the answer');
});

test('a namespace that is removed ends its policy and its runs; a new one of its name has none', async () => {
  await using world = await RetentionWorld.open();
  const { registry } = world;
  await world.image(2, ['1']);
  await world.retain(ONE);
  await answered(await registry.api('DELETE', '/api/v1/namespaces/birds'), 204);
  assert.equal((await registry.api('GET', '/api/v1/retentions/birds')).status, 404);
  await registry.namespaceAdd('birds');
  assert.deepEqual(await world.runs(), []);
  const db = openRows(registry.database);
  assert.deepEqual(await db.selectFrom('retention_policies').selectAll().execute(), []);
  assert.deepEqual(await db.selectFrom('retention_runs').selectAll().execute(), []);
  await db.destroy();
});

test('of the runs of a namespace the latest twenty are remembered', async () => {
  await using world = await RetentionWorld.open();
  for (let count = 0; count < 24; count++) {
    world.registry.clock.advance(1000);
    await world.retain(ONE);
  }
  const db = openRows(world.registry.database);
  assert.equal((await db.selectFrom('retention_runs').select('id').execute()).length, 20);
  await db.destroy();
});

test('a repository of more images than a page is looked through page by page', {
  timeout: 120_000,
}, async () => {
  await using world = await RetentionWorld.open();
  const { robin } = world;
  // one config and one layer: only the manifests differ
  const { config, layers } = await robin.pushImage('base');
  const put = async (count: number): Promise<void> => {
    const manifest = { schemaVersion: 2, config, layers, annotations: { count: String(count) } };
    await answered(await robin.putManifest(`t${count}`, manifest), 201);
  };
  for (let count = 0; count < 250; count++) await put(count);
  const db = openRows(world.registry.database);
  const rows = await db.selectFrom('manifests').select('digest').execute();
  for (const [at, { digest }] of rows.entries())
    await db
      .updateTable('manifests')
      .set({ image_created_at: world.registry.clock.now() - at * DAY })
      .where('digest', '=', digest)
      .execute();
  await db.destroy();
  const run = await world.retain({ images_per_repo: 201, retain_untagged: true });
  assert.deepEqual([run.images, run.deleted], [251, 50]);
});
