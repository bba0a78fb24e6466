import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import type { ImageDigest } from '../../src/wire/images.ts';
import { Identities } from '../access/identities.ts';
import { CONFIG, descriptorOf, jsonOf, LAYER, newBytes, OCI_INDEX, OCI_MANIFEST } from '../spec/content.ts';
import { type PushedImage, stage, TestRepository } from '../spec/repository.ts';
import { StatementLog } from '../support/statement-log.ts';
import { IMAGES, ImageDoor } from './image-stage.ts';

const statements = new StatementLog();
const on = stage({ onRead: statements.note });
const door = new ImageDoor(on);

describe('an image is named in a path', () => {
  let repository: TestRepository;
  let image: PushedImage;
  before(async () => {
    repository = new TestRepository(on.registry, `birds/nested/${randomUUID()}`);
    image = await repository.pushImage('latest');
  });

  test('percent-encoded as a whole or with bare slashes, with or without the host, by tag or digest', async () => {
    const { host } = on.registry;
    const { name } = repository;
    const { digest } = image.descriptor;
    const names = [name, `${name}:latest`, `${name}@${digest}`].flatMap((each) => [each, `${host}/${each}`]);
    for (const each of [...names, ...names.map(encodeURIComponent)]) {
      const { status, body } = await door.ask('GET', `${IMAGES}/${each}/json`);
      assert.equal(status, 200, `${each}: ${JSON.stringify(body)}`);
      assert.deepEqual(body.RepoDigests, [`${host}/${name}@${digest}`]);
    }
  });

  test('of another registry, or in another form, it is refused with a sentence that says what to write', async () => {
    const { host } = on.registry;
    for (const [name, why] of [
      [`docker.io/${repository.name}`, new RegExp(`this registry is ${host}`)],
      [`127.0.0.1:1/${repository.name}`, new RegExp(`this registry is ${host}`)],
      ['Birds/App', /write HOST\/NAMESPACE\/REPOSITORY:TAG/],
      [`${repository.name}:-`, /tag is not valid/],
      [`${repository.name}@sha256:1`, /64/],
      [encodeURIComponent(encodeURIComponent(repository.name)), /lower case/],
      ['birds%00x', /lower case/],
    ] as const)
      for (const [method, path] of [
        ['GET', `${IMAGES}/${name}/json`],
        ['GET', `${IMAGES}/${name}/manifest`],
        ['DELETE', `/api/v1/tags/${name}`],
        ['DELETE', `${IMAGES}/${name}`],
        ['POST', `/api/v1/trash/${name}/restore`],
        ['POST', `/api/v1/trash/${name}/restoretags`],
        ['POST', `${IMAGES}/tags?fromimage=${name}&toimage=birds/x:1`],
        ['POST', `${IMAGES}/tags?fromimage=${repository.name}&toimage=${name}`],
      ] as const) {
        const { status, body } = await door.ask(method, path);
        assert.equal(status, 400, `${method} ${path}: ${JSON.stringify(body)}`);
        assert.equal(body.code, 'CRG0001E', path);
        // what a query has encoded twice is no name either way
        if (!path.includes('?')) assert.match(body.message, why, path);
      }
  });

  test('an image that is not there is 404, with its name', async () => {
    for (const name of [`${repository.name}:other`, 'birds/none:1', 'bees/none:1'])
      for (const [method, path] of [
        ['GET', `${IMAGES}/${name}/json`],
        ['GET', `${IMAGES}/${name}/manifest`],
        ['DELETE', `/api/v1/tags/${name}`],
        ['POST', `${IMAGES}/tags?fromimage=${name}&toimage=birds/x:1`],
      ] as const) {
        const { status, body } = await door.ask(method, path);
        assert.deepEqual([status, body.code], [404, 'CRG0004E'], path);
        assert.ok(body.message.includes(`${on.registry.host}/${name}`), body.message);
      }
  });

  test('the namespace of another account, one that is absent, and one that is closed are answered alike', async () => {
    const reader = await door.holding('Reader', 'birds');
    const stranger = await new Identities(on.registry).stranger();
    await door.ask('PUT', '/api/v1/namespaces/theirs', undefined, stranger);
    await door.ask('PUT', '/api/v1/namespaces/closed');
    const answers = async (namespace: string) =>
      Promise.all(
        [
          ['GET', `${IMAGES}/${namespace}/app:1/json`],
          ['GET', `${IMAGES}/${namespace}/app:1/manifest`],
          ['DELETE', `/api/v1/tags/${namespace}/app:1`],
          ['DELETE', `${IMAGES}/${namespace}/app:1`],
          ['POST', `/api/v1/trash/${namespace}/app:1/restore`],
          ['DELETE', `/api/v1/trash?namespace=${namespace}`],
          ['POST', `${IMAGES}/tags?fromimage=${namespace}/app:1&toimage=birds/x:1`],
        ].map(async ([method = '', path = '']) => {
          const { status, body } = await door.ask(method, path, undefined, reader);
          return [status, body.code, body.message.replaceAll(namespace, 'it')];
        }),
      );
    const closed = await answers('closed');
    for (const [status, code] of closed) assert.deepEqual([status, code], [403, 'CRG0020E']);
    assert.deepEqual(await answers('theirs'), closed);
    assert.deepEqual(await answers('absent'), closed);
  });
});

describe('GET /api/v1/images/{image}/json', () => {
  test('shows of an image what its config says, in the shape of docker inspect', async () => {
    const repository = on.repository();
    const config = jsonOf({
      architecture: 'arm64',
      os: 'linux',
      'os.version': '1',
      author: 'Ada',
      created: '2026-01-02T03:04:05Z',
      config: {
        User: '1000',
        Env: ['PATH=/bin'],
        Cmd: ['sh'],
        Entrypoint: null,
        ExposedPorts: { '80/tcp': {} },
        Labels: { a: 'b' },
        Healthcheck: { Test: ['CMD', 'true'], Interval: 30_000_000_000 },
        WorkingDir: 7,
        Unknown: 'x',
      },
      rootfs: { type: 'layers', diff_ids: ['sha256:aa'] },
      history: [{ created_by: 'x', comment: 'buildkit.dockerfile.v0' }],
    });
    const layer = newBytes();
    for (const bytes of [config, layer]) await repository.pushBlob(bytes);
    const manifest = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptorOf(CONFIG, config),
      layers: [descriptorOf(LAYER, layer)],
    };
    assert.equal((await repository.putManifest('1', manifest)).status, 201);
    const shown = await door.inspect(`${repository.name}:1`);
    const { push: _push, pulls: _pulls, tagPulls: _tags, ContainerConfig: _old, ...rest } = shown;
    const name = `${on.registry.host}/${repository.name}`;
    assert.deepEqual(rest, {
      Id: manifest.config.digest,
      RepoTags: [`${name}:1`],
      RepoDigests: [`${name}@${descriptorOf(OCI_MANIFEST, jsonOf(manifest)).digest}`],
      ManifestType: OCI_MANIFEST,
      Parent: '',
      Comment: 'buildkit.dockerfile.v0',
      Created: '2026-01-02T03:04:05.000Z',
      Container: '',
      DockerVersion: '',
      Author: 'Ada',
      Config: {
        Cmd: ['sh'],
        Env: ['PATH=/bin'],
        ExposedPorts: { '80/tcp': {} },
        Healthcheck: { Interval: 30_000_000_000, Test: ['CMD', 'true'] },
        Labels: { a: 'b' },
        User: '1000',
      },
      Architecture: 'arm64',
      Os: 'linux',
      OsVersion: '1',
      Size: config.length + layer.length,
      VirtualSize: config.length + layer.length,
      RootFS: { Type: 'layers', Layers: ['sha256:aa'] },
    });
  });

  test('an index has a type, an id and what it lists; a config that is no image has only its digest', async () => {
    const repository = await on.artifactRepository();
    const child = await repository.pushImage();
    const platform = { os: 'linux', architecture: 'arm', variant: 'v7' };
    const index = await repository.pushIndex([{ ...child.descriptor, platform } as never], 'multi');
    const shown = await door.inspect(`${repository.name}:multi`);
    assert.deepEqual([shown.Id, shown.ManifestType, shown.Config], [index.digest, OCI_INDEX, {}]);
    assert.ok(!Number.isNaN(Date.parse(shown.Created)));
    const { digest, mediaType, size } = child.descriptor;
    assert.deepEqual(shown.manifests, [{ digest, mediaType, size, platform: 'linux/arm/v7' }]);
    const bytes = Buffer.from('not JSON');
    await repository.pushBlob(bytes);
    await repository.pushImage('odd', { config: descriptorOf('application/x-thing', bytes), layers: [] });
    const odd = await door.inspect(`${repository.name}:odd`);
    assert.deepEqual([odd.Id, odd.Architecture, odd.Config], [descriptorOf('x', bytes).digest, '', {}]);
  });

  test('lists what hangs on an image: its referrers, and what BuildKit put beside it in an index', async () => {
    const repository = await on.artifactRepository();
    const image = await repository.pushImage();
    const about = image.descriptor;
    const sbom = await repository.pushImage(undefined, {
      subject: about,
      artifactType: 'application/spdx+json',
    });
    const statement = Buffer.from('{"_type":"https://in-toto.io/Statement/v0.1"}');
    await repository.pushBlob(statement);
    const layer = {
      ...descriptorOf('application/vnd.in-toto+json', statement),
      annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2' },
    };
    const provenance = await repository.pushImage(undefined, { layers: [layer] });
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': about.digest,
    };
    await repository.pushIndex([about, { ...provenance.descriptor, annotations } as never], 'built');
    for (const name of [`${repository.name}:built`, `${repository.name}@${about.digest}`]) {
      const shown = await door.inspect(name, '?attestations=true');
      const facts = shown.attestations?.map(({ kind, through, about: of, digest }) => [
        kind,
        through,
        of,
        digest,
      ]);
      assert.deepEqual(facts, [
        ['sbom', 'referrer', about.digest, sbom.descriptor.digest],
        ['provenance', 'buildkit', about.digest, provenance.descriptor.digest],
      ]);
      assert.deepEqual(shown.attestations?.[1]?.predicateTypes, ['https://slsa.dev/provenance/v0.2']);
    }
    assert.equal((await door.inspect(`${repository.name}:built`)).attestations, undefined);
  });
});

test('a right on one tag shows that tag of an image, and neither another tag nor the digest', async () => {
  const repository = on.repository();
  const { bytes, descriptor } = await repository.pushImage('open');
  await repository.putManifest('secret', bytes);
  const holder = await door.holding('Reader', 'birds', { tag: 'open' });
  const as = (reference: string) =>
    door.ask('GET', `${IMAGES}/${repository.name}${reference}/json`, undefined, holder);
  const { status, body } = await as(':open');
  assert.deepEqual([status, body.RepoTags], [200, [`${on.registry.host}/${repository.name}:open`]]);
  assert.ok(!JSON.stringify(body).includes('secret'));
  for (const reference of [':secret', `@${descriptor.digest}`, ''])
    assert.equal((await as(reference)).status, 403, reference);
  assert.equal((await door.inspect(`${repository.name}:open`)).RepoTags.length, 2);
});

test('GET …/manifest answers the bytes that were pushed, with their media type', async () => {
  const repository = on.repository();
  const { bytes, descriptor } = await repository.pushImage('1');
  const response = await on.registry.api('GET', `${IMAGES}/${repository.name}:1/manifest`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), OCI_MANIFEST);
  assert.equal(response.headers.get('docker-content-digest'), descriptor.digest);
  assert.ok(Buffer.from(await response.arrayBuffer()).equals(bytes));
});

describe('POST /api/v1/images/digests', () => {
  const digests = async (body: object): Promise<ImageDigest[]> => {
    const { status, body: answer } = await door.ask('POST', `${IMAGES}/digests`, body);
    assert.equal(status, 200, JSON.stringify(answer));
    return answer;
  };

  test('lists tagged and untagged digests with their tags; exclude_tagged leaves the untagged', async () => {
    const repository = on.repository();
    const name = `${on.registry.host}/${repository.name}`;
    const [old, now] = [await repository.pushImage('1'), await repository.pushImage('1')];
    await repository.putManifest('2', now.bytes);
    const listed = await digests({ repositories: [name] });
    const tags = new Map(listed.map(({ id, repoTags }) => [id, Object.keys(repoTags[name] ?? {})]));
    assert.deepEqual(
      tags,
      new Map([
        [old.descriptor.digest, []],
        [now.descriptor.digest, ['1', '2']],
      ]),
    );
    const [one] = listed;
    assert.deepEqual([one?.manifestType, one?.size], [OCI_MANIFEST, one?.size]);
    const untagged = await digests({ repositories: [repository.name], exclude_tagged: true });
    assert.deepEqual(
      untagged.map(({ id }) => id),
      [old.descriptor.digest],
    );
    assert.deepEqual(await digests({ repositories: ['birds/none'] }), []);
    const whole = await digests({ repositories: ['birds', 'bees/none'] });
    assert.deepEqual(await digests({}), whole);
    for (const { id } of listed) assert.ok(whole.some((each) => each.id === id));
  });

  test('more digests of a repository and more tags of a digest than a page are all there once', async () => {
    const repository = await on.artifactRepository();
    const manifest = (count: number) => ({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [],
      annotations: { count: String(count) },
    });
    const put = async (count: number, tags: readonly string[]) => {
      const query = tags.slice(1).map((tag) => `tag=${tag}`);
      const reference = `${tags[0] ?? descriptorOf(OCI_INDEX, jsonOf(manifest(count))).digest}?${query.join('&')}`;
      assert.equal((await repository.putManifest(reference, manifest(count), OCI_INDEX)).status, 201);
    };
    for (let count = 0; count < 230; count++) await put(count, []);
    const tags = Array.from({ length: 250 }, (_, index) => `t${String(index).padStart(3, '0')}`);
    for (let start = 0; start < 250; start += 50) await put(7, tags.slice(start, start + 50));
    const listed = await digests({ repositories: [repository.name] });
    assert.equal(new Set(listed.map(({ id }) => id)).size, 230);
    assert.equal(listed.length, 230);
    const all = listed.flatMap(({ repoTags }) => Object.values(repoTags).flatMap(Object.keys));
    assert.deepEqual(all, tags);
  });

  test('many small repositories are read with few statements', async () => {
    await door.ask('PUT', '/api/v1/namespaces/small');
    const bytes = jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
    for (let count = 0; count < 60; count++)
      await new TestRepository(on.registry, `small/r${count}`).putManifest('1', bytes, OCI_INDEX);
    const listed = await digests({ repositories: ['small'] });
    assert.equal(listed.length, 60);
    assert.deepEqual(
      new Set(listed.flatMap(({ repoTags }) => Object.keys(repoTags))).size,
      60,
      'the same digest stands once for each repository',
    );
    for (const { repoTags } of listed) assert.deepEqual(Object.values(repoTags).flatMap(Object.keys), ['1']);
    const { length } = await statements.fewest(() => digests({ repositories: ['small'] }));
    assert.ok(length < 30, `${length} statements`);
  });

  test('shows only namespaces that the caller may list, and refuses what it cannot read', async () => {
    const repository = on.repository();
    await repository.pushImage('1');
    const writer = await door.holding('Writer', 'birds');
    assert.deepEqual((await door.ask('POST', `${IMAGES}/digests`, {}, writer)).body, []);
    const stranger = await new Identities(on.registry).stranger();
    assert.deepEqual((await door.ask('POST', `${IMAGES}/digests`, {}, stranger)).body, []);
    for (const body of [
      { repositories: [7, {}] },
      { repositories: ['x'.repeat(601)] },
      { repositories: Array.from({ length: 101 }, () => 'birds/x') },
      { repositories: ['docker.io/birds/x'] },
      { exclude_tagged: 7 },
      [],
    ]) {
      const { status, body: refusal } = await door.ask('POST', `${IMAGES}/digests`, body);
      assert.deepEqual([status, refusal.code], [400, 'CRG0001E'], JSON.stringify(body));
    }
  });
});
