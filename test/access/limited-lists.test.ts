/** What lists show to callers whose right is limited to repositories or tags: docs/decisions/0066-lists-by-right.md. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { IMAGES, ImageDoor } from '../registry/image-stage.ts';
import type { PushedImage, TestRepository } from '../spec/repository.ts';
import { stage } from '../spec/repository.ts';
import { openRows } from '../support/rows.ts';
import { Caller } from './caller.ts';
import { type Holder, Identities } from './identities.ts';
import { TagHolders } from './tag-holders.ts';

const on = stage();
const door = new ImageDoor(on);
const holders = new TagHolders(on);

let open: TestRepository;
let partly: TestRepository;
let shut: TestRepository;
let image: PushedImage;
let untagged: PushedImage;
let both: PushedImage;
let dev: PushedImage;
/** Reader of one repository, and of the tags prod-* of another. */
let reader: Holder;
/** Reader of tags that no image has. */
let absent: Holder;

const hold = async (repository: TestRepository, { descriptor }: PushedImage): Promise<void> => {
  const name = encodeURIComponent(`${repository.name}@${descriptor.digest}`);
  const { status, body } = await door.ask('PUT', `/api/v1/holds/${name}`, { reason: 'audit' });
  assert.equal(status, 201, JSON.stringify(body));
};

const remove = async (name: string): Promise<void> => {
  const { status, body } = await door.ask('DELETE', `${IMAGES}/${encodeURIComponent(name)}`);
  assert.equal(status, 200, JSON.stringify(body));
};

const nameOf = (text: string): string => text.slice(on.registry.host.length + 1);
const digestOf = ({ descriptor }: PushedImage): string => descriptor.digest;

describe('a caller whose right is limited to repositories or tags', () => {
  before(async () => {
    const { registry } = on;
    await registry.namespaceAdd('trees');
    [open, partly, shut] = [on.repository(), on.repository(), on.repository()];
    image = await open.pushImage('1');
    untagged = await open.pushImage();
    both = await partly.pushImage('prod-1');
    assert.equal((await partly.putManifest('dev-1', both.bytes)).status, 201);
    dev = await partly.pushImage('dev-2');
    await partly.pushImage();
    const hidden = await shut.pushImage('prod-1');
    for (const [repository, held] of [
      [open, image],
      [partly, both],
      [partly, dev],
      [shut, hidden],
    ] as const)
      await hold(repository, held);
    for (const [repository, tag] of [
      [open, 'old'],
      [partly, 'prod-old'],
      [partly, 'dev-old'],
      [shut, 'old'],
    ] as const) {
      const { bytes } = await repository.pushImage(tag);
      if (tag === 'prod-old') assert.equal((await repository.putManifest('dev-old-too', bytes)).status, 201);
      await remove(`${repository.name}:${tag}`);
    }
    reader = await holders.holding('Reader', ['repository', 'stringEquals', open.name]);
    await holders.give(
      reader.iamId,
      'Reader',
      ['repository', 'stringEquals', partly.name],
      ['tag', 'stringMatch', 'prod-*'],
    );
    absent = await holders.holding('Reader', ['tag', 'stringEquals', 'no-image-has-it']);
  });

  test('sees in the list of images those repositories and tags, and no other tag of the same digest', async () => {
    const { status, body } = await door.ask('GET', IMAGES, undefined, reader);
    assert.equal(status, 200);
    const shown = body.map((each: { RepoTags: string[] }) => each.RepoTags.map(nameOf));
    const expected = [[`${open.name}:1`], [`${partly.name}:prod-1`]];
    assert.deepEqual(shown.toSorted(), expected.toSorted());
    assert.doesNotMatch(JSON.stringify(body), /dev-/);
    const limited = body.find((each: { RepoTags: string[] }) => each.RepoTags[0]?.endsWith(':prod-1'));
    assert.equal(limited.pulls, undefined, 'pulls by other tags are not told');
    for (const { name } of [open, partly, shut]) {
      const named = await door.ask('GET', `${IMAGES}?repository=${name}`, undefined, reader);
      assert.equal(named.body.length, name === shut.name ? 0 : 1, name);
    }
  });

  test('sees in the list of digests all of the repository, and of the other one what those tags stand for', async () => {
    const { status, body } = await door.ask('POST', `${IMAGES}/digests`, {}, reader);
    assert.equal(status, 200);
    const ids = body.map(({ id }: { id: string }) => id);
    assert.deepEqual(ids.toSorted(), [image, untagged, both].map(digestOf).sort());
    assert.doesNotMatch(JSON.stringify(body), /dev-/);
    const only = { repositories: [partly.name], exclude_tagged: true };
    assert.deepEqual((await door.ask('POST', `${IMAGES}/digests`, only, reader)).body, []);
  });

  test('sees in the trash the images of the repository, and of the other one those that bore such a tag', async () => {
    const { status, body } = await door.ask('GET', '/api/v1/trash', undefined, reader);
    assert.equal(status, 200);
    const tags = Object.values(body as Record<string, { tags: string[] }>).flatMap((each) => each.tags);
    assert.deepEqual(tags.map(nameOf).toSorted(), [`${open.name}:old`, `${partly.name}:prod-old`].toSorted());
    assert.equal(Object.keys(body).length, 2);
  });

  test('sees the holds of the repository, and of what those tags stand for', async () => {
    const { status, body } = await door.ask('GET', '/api/v1/holds', undefined, reader);
    assert.equal(status, 200);
    const digests = body.map(({ digest }: { digest: string }) => digest);
    assert.deepEqual(digests.toSorted(), [image, both].map(digestOf).sort());
  });

  test('sees the reports of Vulnerability Advisor of those repositories and tags', async () => {
    const { status, body } = await door.ask('GET', '/va/api/v4/report/account', undefined, reader);
    assert.equal(status, 200);
    const names = Object.keys(body.assessments).map(nameOf);
    assert.deepEqual(names.toSorted(), [`${open.name}:1`, `${partly.name}:prod-1`].toSorted());
  });

  test('sees what a repository stores where it may list all of it, since the sum counts every tag', async () => {
    const { status, body } = await door.ask('GET', '/api/v1/usage/repositories', undefined, reader);
    assert.equal(status, 200);
    assert.deepEqual(
      body.map(({ repository }: { repository: string }) => repository),
      [open.name],
    );
  });

  test('sees the namespaces of what it sees, and not what belongs to a namespace as a whole', async () => {
    const get = (path: string, holder: Holder) => door.ask('GET', `/api/v1/${path}`, undefined, holder);
    assert.deepEqual((await get('namespaces', reader)).body, ['birds']);
    const [details] = (await get('namespaces/details', reader)).body;
    assert.deepEqual([details.name, details.resource_group], ['birds', undefined]);
    assert.deepEqual((await get('retentions', reader)).body, {});
    const tags = await holders.holding('Reader', ['tag', 'stringMatch', 'prod-*']);
    assert.deepEqual((await get('namespaces', tags)).body, ['birds']);
  });

  test('sees nothing where no image has such a tag: neither images nor the names of namespaces', async () => {
    for (const path of ['images', 'namespaces', 'namespaces/details', 'holds', 'usage/repositories']) {
      const { status, body } = await door.ask('GET', `/api/v1/${path}`, undefined, absent);
      assert.deepEqual([status, body], [200, []], path);
    }
    assert.deepEqual((await door.ask('GET', '/api/v1/trash', undefined, absent)).body, {});
  });

  test('sees nothing of another account', async () => {
    const stranger = await new Identities(on.registry).stranger();
    const caller = await Caller.login(on.registry, stranger.apikey);
    for (const path of ['images', 'namespaces', 'holds', 'usage/repositories']) {
      const own = await caller.send('GET', `/api/v1/${path}`, undefined, { Account: stranger.accountId });
      assert.deepEqual([own.status, own.body], [200, []], path);
      const theirs = await caller.send('GET', `/api/v1/${path}`, undefined, {
        Account: on.registry.accountId,
      });
      assert.equal(theirs.status, 401, path);
    }
  });
});

test('a right on tags lists every one of very many tags that an image bears, and none besides', async () => {
  const repository = on.repository();
  const { bytes } = await repository.pushImage('prod-000');
  const numbers = Array.from({ length: 250 }, (_, index) => String(index).padStart(3, '0'));
  const tags = numbers.flatMap((number) => [`dev-${number}`, `prod-${number}`]);
  for (let start = 0; start < tags.length; start += 50) {
    const query = tags.slice(start, start + 50).map((tag) => `tag=${tag}`);
    assert.equal((await repository.putManifest(`prod-000?${query.join('&')}`, bytes)).status, 201);
  }
  const of: [string, string, string] = ['repository', 'stringEquals', repository.name];
  const many = await holders.holding('Reader', ['tag', 'stringMatch', 'prod-*'], of);
  const one = await holders.holding('Reader', ['tag', 'stringEquals', 'dev-249'], of);
  const listed = async (holder: Holder): Promise<string[]> => {
    const { body } = await door.ask('GET', IMAGES, undefined, holder);
    return body.flatMap((each: { RepoTags: string[] }) => each.RepoTags.map(nameOf));
  };
  const prod = numbers.map((number) => `${repository.name}:prod-${number}`);
  assert.deepEqual((await listed(many)).toSorted(), prod);
  assert.deepEqual(await listed(one), [`${repository.name}:dev-249`]);
  const { body } = await door.ask('POST', `${IMAGES}/digests`, {}, many);
  const [digest] = body as { repoTags: Record<string, object> }[];
  const byName = digest?.repoTags[`${on.registry.host}/${repository.name}`] ?? {};
  assert.deepEqual(Object.keys(byName).toSorted(), tags.filter((tag) => tag.startsWith('prod')).toSorted());
});

test('a list that patterns of policies make too costly to decide on is refused in a sentence', async () => {
  const { registry } = on;
  const db = openRows(registry.database);
  const namespace = await db
    .selectFrom('namespaces')
    .selectAll()
    .where('name', '=', 'birds')
    .executeTakeFirst();
  const rows = Array.from({ length: 100 }, (_, index) => ({
    id: `costly-${index}`,
    namespace_id: namespace?.id ?? '',
    region_id: namespace?.region_id ?? '',
    name: `birds/${'a'.repeat(240)}${String(index).padStart(3, '0')}`,
    created_at: 0,
  }));
  await db.insertInto('repositories').values(rows).execute();
  await db.destroy();
  const holder = await new Identities(registry).serviceId();
  for (let policy = 0; policy < 10; policy++) {
    const patterns = Array.from(
      { length: 15 },
      (_, index) => `${'*a'.repeat(120 - index)}*${index > 0 ? '' : `z${policy}`}`,
    );
    const conditions = patterns.map((pattern) => ['repository', 'stringMatch', pattern] as const);
    await holders.give(holder.iamId, 'Reader', ...conditions);
  }
  const { status, body } = await door.ask('GET', IMAGES, undefined, holder);
  assert.equal(status, 429, JSON.stringify(body));
  assert.match(body.message, /too many patterns/);
});
