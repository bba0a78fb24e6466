import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TrashList } from '../../src/wire/trash.ts';
import { Identities } from '../access/identities.ts';
import { stage, type TestRepository } from '../spec/repository.ts';
import { DAY } from '../support/clock.ts';
import { basic } from '../support/registry.ts';
import { IMAGES, ImageDoor } from './image-stage.ts';

const on = stage();
const door = new ImageDoor(on);

const fullName = (repository: TestRepository, reference: string): string =>
  `${on.registry.host}/${repository.name}${reference.includes(':') ? '@' : ':'}${reference}`;

const trash = async (query = ''): Promise<TrashList> => {
  const { status, body } = await door.ask('GET', `/api/v1/trash${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};

const remove = (name: string) => door.ask('DELETE', `${IMAGES}/${encodeURIComponent(name)}`);

const restore = (name: string, verb = 'restore') =>
  door.ask('POST', `/api/v1/trash/${encodeURIComponent(name)}/${verb}`);

describe('DELETE /api/v1/images/{image}', () => {
  test('moves the image with all its tags to the trash, named by a tag or by its digest', async () => {
    for (const by of ['tag', 'digest']) {
      const repository = on.repository();
      const { bytes, descriptor } = await repository.pushImage('1');
      await repository.putManifest('2', bytes);
      const name = fullName(repository, by === 'tag' ? '1' : descriptor.digest);
      const { status, body } = await remove(name);
      const deleted = fullName(repository, descriptor.digest);
      const until = new Date(on.registry.clock.now() + 30 * DAY).toISOString();
      assert.deepEqual([status, body], [200, { Untagged: name, deleted, restorable_until: until }]);
      assert.deepEqual(await repository.tags(), []);
      assert.equal(await repository.statusOf(`manifests/${descriptor.digest}`), 404);
      const entry = (await trash())[fullName(repository, descriptor.digest)];
      assert.equal(entry?.daysUntilExpiry, 30);
      assert.deepEqual(
        entry?.tags,
        ['1', '2'].map((tag) => fullName(repository, tag)),
      );
      assert.equal(entry?.deletedBy, `user:${on.registry.accountId}/${on.registry.ownerIamId}`);
      assert.equal((await remove(name)).status, 404);
    }
  });

  test('is refused while an index lists the image, and says which', async () => {
    const repository = on.repository();
    const { descriptor } = await repository.pushImage();
    const index = await repository.pushIndex([descriptor], 'multi');
    const { status, body } = await remove(fullName(repository, descriptor.digest));
    assert.deepEqual([status, body.code], [409, 'CRG0005E']);
    assert.ok(body.message.includes(index.digest), body.message);
    const bulk = await door.ask('POST', `${IMAGES}/bulkdelete`, [fullName(repository, descriptor.digest)]);
    assert.equal(bulk.body.error[fullName(repository, descriptor.digest)].code, 'CRG0005E');
  });

  test('needs a right on the whole repository: one on a tag takes that tag away and nothing more', async () => {
    const repository = on.repository();
    const { bytes } = await repository.pushImage('dev-1');
    await repository.putManifest('prod', bytes);
    const holder = await door.holding('Writer', 'birds', { tag: 'dev-1' });
    const name = encodeURIComponent(fullName(repository, 'dev-1'));
    const refused = await door.ask('DELETE', `${IMAGES}/${name}`, undefined, holder);
    assert.deepEqual([refused.status, refused.body.code], [403, 'CRG0020E']);
    const bulk = await door.ask('POST', `${IMAGES}/bulkdelete`, [`${repository.name}:dev-1`], holder);
    assert.equal(bulk.body.error[`${repository.name}:dev-1`].code, 'CRG0020E');
    assert.equal((await door.ask('DELETE', `/api/v1/tags/${name}`, undefined, holder)).status, 200);
    assert.deepEqual(await repository.tags(), ['prod']);
  });
});

describe('POST /api/v1/images/bulkdelete', () => {
  test('deletes what it can and says of each of the others why not', async () => {
    const repository = on.repository();
    const [one, two] = [await repository.pushImage('1'), await repository.pushImage('2')];
    const held = await repository.pushImage();
    await repository.pushIndex([held.descriptor], 'multi');
    const names = [
      fullName(repository, '1'),
      `${repository.name}@${two.descriptor.digest}`,
      `${repository.name}:absent`,
      fullName(repository, held.descriptor.digest),
      'docker.io/x/y',
      '__proto__',
    ];
    const { status, body } = await door.ask('POST', `${IMAGES}/bulkdelete`, [...names, ...names]);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body.success, names.slice(0, 2));
    const codes = names.slice(2).map((name) => Object.getOwnPropertyDescriptor(body.error, name)?.value.code);
    assert.deepEqual(codes, ['CRG0004E', 'CRG0005E', 'CRG0001E', 'CRG0001E']);
    assert.deepEqual(await repository.tags(), ['multi']);
    assert.ok(one.descriptor.digest);
  });

  test('tells a stranger, a reader, and a writer of another namespace the same of what is there and what is not', async () => {
    const repository = on.repository();
    await repository.pushImage('1');
    await door.ask('PUT', '/api/v1/namespaces/bulk');
    for (const holder of [
      await door.holding('Reader', 'birds'),
      await door.holding('Writer', 'bulk'),
      await new Identities(on.registry).stranger(),
    ]) {
      const names = [`${repository.name}:1`, `${repository.name}:2`, 'absent/x:1'];
      const { body } = await door.ask('POST', `${IMAGES}/bulkdelete`, names, holder);
      assert.deepEqual(body.success, []);
      const told = names.map((name) => [
        body.error[name].code,
        body.error[name].message.replace(name, 'it').replace(name.split(':')[0] ?? '', 'it'),
      ]);
      assert.deepEqual(told[1], told[0]);
      assert.deepEqual(told[2], told[0]);
    }
    assert.deepEqual(await repository.tags(), ['1']);
  });

  test('refuses what is no list of names, and more than 200', async () => {
    for (const body of [
      { 0: 'a' },
      [{}],
      ['x'.repeat(701)],
      Array.from({ length: 201 }, (_, at) => `birds/x:${at}`),
    ]) {
      const { status, body: answer } = await door.ask('POST', `${IMAGES}/bulkdelete`, body);
      assert.deepEqual([status, answer.code], [400, 'CRG0001E'], JSON.stringify(answer));
    }
  });
});

describe('the trash', () => {
  test('a deleted image comes back by its digest with the tags that are free, and says which are not', async () => {
    const repository = on.repository();
    const { bytes, descriptor, layers } = await repository.pushImage('1');
    await repository.putManifest('2', bytes);
    await remove(fullName(repository, '1'));
    const other = await repository.pushImage('2');
    const name = fullName(repository, descriptor.digest);
    const { status, body } = await restore(name, 'restoretags');
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body, {
      successful: [fullName(repository, '1')],
      unsuccessful: [fullName(repository, '2')],
    });
    await repository.assertServes('1', bytes);
    await repository.assertServes('2', other.bytes);
    for (const { digest } of layers) assert.equal(await repository.statusOf(`blobs/${digest}`), 200);
    assert.equal((await trash())[name], undefined);
    const shown = await door.inspect(`${repository.name}:1`);
    assert.match(shown.push.credential ?? '', /^ApiKey-/, 'who pushed it comes back too');
  });

  test('by a tag that tag alone comes back; one that stands for another image is 409 CRT0500E', async () => {
    const repository = on.repository();
    const { bytes, descriptor } = await repository.pushImage('1');
    await repository.putManifest('2', bytes);
    await remove(fullName(repository, descriptor.digest));
    assert.equal((await restore(fullName(repository, '1'))).status, 200);
    assert.deepEqual(await repository.tags(), ['1']);
    await repository.pushImage('2');
    const taken = await restore(fullName(repository, '2'));
    assert.deepEqual([taken.status, taken.body.code], [409, 'CRT0500E']);
    assert.equal((await restore(fullName(repository, descriptor.digest))).status, 200);
  });

  test('one who may delete only some tags leaves referrers that bear tags, and a tag comes back without them', async () => {
    const repository = on.repository();
    const image = await repository.pushImage('dev-1');
    const [tagged, loose] = [
      await repository.pushImage('prod-sbom', { subject: image.descriptor }),
      await repository.pushImage(undefined, { subject: image.descriptor }),
    ];
    const holder = await door.holding('Writer', 'birds', { tag: 'dev-1' });
    const digest = image.descriptor.digest;
    const statuses = () =>
      Promise.all(
        [image, tagged, loose].map((each) => repository.statusOf(`manifests/${each.descriptor.digest}`)),
      );
    const Authorization = basic('iamapikey', holder.apikey);
    const removed = await repository.request('DELETE', `manifests/${digest}`, { headers: { Authorization } });
    assert.equal(removed.status, 202);
    assert.deepEqual(await statuses(), [404, 200, 404]);
    assert.equal((await restore(fullName(repository, digest))).status, 200);
    await remove(fullName(repository, digest));
    assert.deepEqual(await statuses(), [404, 404, 404]);
    const back = await door.ask(
      'POST',
      `/api/v1/trash/${encodeURIComponent(fullName(repository, 'dev-1'))}/restore`,
      undefined,
      holder,
    );
    assert.equal(back.status, 200, JSON.stringify(back.body));
    assert.deepEqual(await statuses(), [200, 404, 200]);
    assert.deepEqual(await repository.tags(), ['dev-1']);
    assert.equal((await restore(fullName(repository, 'prod-sbom'))).status, 200);
  });

  test('what is not in the trash is 404; restoretags needs a digest', async () => {
    const repository = on.repository();
    const { descriptor } = await repository.pushImage('1');
    for (const name of [fullName(repository, '1'), fullName(repository, descriptor.digest), 'birds/none:1']) {
      const refused = await restore(name);
      assert.deepEqual([refused.status, refused.body.code], [404, 'CRG0004E'], name);
    }
    const { status, body } = await restore(fullName(repository, '1'), 'restoretags');
    assert.deepEqual([status, body.code], [400, 'CRG0001E']);
    assert.match(body.message, /by its digest/);
  });

  test('days until expiry are rounded up, and what is over is neither listed nor restored', async () => {
    const repository = on.repository();
    const { descriptor } = await repository.pushImage('1');
    const name = fullName(repository, descriptor.digest);
    await remove(name);
    const daysLeft = async () => (await trash())[name]?.daysUntilExpiry;
    on.registry.clock.advance(29 * DAY + 1);
    assert.equal(await daysLeft(), 1);
    on.registry.clock.advance(DAY - 2);
    assert.equal(await daysLeft(), 1);
    on.registry.clock.advance(1);
    assert.equal(await daysLeft(), undefined);
    assert.equal((await restore(name)).status, 404);
  });

  test('shows the namespaces that the caller may list, and one alone where it is named', async () => {
    await door.ask('PUT', '/api/v1/namespaces/swans');
    const repository = on.repository();
    const { descriptor } = await repository.pushImage('1');
    const name = fullName(repository, descriptor.digest);
    await remove(name);
    assert.ok((await trash('?namespace=birds'))[name]);
    assert.deepEqual(await trash('?namespace=swans'), {});
    assert.deepEqual(await trash('?namespace=none'), {});
    const seen = async (holder: Parameters<typeof door.ask>[3]) =>
      Object.hasOwn((await door.ask('GET', '/api/v1/trash', undefined, holder)).body, name);
    assert.equal(await seen(await door.holding('Reader', 'birds')), true);
    assert.equal(await seen(await door.holding('Reader', 'swans')), false);
    assert.equal(await seen(await door.holding('Writer', 'birds')), false);
    assert.equal(await seen(await new Identities(on.registry).stranger()), false);
  });

  test('is emptied, namespace by namespace, by Managers only; nothing of it comes back', async () => {
    await door.ask('PUT', '/api/v1/namespaces/geese');
    const [repository, elsewhere] = [on.repository(), on.repository()];
    const { bytes, descriptor } = await repository.pushImage('1');
    await door.copy(`${repository.name}:1`, 'geese/app:1');
    await remove('geese/app:1');
    await remove(fullName(repository, '1'));
    await elsewhere.putManifest('1', bytes);
    for (const holder of [await door.holding('Writer', 'geese'), await door.holding('Manager', 'birds')]) {
      const { status } = await door.ask('DELETE', '/api/v1/trash?namespace=geese', undefined, holder);
      assert.equal(status, 403);
    }
    for (const query of ['', '?namespace=', `?namespace=${'x'.repeat(256)}`])
      assert.ok([400, 404].includes((await door.ask('DELETE', `/api/v1/trash${query}`)).status), query);
    const manager = await door.holding('Manager', 'geese');
    const { status, body } = await door.ask('DELETE', '/api/v1/trash?namespace=geese', undefined, manager);
    assert.deepEqual([status, body], [200, { removed: 1 }]);
    assert.deepEqual(await trash('?namespace=geese'), {});
    assert.equal((await restore('geese/app:1')).status, 404);
    assert.equal((await restore(fullName(repository, descriptor.digest))).status, 200);
  });
});

test('digests say which untagged images are wanted still: those of an index, and those that belong to an image', async () => {
  const repository = await on.artifactRepository();
  const [child, subject, loose] = [
    await repository.pushImage(),
    await repository.pushImage('1'),
    await repository.pushImage(),
  ];
  await repository.pushIndex([child.descriptor], 'multi');
  const signature = await repository.pushImage(undefined, { subject: subject.descriptor });
  const orphan = await repository.pushImage(undefined, {
    subject: { ...subject.descriptor, digest: `sha256:${'b'.repeat(64)}` },
  });
  const { body } = await door.ask('POST', `${IMAGES}/digests`, {
    repositories: [repository.name],
    exclude_tagged: true,
  });
  const held = new Map(body.map(({ id, held: is }: { id: string; held: boolean }) => [id, is]));
  assert.deepEqual(
    held,
    new Map(
      [child, loose, signature, orphan]
        .map(
          ({ descriptor: { digest } }) =>
            [digest, digest === child.descriptor.digest || digest === signature.descriptor.digest] as const,
        )
        .sort(),
    ),
  );
});

describe('GET /api/v1/trash with a limit', () => {
  const page = async (limit: number, start = ''): Promise<{ names: string[]; next: string | null }> => {
    const query = new URLSearchParams({ limit: String(limit), ...(start === '' ? {} : { start }) });
    const answer = await on.registry.api('GET', `/api/v1/trash?${query}`);
    assert.equal(answer.status, 200);
    const names = Object.keys((await answer.json()) as TrashList);
    return { names, next: answer.headers.get('X-Next-Start') };
  };

  test('the pages together are the whole list, each entry once, and only the last one has no next', async () => {
    for (const tag of ['1', '2', '3', '4', '5']) {
      const repository = on.repository();
      await repository.pushImage(tag);
      assert.equal((await remove(fullName(repository, tag))).status, 200);
    }
    const all = Object.keys(await trash());
    for (const limit of [1, 2, all.length - 1, all.length, 200]) {
      const found: string[] = [];
      let start: string | null = '';
      do {
        const { names, next } = await page(limit, start);
        assert.ok(names.length <= limit);
        assert.ok(names.length === limit || next === null);
        found.push(...names);
        start = next;
      } while (start !== null);
      assert.deepEqual(found, all);
    }
  });

  test('a start of a namespace that is gone, or that no page named, leads on from where it would be', async () => {
    const { names } = await page(200);
    assert.deepEqual((await page(200, 'aaa/x/y')).names, names);
    assert.deepEqual((await page(200, 'zzz/x/y')).names, []);
    assert.deepEqual((await page(200, 'nothing')).names, []);
    for (const limit of ['0', '201', 'x'])
      assert.equal((await on.registry.api('GET', `/api/v1/trash?limit=${limit}`)).status, 400);
  });
});
