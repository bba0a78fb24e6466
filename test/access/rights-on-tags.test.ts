/** What a policy that names a tag gives to those who pull and list: docs/decisions/0047-rights-on-tags.md. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { type Descriptor, newBytes } from '../spec/content.ts';
import { type PushedImage, stage, type TestRepository } from '../spec/repository.ts';
import { basic } from '../support/registry.ts';
import { Caller } from './caller.ts';
import { type Holder, Identities } from './identities.ts';
import { type Condition, TagHolders } from './tag-holders.ts';

const on = stage();
const holders = new TagHolders(on);
const newRepository = () => holders.repository();
const holding = (role: string, ...conditions: readonly Condition[]) => holders.holding(role, ...conditions);
const as = (holder: Holder, method: string, path: string, init: RequestInit = {}) =>
  holders.as(holder, method, path, init);
const statusOf = (holder: Holder, method: string, path: string) => holders.statusOf(holder, method, path);

const PROD: Condition = ['tag', 'stringMatch', 'prod-*'];

/** What a refusal tells, without what differs from request to request. */
const told = async (response: Response, ...names: readonly string[]): Promise<unknown> => {
  let text = await response.text();
  for (const name of names) text = text.replaceAll(name, 'it');
  return [response.status, text.replaceAll(/"request-id":"[^"]*"/g, '')];
};

const digestsOf = ({ descriptor, config, layers }: PushedImage) => ({
  manifests: [descriptor.digest],
  blobs: [config, ...layers].map(({ digest }) => digest),
});

describe('a right to pull the tags prod-*', () => {
  let repository: TestRepository;
  let reader: Holder;
  let prod: PushedImage;
  let dev: PushedImage;
  let untagged: PushedImage;
  let child: PushedImage;
  let index: Descriptor;
  let signature: PushedImage;
  let devSignature: PushedImage;

  before(async () => {
    repository = newRepository();
    reader = await holding('Reader', PROD, ['repository', 'stringEquals', repository.name]);
    prod = await repository.pushImage('prod-1');
    dev = await repository.pushImage('dev-1');
    untagged = await repository.pushImage();
    child = await repository.pushImage();
    index = await repository.pushIndex([child.descriptor], 'prod-multi');
    signature = await repository.pushImage(undefined, { subject: prod.descriptor });
    devSignature = await repository.pushImage(undefined, { subject: dev.descriptor });
  });

  test('pulls those tags and all that they need: manifests, children of indexes, configs, layers and referrers', async () => {
    const { name } = repository;
    const parts = [prod, child, signature].map(digestsOf);
    const paths = [
      'manifests/prod-1',
      'manifests/prod-multi',
      `manifests/${index.digest}`,
      ...parts.flatMap(({ manifests }) => manifests.map((digest) => `manifests/${digest}`)),
      ...parts.flatMap(({ blobs }) => blobs.map((digest) => `blobs/${digest}`)),
    ];
    for (const path of paths)
      for (const method of ['GET', 'HEAD'])
        assert.equal(await statusOf(reader, method, `${name}/${path}`), 200, `${method} ${path}`);
    const response = await as(reader, 'GET', `${name}/referrers/${prod.descriptor.digest}`);
    const { manifests } = (await response.json()) as { manifests: Descriptor[] };
    assert.deepEqual(
      manifests.map(({ digest }) => digest),
      [signature.descriptor.digest],
    );
  });

  test('pulls nothing else by digest: it is answered like a digest that is not there', async () => {
    const { name } = repository;
    const none = digestOf(newBytes());
    for (const image of [dev, untagged, devSignature]) {
      const { manifests, blobs } = digestsOf(image);
      for (const [path, digests] of [
        ['manifests', manifests],
        ['blobs', blobs],
      ] as const)
        for (const digest of digests) {
          const answers = await Promise.all(
            [digest, none].map(async (each) =>
              told(await as(reader, 'GET', `${name}/${path}/${each}`), each),
            ),
          );
          assert.equal((answers[0] as [number])[0], 404, `${path}/${digest}`);
          assert.deepEqual(answers[0], answers[1]);
          assert.equal(await statusOf(reader, 'HEAD', `${name}/${path}/${digest}`), 404);
        }
    }
    const referrers = await as(reader, 'GET', `${name}/referrers/${dev.descriptor.digest}`);
    assert.deepEqual(((await referrers.json()) as { manifests: object[] }).manifests, []);
  });

  test('is refused another tag in the same words, whether it is there or not', async () => {
    const { name } = repository;
    const answers = await Promise.all(
      ['dev-1', 'none'].map(async (tag) => told(await as(reader, 'GET', `${name}/manifests/${tag}`), tag)),
    );
    assert.equal((answers[0] as [number])[0], 401);
    assert.deepEqual(answers[0], answers[1]);
    assert.equal(await statusOf(reader, 'GET', `${name}/manifests/prod-none`), 404);
  });

  test('learns of no repository: one without such a tag is answered like one that is not there', async () => {
    const all = await holding('Reader', PROD);
    const other = newRepository();
    const { descriptor, config } = await other.pushImage('dev-1');
    const absent = newRepository();
    for (const path of [
      'tags/list',
      'tags/list?n=0',
      'tags/list?n=1&last=a',
      'manifests/prod-1',
      'manifests/dev-1',
      `manifests/${descriptor.digest}`,
      `blobs/${config.digest}`,
      `referrers/${descriptor.digest}`,
    ]) {
      const answers = await Promise.all(
        [other, absent].map(async ({ name }) => told(await as(all, 'GET', `${name}/${path}`), name)),
      );
      assert.deepEqual(answers[0], answers[1], path);
    }
  });

  test('lists those tags alone, page by page, and the catalog the repositories that have one', async () => {
    const { name } = repository;
    await repository.pushImage('prod-2');
    const listed: string[] = [];
    for (let query = '?n=1', turn = 0; query !== '' && turn < 10; turn++) {
      const response = await as(reader, 'GET', `${name}/tags/list${query}`);
      assert.equal(response.status, 200);
      const { tags } = (await response.json()) as { tags: string[] };
      assert.equal(tags.length, 1);
      listed.push(...tags);
      query = /\?[^>]*/.exec(response.headers.get('link') ?? '')?.[0] ?? '';
    }
    assert.deepEqual(listed, ['prod-1', 'prod-2', 'prod-multi']);
    const all = await holding('Reader', PROD);
    const without = newRepository();
    await without.pushImage('dev-1');
    for (const holder of [reader, all]) {
      const response = await as(holder, 'GET', '_catalog');
      const { repositories } = (await response.json()) as { repositories: string[] };
      assert.ok(repositories.includes(name));
      assert.ok(!repositories.includes(without.name));
    }
  });

  test('lists and inspects at /api/v1 those tags alone', async () => {
    const caller = await Caller.login(on.registry, reader.apikey);
    const account = { Account: on.registry.accountId };
    const listed: { RepoTags: string[] }[] = (await caller.send('GET', '/api/v1/images', undefined, account))
      .body;
    assert.deepEqual(listed.flatMap((each) => each.RepoTags.map((name) => name.split(':').at(-1))).sort(), [
      'prod-1',
      'prod-2',
      'prod-multi',
    ]);
    const inspect = async (tag: string): Promise<number> => {
      const path = `/api/v1/images/${repository.name}:${tag}/json`;
      return (await caller.send('GET', path, undefined, account)).status;
    };
    assert.deepEqual([await inspect('prod-1'), await inspect('dev-1')], [200, 403]);
  });

  test('pushes and deletes nothing', async () => {
    const { name } = repository;
    for (const [method, path] of [
      ['POST', 'blobs/uploads/'],
      ['PUT', 'manifests/prod-1'],
      ['DELETE', 'manifests/prod-1'],
      ['DELETE', `manifests/${prod.descriptor.digest}`],
      ['DELETE', `blobs/${prod.config.digest}`],
    ] as const)
      assert.equal(await statusOf(reader, method, `${name}/${path}`), 401, `${method} ${path}`);
  });

  test('ends with the tag: what it stood for is not reached any more, and neither is anything with the policy', async () => {
    const other = newRepository();
    const all = await holding('Reader', PROD);
    const { descriptor, layers } = await other.pushImage('prod-1');
    const paths = [`manifests/${descriptor.digest}`, `blobs/${layers[0]?.digest}`];
    const statuses = async () =>
      Promise.all(paths.map((path) => statusOf(all, 'GET', `${other.name}/${path}`)));
    assert.deepEqual(await statuses(), [200, 200]);
    await other.request('DELETE', 'manifests/prod-1');
    assert.deepEqual(await statuses(), [404, 404]);
  });

  test('gets a bearer for pull, with which each request is decided by its tag', async () => {
    const { name } = repository;
    const response = await on.registry.fetch(
      `/oauth/token?service=registry&scope=repository:${name}:pull,push`,
      { headers: { Authorization: basic('iamapikey', reader.apikey) } },
    );
    const { token, scope } = (await response.json()) as { token: string; scope: string };
    assert.equal(scope, `repository:${name}:pull`);
    const get = async (path: string): Promise<number> =>
      (await on.registry.v2('GET', `${name}/${path}`, { headers: { Authorization: `Bearer ${token}` } }))
        .status;
    assert.deepEqual(
      [
        await get('manifests/prod-1'),
        await get('manifests/dev-1'),
        await get(`blobs/${prod.config.digest}`),
        await get(`blobs/${dev.config.digest}`),
      ],
      [200, 401, 200, 404],
    );
  });

  test('mounts blobs of those tags from the repository, and no other blob', async () => {
    const [source, target] = [newRepository(), newRepository()];
    const writer = await holding('Writer', ['repository', 'stringEquals', target.name]);
    await holders.give(writer.iamId, 'Reader', PROD, ['repository', 'stringEquals', source.name]);
    const [open, shut] = [await source.pushImage('prod-1'), await source.pushImage('dev-1')];
    const mount = (digest: string) =>
      statusOf(writer, 'POST', `${target.name}/blobs/uploads/?mount=${digest}&from=${source.name}`);
    assert.deepEqual([await mount(open.config.digest), await mount(shut.config.digest)], [201, 202]);
  });
});

test('a layer that very many images share is reached from the first of the tags that a right names', async () => {
  const repository = newRepository();
  const reader = await holding('Reader', PROD, ['repository', 'stringEquals', repository.name]);
  const base = await repository.pushImage('dev');
  const manifest = JSON.parse(base.bytes.toString());
  const push = async (tag: string): Promise<void> => {
    const body = { ...manifest, annotations: { tag } };
    assert.equal((await repository.putManifest(tag, body)).status, 201);
  };
  const [layer] = base.layers;
  const path = `${repository.name}/blobs/${layer?.digest}`;
  for (let n = 0; n < 210; n++) await push(`dev-${n}`);
  assert.equal(await statusOf(reader, 'GET', path), 404);
  await push('prod-1');
  assert.equal(await statusOf(reader, 'GET', path), 200);
});

test('several policies on tags give what each of them gives: patterns, names, and every tag that there is', async () => {
  const repository = newRepository();
  const on_: Condition = ['repository', 'stringEquals', repository.name];
  const images = new Map<string, PushedImage>();
  for (const tag of ['a-rc1', 'b', 'b-rc', 'b-rc2', 'c', 'prod-1', 'prod-2'])
    images.set(tag, await repository.pushImage(tag));
  const untagged = await repository.pushImage();
  const reader = await holding('Reader', ['tag', 'stringMatch', '*-rc?'], on_);
  const list = async (): Promise<string[]> => {
    const response = await as(reader, 'GET', `${repository.name}/tags/list`);
    return ((await response.json()) as { tags: string[] }).tags;
  };
  const pulled = async (): Promise<string[]> => {
    const tags: string[] = [];
    for (const [tag, { config }] of images)
      if ((await statusOf(reader, 'GET', `${repository.name}/blobs/${config.digest}`)) === 200)
        tags.push(tag);
    return tags;
  };
  assert.deepEqual(
    [await list(), await pulled()],
    [
      ['a-rc1', 'b-rc2'],
      ['a-rc1', 'b-rc2'],
    ],
  );
  await holders.give(reader.iamId, 'Reader', ['tag', 'stringEquals', 'c'], on_);
  await holders.give(
    reader.iamId,
    'Reader',
    ['tag', 'stringMatch', 'prod-*'],
    ['tag', 'stringMatch', '*2'],
    on_,
  );
  const some = ['a-rc1', 'b-rc2', 'c', 'prod-2'];
  assert.deepEqual([await list(), await pulled()], [some, some]);
  await holders.give(reader.iamId, 'Reader', ['tag', 'stringExists', 'true'], on_);
  const all = [...images.keys()];
  assert.deepEqual([await list(), await pulled()], [all, all]);
  const path = `${repository.name}/blobs/${untagged.config.digest}`;
  assert.equal(await statusOf(reader, 'GET', path), 404, 'no tag reaches it');
});

test('anonymous callers reach the tags that Public Access names, and no others', async () => {
  const repository = newRepository();
  const { config } = await repository.pushImage('public-1');
  const closed = await repository.pushImage('prod-1');
  await holders.give(
    'AccessGroupId-PublicAccess',
    'Reader',
    ['tag', 'stringMatch', 'public-*'],
    ['repository', 'stringEquals', repository.name],
  );
  const get = async (path: string): Promise<number> =>
    (await on.registry.fetch(`/v2/${repository.name}/${path}`)).status;
  assert.deepEqual(
    [
      await get('manifests/public-1'),
      await get(`blobs/${config.digest}`),
      await get('manifests/prod-1'),
      await get(`blobs/${closed.config.digest}`),
    ],
    [200, 200, 401, 404],
  );
});

test('another account gets nothing from a policy on tags of this one, and is answered as if nothing were there', async () => {
  const stranger = await new Identities(on.registry).stranger();
  const repository = newRepository();
  const { descriptor } = await repository.pushImage('prod-1');
  for (const path of ['manifests/prod-1', `manifests/${descriptor.digest}`, 'tags/list']) {
    const [here, absent] = await Promise.all(
      [repository.name, 'absent/app'].map(async (name) =>
        told(await as(stranger, 'GET', `${name}/${path}`), name, name.split('/')[0] ?? ''),
      ),
    );
    assert.deepEqual(here, absent);
  }
});
