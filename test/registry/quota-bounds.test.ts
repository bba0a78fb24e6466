import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { OpenUploads } from '../../src/registry/uploads/open-uploads.ts';
import { answered, refused } from '../spec/answers.ts';
import { newBytes } from '../spec/content.ts';
import { stage, TestRepository } from '../spec/repository.ts';
import { TestRegistry } from '../support/registry.ts';
import { ImageDoor } from './image-stage.ts';

const MB = 1_048_576;

describe('a quota of storage bounds what an account takes', () => {
  const on = stage();
  const door = new ImageDoor(on);

  /** Lets the account store so many megabytes more than it does now, while this runs. */
  const withRoom = async (megabytes: number, work: () => Promise<void>): Promise<void> => {
    const { body } = await door.ask('GET', '/api/v1/quotas');
    const storage = Math.ceil(body.usage.storage_bytes / MB) + megabytes;
    await door.ask('PATCH', '/api/v1/quotas', { storage_megabytes: storage });
    await work();
    await door.ask('PATCH', '/api/v1/quotas', { storage_megabytes: -1 });
  };

  test('restoring is refused where the account has reached it, and goes on where it has room again', async () => {
    const repository = on.repository();
    const { descriptor } = await repository.pushImage('1');
    await answered(await repository.request('DELETE', `manifests/${descriptor.digest}`), 202);
    const image = encodeURIComponent(`${repository.name}@${descriptor.digest}`);
    await door.ask('PATCH', '/api/v1/quotas', { storage_megabytes: 0 });
    for (const way of ['restore', 'restoretags']) {
      const { status, body } = await door.ask('POST', `/api/v1/trash/${image}/${way}`);
      assert.deepEqual([status, body.code], [403, 'CRG0020E'], way);
    }
    await door.ask('PATCH', '/api/v1/quotas', { storage_megabytes: -1 });
    assert.equal((await door.ask('POST', `/api/v1/trash/${image}/restore`)).status, 200);
  });

  test('bytes of uploads that have not ended count where one begins or goes on, and what began may finish', async () => {
    const repository = on.repository();
    await withRoom(2, async () => {
      const bytes = newBytes(8 * MB);
      const first = await repository.begin();
      const other = await repository.begin();
      await answered(await repository.patch(first, bytes), 202);
      await refused(await repository.patch(first, newBytes(10), bytes.length), 403, 'DENIED');
      const { message } = await refused(await repository.patch(other, newBytes(10)), 403, 'DENIED');
      assert.match(message, /uploads that have not ended hold 8388608 bytes/);
      await refused(await repository.request('POST', 'blobs/uploads/'), 403, 'DENIED');
      await answered(await repository.request('DELETE', first), 204);
      await answered(await repository.patch(other, bytes), 202);
      await answered(await repository.finish(other, digestOf(bytes)), 201);
    });
  });

  test('an upload that broke off counts with what came of it', async () => {
    const repository = on.repository();
    await withRoom(2, async () => {
      const location = await repository.begin();
      const bytes = newBytes(3 * MB);
      await answered(await repository.patch(location, bytes), 202);
      await refused(await repository.finish(location, digestOf(newBytes(5))), 400, 'DIGEST_INVALID');
      await refused(await repository.request('POST', 'blobs/uploads/'), 403, 'DENIED');
      await answered(await repository.request('DELETE', location), 204);
      await answered(await repository.request('DELETE', await repository.begin()), 204);
    });
  });

  test('each copy of a manifest counts for a day, though its blobs count once', async () => {
    const repository = on.repository();
    await repository.pushImage('1', { annotations: { long: 'l'.repeat(MB) } });
    const copy = async (): Promise<number> =>
      (await door.copy(`${repository.name}:1`, `${on.repository().name}:1`)).status;
    await withRoom(3, async () => {
      const answers: number[] = [];
      for (let count = 0; count < 5; count++) answers.push(await copy());
      assert.deepEqual(answers.slice(0, 2), [201, 201]);
      assert.equal(answers.at(-1), 403);
      assert.equal((await door.copy(`${repository.name}:1`, `${repository.name}:2`)).status, 403);
    });
  });
});

test('a blob that is deleted counts until collection may have removed it', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const repository = new TestRepository(registry, 'birds/robin');
  await registry.api('PATCH', '/api/v1/quotas', { storage_megabytes: 2 });
  const answers: number[] = [];
  for (let count = 0; count < 4; count++) {
    const bytes = newBytes(MB);
    const response = await repository.request('POST', `blobs/uploads/?digest=${digestOf(bytes)}`, {
      body: bytes,
    });
    answers.push(response.status);
    await repository.request('DELETE', `blobs/${digestOf(bytes)}`);
  }
  assert.equal(answers[0], 201);
  assert.equal(answers.at(-1), 403);
});

test('an account has 2000 uploads under way at the most; those that ended in another process do not count', async () => {
  const there = new Set(Array.from({ length: 2000 }, (_, count) => `u${count}`));
  const place = { regionId: 'r', namespace: { accountId: 'a' } };
  const open = new OpenUploads(async (ids) => ids.filter((id) => there.has(id)));
  for (const id of there) {
    await open.admit(place);
    open.note(place, id, 1);
  }
  await assert.rejects(open.admit(place), { code: 'TOOMANYREQUESTS' });
  await open.admit({ ...place, namespace: { accountId: 'b' } });
  assert.equal(await open.bytes(place, 5000), 2000);
  there.delete('u7');
  await open.admit(place);
  there.delete('u8');
  assert.equal(await open.bytes(place, 1), 1998);
});
