import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { onNamespace, v2Policy } from '../access/policy-documents.ts';
import { stage, TestRepository } from '../spec/repository.ts';
import { IMAGES, ImageDoor } from './image-stage.ts';

const on = stage();
const door = new ImageDoor(on);

describe('POST /api/v1/images/tags', () => {
  test('does not bring a referrer of an image that a right on some tags does not cover', async () => {
    const repository = on.repository();
    const [prod, own] = [await repository.pushImage('prod-1'), await repository.pushImage('dev-1')];
    const source = on.repository();
    const forged = await source.pushImage('prod', { subject: prod.descriptor });
    await source.pushIndex([forged.descriptor], 'index');
    await source.pushImage('own', { subject: own.descriptor });
    const holder = await door.holding('Reader', 'birds');
    for (const tag of ['dev-1', 'dev-2']) {
      const policy = v2Policy(holder.iamId, 'Writer', holder.accountId, { ...onNamespace('birds'), tag });
      assert.equal((await door.ask('POST', '/v2/policies', policy)).status, 201);
    }
    const copy = (tag: string) => door.copy(`${source.name}:${tag}`, `${repository.name}:dev-2`, holder);
    for (const tag of ['prod', 'index']) {
      const { status, body } = await copy(tag);
      assert.deepEqual([status, body.code], [403, 'CRG0020E'], tag);
      assert.ok(body.message.includes(prod.descriptor.digest), body.message);
    }
    assert.equal(await repository.statusOf(`manifests/${forged.descriptor.digest}`), 404);
    assert.equal((await copy('own')).status, 201);
  });

  test('gives an image a tag in its repository, in another one, and in another namespace of the account; no bytes move', async () => {
    await on.registry.api('PUT', '/api/v1/namespaces/wagtails');
    const repository = on.repository();
    const image = await repository.pushImage('1', {}, 3);
    for (const to of [`${repository.name}:2`, `birds/${randomUUID()}:1`, `wagtails/${randomUUID()}:v1`]) {
      assert.equal((await door.copy(`${repository.name}:1`, to)).status, 201, to);
      const [name = '', tag = ''] = to.split(':');
      const target = new TestRepository(on.registry, name);
      await target.assertServes(tag, image.bytes);
      for (const { digest } of [image.config, ...image.layers])
        assert.equal(await target.statusOf(`blobs/${digest}`), 200);
    }
    const from = `${on.registry.host}/${repository.name}@${image.descriptor.digest}`;
    const plain = `birds/${randomUUID()}`;
    assert.equal((await door.copy(from, plain)).status, 201);
    assert.deepEqual(await new TestRepository(on.registry, plain).tags(), ['latest']);
  });

  test('copies what an index lists before the index, each once, and the copy outlives its source', async () => {
    const repository = on.repository();
    const children = [await repository.pushImage(), await repository.pushImage()];
    const index = await repository.pushIndex(
      [...children, ...children].map(({ descriptor }) => descriptor),
      'multi',
    );
    const to = new TestRepository(on.registry, `birds/${randomUUID()}`);
    assert.equal((await door.copy(`${repository.name}:multi`, `${to.name}:multi`)).status, 201);
    assert.equal((await door.copy(`${repository.name}:multi`, `${to.name}:again`)).status, 201);
    for (const path of ['manifests/multi', ...children.map((each) => `manifests/${each.descriptor.digest}`)])
      await repository.request('DELETE', path);
    for (const digest of [index.digest, ...children.map((each) => each.descriptor.digest)])
      await repository.request('DELETE', `manifests/${digest}`);
    assert.deepEqual(await to.tags(), ['again', 'multi']);
    for (const { bytes, descriptor, layers } of children) {
      await to.assertServes(descriptor.digest, bytes);
      for (const { digest } of layers) assert.equal(await to.statusOf(`blobs/${digest}`), 200);
    }
  });

  test('moves a tag that stands for another image, and writes one event, of the tag, with what it stood for', async () => {
    const repository = on.repository();
    const [first, second] = [await repository.pushImage('1'), await repository.pushImage('2')];
    const to = on.repository();
    for (const tag of ['1', '2'])
      assert.equal((await door.copy(`${repository.name}:${tag}`, `${to.name}:stable`)).status, 201);
    await to.assertServes('stable', second.bytes);
    const log = await door.ask('GET', `/api/v1/audit/events?repository=${to.name}`);
    const events = log.body.events.map((event: { action: string; requestData?: object }) => [
      event.action,
      event.requestData,
    ]);
    const { digest } = first.descriptor;
    assert.equal(events.length, 2, JSON.stringify(log.body));
    assert.deepEqual(events[1], ['container-registry.image.tag', undefined]);
    assert.equal(events[0]?.[0], 'container-registry.image.tag');
    assert.match(JSON.stringify(events[0]?.[1]), new RegExp(`${digest}.*${second.descriptor.digest}`));
    assert.equal(
      (await door.inspect(`${to.name}:stable`)).push.by,
      `user:${on.registry.accountId}/${on.registry.ownerIamId}`,
    );
  });

  test('needs pull on the source and push on the target, and a target that is a tag', async () => {
    await on.registry.api('PUT', '/api/v1/namespaces/wrens');
    const repository = on.repository();
    const image = await repository.pushImage('1');
    const to = `wrens/${randomUUID()}:1`;
    const from = `${repository.name}:1`;
    for (const holder of [
      await door.holding('Reader', 'birds'),
      await door.holding('Writer', 'wrens'),
      await door.holding('Reader'),
    ]) {
      const { status, body } = await door.copy(from, to, holder);
      assert.deepEqual([status, body.code], [403, 'CRG0020E']);
    }
    assert.equal(
      (await new TestRepository(on.registry, to.slice(0, -2)).request('GET', 'tags/list')).status,
      404,
    );
    for (const [source, target] of [
      [from, `birds/x@${image.descriptor.digest}`],
      [from, ''],
      ['', to],
    ] as const)
      assert.equal((await door.copy(source, target)).status, 400, `${source} ${target}`);
    assert.equal((await door.ask('POST', `${IMAGES}/tags?toimage=${to}`)).status, 400);
    assert.equal((await door.copy(from, 'absent/x:1')).status, 404);
  });

  test('is refused where the account has reached its quota of storage', async () => {
    const repository = on.repository();
    await repository.pushImage('1');
    await door.ask('PATCH', '/api/v1/quotas', { storage_megabytes: 0 });
    const { status, body } = await door.copy(`${repository.name}:1`, `${repository.name}-copy:1`);
    await door.ask('PATCH', '/api/v1/quotas', { storage_megabytes: -1 });
    assert.equal(status, 403, JSON.stringify(body));
    assert.match(body.message, /storage quota/);
    assert.equal(body.code, 'CRG0020E');
  });
});

describe('DELETE /api/v1/tags/{image}', () => {
  test('takes the tag away and leaves the image and its other tags', async () => {
    const repository = on.repository();
    const image = await repository.pushImage('1');
    await repository.putManifest('2', image.bytes);
    const { status, body } = await door.ask(
      'DELETE',
      `/api/v1/tags/${on.registry.host}/${repository.name}:1`,
    );
    assert.deepEqual([status, body], [200, { Untagged: `${on.registry.host}/${repository.name}:1` }]);
    assert.deepEqual(await repository.tags(), ['2']);
    assert.equal((await door.ask('DELETE', `/api/v1/tags/${repository.name}:1`)).status, 404);
  });

  test('needs a tag: a name without one, or with a digest, is refused and nothing goes', async () => {
    const repository = on.repository();
    const { descriptor } = await repository.pushImage('latest');
    for (const name of [repository.name, `${repository.name}@${descriptor.digest}`]) {
      const { status, body } = await door.ask('DELETE', `/api/v1/tags/${name}`);
      assert.deepEqual([status, body.code], [400, 'CRG0001E']);
      assert.match(body.message, /has no tag/);
    }
    assert.deepEqual(await repository.tags(), ['latest']);
  });
});
