import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { collected } from '../lifecycle/collect.ts';
import { answered } from '../spec/answers.ts';
import {
  type Descriptor,
  descriptorOf,
  EMPTY_JSON,
  jsonOf,
  LAYER,
  newBytes,
  newManifest,
  OCI_INDEX,
} from '../spec/content.ts';
import { stage, TestRepository } from '../spec/repository.ts';
import { HOUR } from '../support/clock.ts';
import { openRows } from '../support/rows.ts';
import { ImageDoor } from './image-stage.ts';

const on = stage();
const door = new ImageDoor(on);
const CACHE_CONFIG = 'application/vnd.buildkit.cacheconfig.v0';

/** An image whose layer clients are told to fetch elsewhere: it need not be here. */
const naming = ({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Buffer =>
  newManifest({ layers: [{ mediaType: LAYER, digest, size, urls: ['https://example.com/layer'] }] });

/** A repository in a namespace of another account. */
const ofStranger = async (): Promise<{ holder: Holder; repository: TestRepository }> => {
  const holder = await new Identities(on.registry).stranger();
  const caller = await Caller.login(on.registry, holder.apikey);
  const namespace = `strange-${holder.accountId.slice(0, 8)}`;
  const added = await caller.send('PUT', `/api/v1/namespaces/${namespace}`, undefined, {
    Account: holder.accountId,
  });
  assert.equal(added.status, 201, JSON.stringify(added.body));
  const repository = new TestRepository({ url: on.registry.url, apikey: holder.apikey }, `${namespace}/app`);
  await repository.pushBlob(EMPTY_JSON);
  return { holder, repository };
};

const remove = async (repository: TestRepository, digest: string): Promise<void> => {
  await answered(await repository.request('DELETE', `manifests/${digest}`), 202);
};

const restore = async (repository: TestRepository, digest: string, holder?: Holder) => {
  const name = encodeURIComponent(`${repository.name}@${digest}`);
  return door.ask('POST', `/api/v1/trash/${name}/restore`, undefined, holder);
};

/** Longer than the grace, so that what only the trash holds has lost its link. */
const collectAll = async (): Promise<void> => {
  for (let run = 0; run < 2; run++) {
    on.registry.clock.advance(25 * HOUR);
    await collected(on.registry);
  }
};

/** As a program deletes that writes nothing down of what the repository held. */
const withoutNotes = async (digest: string): Promise<void> => {
  const rows = openRows(on.registry.database);
  await rows
    .updateTable('trashed_references')
    .set({ linked: null })
    .where('manifest_digest', '=', digest)
    .execute();
  await rows.destroy();
};

describe('what an image in the trash names and its repository never held', () => {
  for (const [how, note] of [
    ['', async () => undefined],
    [' by a program that writes nothing down', withoutNotes],
  ] as const)
    test(`is not brought to it by restoring an image deleted${how}`, async () => {
      const victim = on.repository();
      const secret = newBytes(20_000);
      await victim.pushBlob(secret);
      const elsewhere = await on.artifactRepository();
      const { holder, repository: strange } = await ofStranger();
      for (const [repository, by] of [
        [strange, holder],
        [elsewhere, undefined],
      ] as const) {
        const image = naming(descriptorOf(LAYER, secret));
        const { digest } = descriptorOf('', image);
        await answered(await repository.putManifest('1', image), 201);
        await remove(repository, digest);
        await note(digest);
        const { status, body } = await restore(repository, digest, by);
        assert.equal(status, 200, JSON.stringify(body));
        await repository.assertServes('1', image);
        assert.equal(
          await repository.statusOf(`blobs/${descriptorOf('', secret).digest}`),
          404,
          repository.name,
        );
      }
    });

  test('is collected when nothing else holds it, and the image comes back without it', async () => {
    const victim = on.repository();
    const bytes = newBytes();
    await victim.pushBlob(bytes);
    const { holder, repository } = await ofStranger();
    const image = naming(descriptorOf(LAYER, bytes));
    const { digest } = descriptorOf('', image);
    await answered(await repository.putManifest('1', image), 201);
    await remove(repository, digest);
    await collectAll();
    assert.equal(await victim.statusOf(`blobs/${descriptorOf('', bytes).digest}`), 404);
    const rows = openRows(on.registry.database);
    const stored = rows
      .selectFrom('blobs')
      .select('digest')
      .where('digest', '=', descriptorOf('', bytes).digest);
    assert.deepEqual(await stored.execute(), []);
    await rows.destroy();
    assert.equal((await restore(repository, digest, holder)).status, 200);
  });

  test('comes back where the repository held it when the image was deleted again', async () => {
    const repository = await on.artifactRepository();
    const layer = newBytes();
    const { digest: blob, size } = descriptorOf(LAYER, layer);
    const image = naming({ digest: blob, size });
    const { digest } = descriptorOf('', image);
    for (const tag of ['1', '2']) await answered(await repository.putManifest(tag, image), 201);
    await remove(repository, digest);
    // the other tag stays in the trash, and with it the image
    const { status } = await door.ask(
      'POST',
      `/api/v1/trash/${encodeURIComponent(`${repository.name}:1`)}/restore`,
    );
    assert.equal(status, 200);
    await repository.pushBlob(layer);
    on.registry.clock.advance(1000);
    await remove(repository, digest);
    await collectAll();
    assert.equal(await repository.statusOf(`blobs/${blob}`), 404);
    assert.equal((await restore(repository, digest)).status, 200);
    await repository.assertHolds(layer);
  });
});

describe('an index that lists blobs, as caches of BuildKit do', () => {
  const cache = async () => {
    const repository = on.repository();
    const [layer, config] = [newBytes(20_000), newBytes()];
    for (const bytes of [layer, config]) await repository.pushBlob(bytes);
    const index = jsonOf({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [descriptorOf(LAYER, layer), descriptorOf(CACHE_CONFIG, config)],
    });
    await answered(await repository.putManifest('cache', index, OCI_INDEX), 201);
    return { repository, layer, config, index, digest: descriptorOf('', index).digest };
  };

  test('comes back from the trash with them, though their links were collected', async () => {
    const { repository, layer, config, index, digest } = await cache();
    await remove(repository, digest);
    await collectAll();
    assert.equal(await repository.statusOf(`blobs/${descriptorOf('', layer).digest}`), 404);
    const { status, body } = await restore(repository, digest);
    assert.equal(status, 200, JSON.stringify(body));
    await repository.assertServes('cache', index, OCI_INDEX);
    for (const bytes of [layer, config]) await repository.assertHolds(bytes);
    await collectAll();
    for (const bytes of [layer, config]) await repository.assertHolds(bytes);
  });

  test('is refused where the bytes of one of them were lost, and says of which', async () => {
    const { repository, layer, digest } = await cache();
    await remove(repository, digest);
    await collectAll();
    const lost = descriptorOf('', layer).digest;
    const rows = openRows(on.registry.database);
    await rows.deleteFrom('blobs').where('digest', '=', lost).execute();
    await rows.destroy();
    const { status, body } = await restore(repository, digest);
    assert.deepEqual([status, body.code], [400, 'CRG0001E'], JSON.stringify(body));
    assert.ok(body.message.includes(lost), body.message);
    assert.equal(await repository.statusOf('manifests/cache'), 404);
  });
});
