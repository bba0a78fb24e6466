import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RetentionRule } from '../../src/wire/retentions.ts';
import { answered } from '../spec/answers.ts';
import { DAY, MINUTE } from '../support/clock.ts';
import { RetentionWorld } from './retained.ts';

const keepAll = { images_per_repo: -1, retain_untagged: true };
const by = (...rules: RetentionRule[]) => ({ ...keepAll, rules });

test('an image goes only when each of its tags may go: the first rule that matches a tag decides about it', async () => {
  await using world = await RetentionWorld.open();
  const branch = await world.image(1, ['pr-1']);
  const released = await world.image(1, ['pr-2', 'v2']);
  const other = await world.image(1, ['main']);
  world.registry.clock.advance(10 * DAY);
  const rules = by({ tags: ['v*'] }, { tags: ['pr-*'], older_than_days: 7 });
  assert.deepEqual(await world.digests(rules), [branch]);
  const explained = await world.explained(rules);
  assert.equal(explained.get(released)?.because, 'rule 1 keeps it');
  assert.equal(explained.get(other)?.reason, 'all-retained');
  assert.equal(explained.get(branch)?.because, 'rule 2: pushed and tagged 7 days ago or longer');
});

test('a rule keeps the newest images of its tags in each repository, apart from those of other tags', async () => {
  await using world = await RetentionWorld.open();
  const old = await world.image(5, ['dev-1']);
  await world.image(4, ['dev-2']);
  await world.image(9, ['prod-1']);
  await world.image(1, ['prod-2']);
  assert.deepEqual(await world.digests(by({ tags: ['dev-*'], images_per_repo: 1 })), [old]);
});

test('a rule is for the repositories that match its patterns, and the others go by the number of the policy', async () => {
  await using world = await RetentionWorld.open();
  const app = world.repository('birds/app/web');
  const wren = await world.image(9, ['1']);
  await world.image(1, ['2']);
  await world.image(9, ['1'], { repository: app });
  await world.image(1, ['2'], { repository: app });
  const rules = [{ repositories: ['app/*'], images_per_repo: 5 }];
  const found = await world.analysis({ images_per_repo: 1, retain_untagged: true, rules });
  assert.deepEqual(found, [`birds/robin@${wren}`]);
});

test('age counts from the later of the push and the last time that one of the tags was set', async () => {
  await using world = await RetentionWorld.open();
  const image = await world.robin.pushImage('dev');
  world.registry.clock.advance(6 * DAY);
  await answered(await world.robin.putManifest('dev', image.bytes), 201);
  world.registry.clock.advance(6 * DAY);
  const rules = by({ older_than_days: 7 });
  assert.deepEqual(await world.digests(rules), []);
  world.registry.clock.advance(DAY);
  assert.deepEqual(await world.digests(rules), [image.descriptor.digest]);
});

test('a rule for untagged images takes manifest lists and images without a date too, after their time', async () => {
  await using world = await RetentionWorld.open();
  const undated = await world.image(null, []);
  const list = await world.robin.pushIndex([]);
  world.registry.clock.advance(8 * DAY);
  assert.deepEqual(await world.digests({}), [], 'by IBM’s policy they stay');
  const rules = by({ untagged: true, older_than_days: 7 });
  assert.deepEqual(await world.digests(rules), [undated, list.digest].sort());
});

test('time without a pull: a pull of a tag, of the digest, or of what an index lists keeps an image', async () => {
  await using world = await RetentionWorld.open();
  const { robin, registry } = world;
  const byTag = await world.image(1, ['by-tag']);
  const byDigest = await world.image(1, ['by-digest']);
  const never = await world.image(1, ['never']);
  const child = await robin.pushImage();
  const index = await robin.pushIndex([child.descriptor], 'multi');
  const inner = await robin.pushImage();
  const innerIndex = await robin.pushIndex([inner.descriptor]);
  const outer = await robin.pushIndex([innerIndex], 'outer');
  const rules = by({ not_pulled_for_days: 30 });
  // recording begins with the first look
  await world.digests(rules);
  registry.clock.advance(20 * DAY);
  for (const reference of ['by-tag', byDigest, child.descriptor.digest, inner.descriptor.digest])
    await answered(await robin.request('GET', `manifests/${reference}`), 200);
  registry.clock.advance(11 * DAY);
  assert.deepEqual(await world.digests(rules), [never]);
  const explained = await world.explained(rules);
  for (const digest of [byTag, byDigest, index.digest, outer.digest])
    assert.equal(explained.get(digest)?.reason, 'pulled', digest);
  assert.match(explained.get(index.digest)?.because ?? '', /^it was pulled at 2026-02-04T/);
});

test('time without a pull counts from the later of the push and the start of recording: unknown is not never', async () => {
  await using world = await RetentionWorld.open();
  const image = await world.image(1, ['1']);
  world.registry.clock.advance(100 * DAY);
  const rules = by({ not_pulled_for_days: 30 });
  assert.deepEqual(await world.digests(rules), [], 'pulls before were not recorded');
  world.registry.clock.advance(20 * DAY);
  const later = await world.image(1, ['2']);
  world.registry.clock.advance(11 * DAY);
  assert.deepEqual(await world.digests(rules), [image], 'the other was pushed 11 days ago');
  assert.equal((await world.explained(rules)).get(later)?.reason, 'pulled');
});

test('where the account records no pulls, rules by pulls delete nothing and say so', async () => {
  await using world = await RetentionWorld.open();
  const image = await world.image(1, ['1']);
  const rules = by({ not_pulled_for_days: 1 });
  await world.digests(rules);
  world.registry.clock.advance(2 * DAY);
  assert.deepEqual(await world.digests(rules), [image]);
  await answered(await world.registry.api('PUT', '/api/v1/audit/settings', { pulls: 'none' }), 200);
  assert.deepEqual(await world.digests(rules), []);
  assert.equal(
    (await world.explained(rules)).get(image)?.because,
    'the account records no pulls, so rule 1 deletes nothing',
  );
});

test('a policy with rules begins only when its analysis was seen, and what is not exactly this policy does not count', async () => {
  await using world = await RetentionWorld.open();
  const { registry } = world;
  const image = await world.image(1, ['pr-1']);
  registry.clock.advance(10 * DAY);
  const rules = by({ tags: ['pr-*'], older_than_days: 7 });
  const policy = async () =>
    (await answered(await registry.api('GET', '/api/v1/retentions/birds'), 200)).json() as Promise<{
      waits_for_analysis?: boolean;
      next_run_at?: string;
    }>;
  await world.digests(by({ tags: ['pr-*'], older_than_days: 8 }));
  await answered(await world.set(rules), 201);
  assert.equal((await policy()).waits_for_analysis, true);
  assert.deepEqual(await world.runs(), []);
  const asked = await registry.api('POST', '/api/v1/retentions/birds/runs', rules);
  assert.equal(asked.status, 409);
  assert.match(await asked.text(), /analyze exactly this policy first/);
  assert.deepEqual(await world.there([image]), [image]);

  // seen afterwards, it begins with the next day
  assert.deepEqual(await world.digests(rules), [image]);
  const { waits_for_analysis: waits, next_run_at: next } = await policy();
  assert.deepEqual([waits, next], [undefined, new Date(registry.clock.now() + DAY).toISOString()]);
  assert.deepEqual(await world.runs(), []);

  // seen before it is set, it begins at once
  assert.equal((await world.retain(rules)).deleted, 1);
  assert.deepEqual(await world.there([image]), []);
});

test('an analysis that is older than a day counts no more', async () => {
  await using world = await RetentionWorld.open();
  const { registry } = world;
  await world.image(1, ['1']);
  const rules = by({ older_than_days: 7 });
  await world.digests(rules);
  registry.clock.advance(DAY + MINUTE);
  await answered(await world.set(rules), 201);
  assert.deepEqual(await world.runs(), []);
});

test('IBM’s own policies need no analysis', async () => {
  await using world = await RetentionWorld.open();
  const run = await world.retain({ images_per_repo: 5, retain_untagged: false });
  assert.equal(run.deleted, 0);
});
