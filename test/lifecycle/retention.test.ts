import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered } from '../spec/answers.ts';
import { DAY, HOUR } from '../support/clock.ts';
import { openRows } from '../support/rows.ts';
import { RetentionWorld } from './retained.ts';

test('the newest images of each repository are kept, by their creation dates and not by when they were pushed', async () => {
  await using world = await RetentionWorld.open();
  const wren = world.repository('birds/wren');
  const middle = await world.image(2, ['middle']);
  const oldest = await world.image(9, ['oldest']);
  const newest = await world.image(1, ['newest']);
  const other = await world.image(30, ['1'], { repository: wren });
  assert.deepEqual(await world.analysis({ images_per_repo: 2, retain_untagged: true }), [
    `birds/robin@${oldest}`,
  ]);
  const run = await world.retain({ images_per_repo: 2, retain_untagged: true });
  assert.equal(run.cause, 'set');
  assert.deepEqual([run.images, run.deleted, run.changed, run.failed], [4, 1, 0, 0]);
  assert.deepEqual(run.reasons, { newest: 3, 'beyond-newest': 1 });
  assert.deepEqual(await world.there([middle, oldest, newest]), [middle, newest].sort());
  assert.deepEqual(await world.there([other], wren), [other]);
});

test('several tags on one digest count once, and untagged images do not count', async () => {
  await using world = await RetentionWorld.open();
  const old = await world.image(5, ['a']);
  await world.image(3, ['b', 'c', 'd']);
  await world.image(2, []);
  await world.image(1, []);
  assert.deepEqual(await world.digests({ images_per_repo: 2, retain_untagged: true }), []);
  assert.deepEqual(await world.digests({ images_per_repo: 1, retain_untagged: true }), [old]);
});

test('images without a creation date, with a constant or one before 2013-01-19T00:13:39Z, and manifest lists are always kept and not counted', async () => {
  await using world = await RetentionWorld.open();
  await world.image(1, ['dated']);
  const older = await world.image(2, ['older']);
  for (const [tag, date] of [
    ['none', null],
    ['zero', '0001-01-01T00:00:00Z'],
    ['epoch', '1970-01-01T00:00:00Z'],
    ['before', '2013-01-19T00:13:38Z'],
    ['words', 'last Tuesday'],
  ] as const)
    await world.image(date, [tag]);
  const first = await world.image('2013-01-19T00:13:39Z', ['first']);
  await world.robin.pushIndex([], 'list');
  const explained = await world.explained({ images_per_repo: 1, retain_untagged: true });
  const going = [...explained].filter(([, { deleted }]) => deleted).map(([digest]) => digest);
  assert.deepEqual(going.sort(), [older, first].sort());
  const reasons = [...explained.values()].map(({ reason }) => reason).sort();
  assert.deepEqual(reasons, [
    ...['beyond-newest', 'beyond-newest', 'index', 'newest'],
    ...['undated', 'undated', 'undated', 'undated', 'undated'],
  ]);
});

test('images of one creation date push no other of that date out: a constant date keeps them all', async () => {
  await using world = await RetentionWorld.open();
  const date = '2020-02-02T02:02:02Z';
  for (const tag of ['a', 'b', 'c']) await world.image(date, [tag]);
  assert.deepEqual(await world.digests({ images_per_repo: 1, retain_untagged: true }), []);
  await world.image(1, ['new']);
  assert.equal((await world.digests({ images_per_repo: 1, retain_untagged: true })).length, 3);
});

test('untagged images go, unless they are retained; one that was pushed just now waits for what may name it', async () => {
  await using world = await RetentionWorld.open();
  const untagged = await world.image(1, []);
  const tagged = await world.image(1, ['1']);
  assert.deepEqual(await world.digests({}), [], 'its index or its tag may follow');
  world.registry.clock.advance(25 * HOUR);
  assert.deepEqual(await world.digests({ retain_untagged: true }), []);
  assert.deepEqual(
    await world.digests({}),
    [untagged],
    'IBM’s defaults: all tagged ones are kept, untagged ones go',
  );
  await world.retain({});
  assert.deepEqual(await world.there([untagged, tagged]), [tagged]);
});

test('what an index lists, what refers to an image that is there, and what is attached to one by a tag are held', async () => {
  await using world = await RetentionWorld.open();
  const { robin } = world;
  const pushed = await robin.pushImage();
  const index = await robin.pushIndex([pushed.descriptor], 'multi');
  const subject = await robin.pushImage('subject');
  const signature = await world.image(1, [], { fields: { subject: subject.descriptor } });
  const [algorithm, hex] = subject.descriptor.digest.split(':');
  const attached = await world.image(400, [`${algorithm}-${hex}.sig`]);
  const orphan = await world.image(400, [`sha256-${'a'.repeat(64)}.sig`]);
  world.registry.clock.advance(2 * DAY);
  const explained = await world.explained({ images_per_repo: 1 });
  const reasonOf = (digest: string): string | undefined => explained.get(digest)?.reason;
  assert.equal(reasonOf(pushed.descriptor.digest), 'listed');
  assert.match(explained.get(pushed.descriptor.digest)?.because ?? '', new RegExp(index.digest));
  assert.equal(reasonOf(signature), 'referrer');
  assert.equal(reasonOf(attached), 'attachment');
  assert.equal(reasonOf(orphan), 'untagged', 'what it was attached to is not here');
  await world.retain({ images_per_repo: 1 });
  assert.deepEqual(await world.there([signature, attached, orphan]), [signature, attached].sort());
  // when the image goes, what refers to it goes along; what is attached by a tag stays while the image can be restored
  await answered(await robin.request('DELETE', `manifests/${subject.descriptor.digest}`), 202);
  assert.equal((await world.explained({})).get(attached)?.reason, 'attachment');
  world.registry.clock.advance(31 * DAY);
  assert.deepEqual(await world.there([signature]), []);
});

test('what retention deletes is in the trash with its tags, deleted by retention, and can be restored', async () => {
  await using world = await RetentionWorld.open();
  const old = await world.image(5, ['v1', 'stable']);
  await world.image(1, ['v2']);
  await world.retain({ images_per_repo: 1, retain_untagged: true });
  const db = openRows(world.registry.database);
  const trashed = await db
    .selectFrom('trashed_manifests')
    .select(['digest', 'deleted_by', 'expires_at', 'deleted_at'])
    .execute();
  const tags = await db.selectFrom('trashed_tags').select('name').orderBy('name').execute();
  const events = await db
    .selectFrom('audit_events')
    .select(['action', 'principal', 'digest', 'account_id', 'target'])
    .where('action', 'like', '%.delete')
    .execute();
  await db.destroy();
  assert.deepEqual(
    trashed.map(({ digest, deleted_by, expires_at, deleted_at }) => [
      digest,
      deleted_by,
      expires_at - deleted_at,
    ]),
    [[old, 'system:retention', 30 * DAY]],
  );
  assert.deepEqual(
    tags.map(({ name }) => name),
    ['stable', 'v1'],
  );
  assert.deepEqual(
    events.map((event) => ({ ...event })),
    [
      {
        action: 'container-registry.image.delete',
        principal: 'system:retention',
        digest: old,
        account_id: world.registry.accountId,
        target: 'birds/robin',
      },
    ],
  );
});

test('every namespace has a policy: all images are kept until one is set, and when -1 with untagged images is set again', async () => {
  await using world = await RetentionWorld.open();
  const { registry } = world;
  await registry.namespaceAdd('fish');
  const get = async (path: string) => (await answered(await registry.api('GET', path), 200)).json();
  const all = (namespace: string) => ({ namespace, images_per_repo: -1, retain_untagged: true });
  assert.deepEqual(await get('/api/v1/retentions'), { birds: all('birds'), fish: all('fish') });
  assert.deepEqual(await get('/api/v1/retentions/birds'), all('birds'));
  const set = await world.set({ images_per_repo: 3, retain_untagged: true, deletion_threshold_days: 2 });
  assert.equal(set.status, 201);
  assert.equal(await set.text(), '');
  assert.deepEqual(await get('/api/v1/retentions/birds'), {
    namespace: 'birds',
    images_per_repo: 3,
    retain_untagged: true,
    deletion_threshold_days: 2,
    next_run_at: new Date(registry.clock.now() + DAY).toISOString(),
  });
  await answered(await world.set({ images_per_repo: -1, retain_untagged: true }), 201);
  assert.deepEqual(await get('/api/v1/retentions'), { birds: all('birds'), fish: all('fish') });
});

test('younger images than the deletion threshold are kept, by their creation date and by when they were pushed', async () => {
  await using world = await RetentionWorld.open();
  const old = await world.image(20, ['old']);
  await world.image(1, ['new']);
  const terms = { images_per_repo: 1, retain_untagged: true, deletion_threshold_days: 7 };
  assert.equal((await world.explained(terms)).get(old)?.reason, 'threshold', 'it was pushed just now');
  world.registry.clock.advance(8 * DAY);
  assert.deepEqual(await world.digests(terms), [old]);
});

test('an image stays while something that refers to it is kept by a tag of its own, for that would go along', async () => {
  await using world = await RetentionWorld.open();
  const subject = await world.robin.pushImage('pr-1');
  const fields = { subject: subject.descriptor };
  const report = await world.image(1, ['report'], { fields });
  await world.image(1, [], { fields });
  world.registry.clock.advance(10 * DAY);
  const rules = [{ tags: ['pr-*'], older_than_days: 7 }];
  const explained = await world.explained({ images_per_repo: -1, retain_untagged: true, rules });
  assert.deepEqual(explained.get(subject.descriptor.digest), {
    ...explained.get(subject.descriptor.digest),
    deleted: false,
    reason: 'referred',
    because: `${report} refers to it, would go with it, and is kept: all tagged images are retained`,
  });
  await answered(await world.robin.request('DELETE', 'manifests/report'), 202);
  const terms = { images_per_repo: -1, retain_untagged: true, rules };
  assert.deepEqual(await world.digests(terms), [subject.descriptor.digest]);
});

test('an image that is restored counts as pushed then: it is among the newest, and its time begins again', async () => {
  await using world = await RetentionWorld.open();
  const { registry, robin } = world;
  const keeping = { images_per_repo: 2, retain_untagged: false };
  const oldest = await world.image(90, ['oldest']);
  const [old, newer] = [await world.image(60, ['old']), await world.image(30, ['newer'])];
  const untagged = await world.image(90, []);
  registry.clock.advance(2 * DAY);
  await world.retain(keeping);
  assert.deepEqual(await world.there([oldest, old, newer, untagged]), [old, newer].sort());
  for (const digest of [oldest, untagged]) {
    const name = encodeURIComponent(`${robin.name}@${digest}`);
    await answered(await registry.api('POST', `/api/v1/trash/${name}/restore`), 200);
  }
  assert.deepEqual(await world.digests(keeping), [old], 'the restored one is newer than both');
  await world.retain(keeping);
  assert.deepEqual(await world.there([oldest, old, newer, untagged]), [oldest, newer, untagged].sort());
  // no daily run comes between what follows
  await answered(await world.set({ images_per_repo: -1, retain_untagged: true }), 201);
  registry.clock.advance(HOUR);
  await world.image(0, ['today']);
  assert.deepEqual(await world.digests(keeping), [newer]);
  registry.clock.advance(2 * DAY);
  await world.image(0, ['tomorrow']);
  assert.deepEqual(
    await world.digests(keeping),
    [oldest, newer, untagged].sort(),
    'and grows old as any other',
  );
  assert.deepEqual(await world.digests({ ...keeping, deletion_threshold_days: 3, retain_untagged: true }), [
    newer,
  ]);
});
