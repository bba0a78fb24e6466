import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type { ListedRepository, ListedTag, RepositoryList, TagList } from '../../src/wire/listings.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { answered } from '../spec/answers.ts';
import {
  CONFIG,
  descriptorOf,
  EMPTY_JSON,
  LAYER,
  newManifest,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../spec/content.ts';
import { stage, TestRepository } from '../spec/repository.ts';
import { openRows } from '../support/rows.ts';
import { ImageDoor } from './image-stage.ts';

const on = stage();
const door = new ImageDoor(on);
const MINUTE = 60_000;

type Query = Readonly<Record<string, string>>;

const ask = async <Body>(path: string, query: Query, holder?: Holder): Promise<Body> => {
  const { status, body } = await door.ask('GET', `${path}?${new URLSearchParams(query)}`, undefined, holder);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};
const repositories = (query: Query = {}, holder?: Holder): Promise<RepositoryList> =>
  ask('/api/v1/repositories', query, holder);
const tags = (repository: string, query: Query = {}, holder?: Holder): Promise<TagList> =>
  ask('/api/v1/tags', { repository, ...query }, holder);

const tagNames = (list: TagList): string[] => list.tags.map(({ tag }) => tag);
const names = (list: RepositoryList): string[] => list.repositories.map(({ name }) => name);

/** A repository in a namespace of its own. */
const alone = async (): Promise<TestRepository> => {
  const namespace = `n${randomUUID().slice(0, 8)}`;
  await on.registry.namespaceAdd(namespace);
  return new TestRepository(on.registry, `${namespace}/app`);
};

/** A repository with these tags, each a minute after the one before. */
const tagged = async (...all: readonly string[]): Promise<TestRepository> => {
  const repository = await alone();
  const { bytes } = await repository.pushImage(all[0]);
  for (const tag of all.slice(1)) {
    on.registry.clock.advance(MINUTE);
    await answered(await repository.putManifest(tag, bytes), 201);
  }
  return repository;
};

const one = <Row>(rows: readonly Row[]): Row => {
  assert.equal(rows.length, 1, JSON.stringify(rows));
  return rows[0] as Row;
};

describe('GET /api/v1/tags', () => {
  test('lists the newest push first, the oldest first, or by name with numbers as numbers', async () => {
    const { name } = await tagged('v1.10', 'v1.9', 'latest', 'v1.2', 'v01.2');
    assert.deepEqual(tagNames(await tags(name)), ['v01.2', 'v1.2', 'latest', 'v1.9', 'v1.10']);
    assert.deepEqual(tagNames(await tags(name, { sort: 'oldest' })), [
      'v1.10',
      'v1.9',
      'latest',
      'v1.2',
      'v01.2',
    ]);
    assert.deepEqual(tagNames(await tags(name, { sort: 'name' })), [
      'latest',
      'v01.2',
      'v1.2',
      'v1.9',
      'v1.10',
    ]);
  });

  for (const sort of ['newest', 'oldest', 'name'])
    test(`leads from page to page by a cursor, sorted ${sort}: each tag once, and every page says how many there are`, async () => {
      const all = ['a9', 'a10', 'b', 'c', 'd'];
      const { name } = await tagged(...all);
      const whole = await tags(name, { sort });
      assert.equal(whole.next, undefined);
      const seen: string[] = [];
      let start: string | undefined;
      do {
        const page: TagList = await tags(name, { sort, limit: '2', ...(start ? { start } : {}) });
        assert.deepEqual([page.total, page.total_is_exact], [5, true]);
        assert.ok(page.tags.length <= 2);
        seen.push(...tagNames(page));
        start = page.next;
      } while (start !== undefined);
      assert.deepEqual(seen, tagNames(whole));
    });

  test('finds tags by a part of their name, in capitals or not, and counts those it finds', async () => {
    const { name } = await tagged('1.0-alpine', 'Alpine', '1.0', 'edge-ALPINE');
    const found = await tags(name, { filter: 'alpine', limit: '2' });
    assert.deepEqual(tagNames(found), ['edge-ALPINE', 'Alpine']);
    assert.deepEqual([found.total, found.total_is_exact], [3, true]);
    const rest = await tags(name, { filter: 'alpine', limit: '2', start: found.next ?? '' });
    assert.deepEqual([tagNames(rest), rest.total, rest.next], [['1.0-alpine'], 3, undefined]);
    assert.deepEqual(tagNames(await tags(name, { filter: '%' })), []);
  });

  test('tells of an index its platforms with digest and size, the smallest and the largest, and no attestation as a platform', async () => {
    const repository = await alone();
    const [small, large] = [
      await repository.pushImage(undefined, {}, 1),
      await repository.pushImage(undefined, {}, 3),
    ];
    const statement = newManifest({
      layers: [
        {
          ...descriptorOf(LAYER, Buffer.from('{}')),
          annotations: { 'in-toto.io/predicate-type': 'https://spdx.dev/Document' },
        },
      ],
    });
    await repository.pushBlob(Buffer.from('{}'));
    await answered(await repository.putManifest(descriptorOf('', statement).digest, statement), 201);
    const index = await repository.pushIndex(
      [
        { ...small.descriptor, platform: { os: 'linux', architecture: 'amd64' } },
        { ...large.descriptor, platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
        {
          ...descriptorOf(OCI_MANIFEST, statement),
          platform: { os: 'unknown', architecture: 'unknown' },
          annotations: {
            'vnd.docker.reference.type': 'attestation-manifest',
            'vnd.docker.reference.digest': small.descriptor.digest,
          },
        },
      ] as never,
      'multi',
    );
    const sizeOf = ({ config, layers }: typeof small): number =>
      [config, ...layers].reduce((sum, { size }) => sum + size, 0);
    const row = one((await tags(repository.name)).tags);
    assert.deepEqual([row.kind, row.digest, row.media_type], ['index', index.digest, OCI_INDEX]);
    assert.deepEqual(row.platforms, [
      { os: 'linux', architecture: 'amd64', digest: small.descriptor.digest, size: sizeOf(small) },
      {
        os: 'linux',
        architecture: 'arm',
        digest: large.descriptor.digest,
        size: sizeOf(large),
        variant: 'v7',
      },
    ]);
    assert.deepEqual([row.size_min, row.size_max], [sizeOf(small), sizeOf(large)]);
    assert.deepEqual(row.referrers, { signatures: 0, sboms: 1, provenance: 0, other: 0 });
  });

  test('tells of an image that stands in no index the one platform that its config names', async () => {
    const repository = await alone();
    const pushed = async (tag: string, config: object): Promise<string> => {
      on.registry.clock.advance(MINUTE);
      const bytes = Buffer.from(JSON.stringify({ nonce: randomUUID(), ...config }));
      await repository.pushBlob(bytes);
      const { descriptor } = await repository.pushImage(tag, { config: descriptorOf(CONFIG, bytes) });
      return descriptor.digest;
    };
    const arm = { os: 'linux', architecture: 'arm', variant: 'v7' };
    const digest = await pushed('arm', arm);
    await pushed('no-platform', { os: 5, architecture: 'amd64' });
    await pushed('long-name', { os: 'linux', architecture: 'a'.repeat(65) });
    // a list reads a page of configs, so it does not read long ones
    await pushed('long-config', { os: 'linux', architecture: 'amd64', history: 'x'.repeat(64 << 10) });
    const platforms = async (): Promise<Record<string, ListedTag['platforms']>> =>
      Object.fromEntries((await tags(repository.name)).tags.map((row) => [row.tag, row.platforms]));
    const { size_max: size } = one((await tags(repository.name, { filter: 'arm' })).tags);
    const due = { arm: [{ ...arm, digest, size }], 'no-platform': [], 'long-name': [], 'long-config': [] };
    assert.deepEqual(await platforms(), due);
    assert.deepEqual(await platforms(), due);
  });

  test('lists an image whose config is lost without its platform, until it is there again', async () => {
    const repository = await alone();
    const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', nonce: randomUUID() }));
    const digest = await repository.pushBlob(config);
    const image = await repository.pushImage('1', { config: descriptorOf(CONFIG, config) });
    const db = openRows(on.registry.database);
    await db.deleteFrom('repository_blobs').where('digest', '=', digest).execute();
    await db.destroy();
    // what was changed beside the server its caches do not hear
    await on.registry.restart();
    const platforms = async (): Promise<ListedTag['platforms']> => {
      const row = one((await tags(repository.name)).tags);
      assert.deepEqual([row.tag, row.digest], ['1', image.descriptor.digest]);
      return row.platforms;
    };
    assert.deepEqual(await platforms(), []);
    await repository.pushBlob(config);
    assert.equal((await platforms()).length, 1);
  });

  test('counts the signatures, SBOMs and other referrers of an image, and says whether it is held and what protects the tag', async () => {
    const repository = await alone();
    const image = await repository.pushImage('1');
    await repository.pushBlob(EMPTY_JSON);
    for (const artifactType of [
      'application/vnd.dev.cosign.artifact.sig.v1+json',
      'application/spdx+json',
      'application/spdx+json',
      'application/vnd.acme.readme',
    ]) {
      const nonce = randomUUID();
      const bytes = newManifest({ artifactType, subject: image.descriptor, annotations: { nonce } });
      await answered(await repository.putManifest(descriptorOf('', bytes).digest, bytes), 201);
    }
    const before = one((await tags(repository.name)).tags);
    assert.deepEqual(before.referrers, { signatures: 1, sboms: 2, provenance: 0, other: 1 });
    assert.deepEqual([before.held, before.protected_by, before.kind], [false, undefined, 'image']);
    const [namespace] = repository.name.split('/');
    await on.registry.api('POST', `/api/v1/namespaces/${namespace}/protections`, { tags: '1' });
    const held = await door.ask('PUT', `/api/v1/images/${encodeURIComponent(`${repository.name}:1`)}/hold`, {
      reason: 'audit',
    });
    const row = one((await tags(repository.name)).tags);
    assert.equal(row.held, held.status < 300, JSON.stringify(held));
    assert.match(row.protected_by ?? '', /1/);
  });

  test('says who pushed the image and when the tag was last pulled; never is null', async () => {
    const repository = await tagged('1', '2');
    await answered(await repository.request('GET', 'manifests/2'), 200);
    await on.registry.runJob('record-pulls');
    const [second, first] = (await tags(repository.name)).tags as [ListedTag, ListedTag];
    assert.deepEqual([first.tag, first.pulled_at], ['1', null]);
    assert.equal(second.pulled_at, new Date(on.registry.clock.now()).toISOString());
    assert.equal(first.pushed_by, `user:${on.registry.accountId}/${on.registry.ownerIamId}`);
    assert.ok((first.pushed_by_name ?? '').length > 0);
  });

  test('shows a caller with a right on one tag that tag alone, and counts no other', async () => {
    const { name } = await tagged('1', '2', 'secret');
    const [namespace = ''] = name.split('/');
    const holder = await door.holding('Reader', namespace, { repository: name, tag: '2' });
    for (const sort of ['newest', 'oldest', 'name']) {
      const list = await tags(name, { sort }, holder);
      assert.deepEqual(
        [tagNames(list), list.total, list.total_is_exact, list.next],
        [['2'], 1, true, undefined],
      );
    }
    const row: ListedRepository = one((await repositories({}, holder)).repositories);
    assert.deepEqual(row, { name, namespace });
  });

  test('answers alike for a repository that is not there, one of another account and one without a right', async () => {
    const { name } = await tagged('1');
    const nothing = { tags: [], total: 0, total_is_exact: true };
    const stranger = await new Identities(on.registry).stranger();
    const tenant = await door.holding('Writer', 'birds');
    assert.deepEqual(await tags('birds/absent'), nothing);
    for (const holder of [stranger, tenant]) {
      assert.deepEqual(await tags(name, {}, holder), nothing);
      assert.deepEqual(await tags(`${name}x`, {}, holder), nothing);
      assert.ok(!names(await repositories({}, holder)).includes(name));
    }
  });

  test('refuses a cursor of another list or order and a request without an access token; an empty filter is none', async () => {
    const { name } = await tagged('1', '2', '3');
    const { next = '' } = await tags(name, { limit: '1' });
    for (const query of [
      { start: 'x' },
      { start: next, sort: 'name' },
      { start: Buffer.from('["newest","1e9","x","1","exact"]').toString('base64url') },
      { start: Buffer.from('["newest","1","\\u0000","1","exact"]').toString('base64url') },
      { limit: '201' },
      { sort: 'size' },
    ]) {
      const asked = new URLSearchParams({ repository: name, ...query } as Query);
      assert.equal((await door.ask('GET', `/api/v1/tags?${asked}`)).status, 400, String(asked));
    }
    assert.equal((await tags(name, { filter: '' })).total, 3);
    for (const path of ['repositories', `tags?repository=${name}`])
      assert.equal((await on.registry.fetch(`/api/v1/${path}`)).status, 401);
  });

  test('shows tags that an earlier version wrote in the order of their bytes until they have their key, and lists its repositories again', async () => {
    const { name } = await tagged('v1.10', 'v1.9');
    const db = openRows(on.registry.database);
    await db.updateTable('tags').set({ name_key: null }).where('name', '=', 'v1.10').execute();
    await db.deleteFrom('repository_activity').execute();
    const plain = await tags(name, { sort: 'name', limit: '1' });
    assert.deepEqual(tagNames(plain), ['v1.10']);
    await on.registry.runJob('fill-listings');
    assert.deepEqual(tagNames(await tags(name, { sort: 'name' })), ['v1.9', 'v1.10']);
    // a list that was begun before goes on as it was begun
    const rest = await tags(name, { sort: 'name', start: plain.next ?? '' });
    assert.deepEqual(tagNames(rest), ['v1.9']);
    const [row] = (await repositories()).repositories;
    assert.deepEqual([row?.name, row?.pushed_at], [name, new Date(on.registry.clock.now()).toISOString()]);
    await db.destroy();
  });
});

describe('GET /api/v1/repositories', () => {
  test('lists the repositories of all namespaces, the newest push first, with tags, untagged images, size, push and pull', async () => {
    const [one_, other] = [await tagged('1', '2'), await tagged('1')];
    on.registry.clock.advance(MINUTE);
    const pushedAt = new Date(on.registry.clock.now()).toISOString();
    const image = await one_.pushImage();
    await on.registry.runJob('record-repository-activity');
    await answered(await one_.request('GET', `manifests/${image.descriptor.digest}`), 200);
    await on.registry.runJob('record-repository-activity');
    const list = await repositories({ limit: '2' });
    assert.deepEqual(names(list), [one_.name, other.name]);
    const [row] = list.repositories;
    assert.deepEqual(
      [row?.namespace, row?.tags, row?.tags_is_exact, row?.untagged, row?.pushed_at, row?.pulled_at],
      [one_.name.split('/')[0], 2, true, 1, pushedAt, pushedAt],
    );
    assert.ok((row?.size ?? 0) > 1000, JSON.stringify(row));
    assert.equal(list.repositories[1]?.pulled_at, null);
  });

  for (const sort of ['newest', 'oldest', 'name'])
    test(`leads through several namespaces by a cursor, sorted ${sort}, with a filter and without`, async () => {
      const word = `w${randomUUID().slice(0, 8)}`;
      const made: string[] = [];
      for (const namespace of ['z', 'a', 'a-b'].map((each) => `${each}${word}`)) {
        await on.registry.namespaceAdd(namespace);
        for (const name of ['y', 'x']) {
          on.registry.clock.advance(MINUTE);
          await new TestRepository(on.registry, `${namespace}/${name}`).pushImage('1');
          made.push(`${namespace}/${name}`);
        }
      }
      await on.registry.runJob('record-repository-activity');
      const due = { newest: made.toReversed(), oldest: made, name: made.toSorted() }[sort];
      const seen: string[] = [];
      let start: string | undefined;
      do {
        const page = await repositories({
          sort,
          filter: word.toUpperCase(),
          limit: '4',
          ...(start ? { start } : {}),
        });
        assert.deepEqual([page.total, page.total_is_exact], [6, true]);
        seen.push(...names(page));
        start = page.next;
      } while (start !== undefined);
      assert.deepEqual(seen, due);
      const namespace = `a${word}`;
      const own = await repositories({ sort, namespace });
      assert.deepEqual(
        names(own),
        due?.filter((name) => name.startsWith(`${namespace}/`)),
      );
      assert.equal(own.total, 2);
    });

  test('shows a caller with rights on one namespace and on one repository of another these alone', async () => {
    const [first, second] = [await tagged('1'), await tagged('1')];
    await new TestRepository(on.registry, first.name.replace('/app', '/other')).pushImage('1');
    const [namespace = ''] = first.name.split('/');
    const holder = await door.holding('Reader', namespace, { repository: first.name });
    assert.deepEqual(names(await repositories({}, holder)), [first.name]);
    const whole = await door.holding('Reader', second.name.split('/')[0]);
    const list = await repositories({}, whole);
    assert.deepEqual([names(list), list.total, list.total_is_exact], [[second.name], 1, true]);
  });

  test('forgets a repository whose namespace is removed', async () => {
    const { name } = await tagged('1');
    const [namespace = ''] = name.split('/');
    assert.equal((await on.registry.api('DELETE', `/api/v1/namespaces/${namespace}`)).status, 204);
    assert.ok(!names(await repositories({ limit: '200' })).includes(name));
    await on.registry.namespaceAdd(namespace);
    assert.deepEqual(names(await repositories({ namespace })), []);
  });
});
