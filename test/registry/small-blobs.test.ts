import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isRowKey } from '../../src/blobs/layout.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { collected } from '../lifecycle/collect.ts';
import { answered, bytesOf, refused } from '../spec/answers.ts';
import { newBytes } from '../spec/content.ts';
import { stage, TestRepository } from '../spec/repository.ts';
import { HOUR } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { keyOf, storedBytes } from '../support/stored-bytes.ts';

/** The most bytes that a row has. */
const MOST = 16_384;

suite('O57: blobs of up to 16 KiB', () => {
  const on = stage();

  /** Names of bytes that are files, or objects. */
  const outside = async (): Promise<string[]> =>
    (await storedBytes(on.registry).keys()).filter((key) => !isRowKey(key));

  const isInRow = async (digest: string): Promise<boolean> => isRowKey(await keyOf(on.registry, digest));

  /** The ways to push: in one request, after a session was begun, in chunks, and in chunks with the last one at the end. */
  const WAYS: Readonly<Record<string, (to: TestRepository, bytes: Buffer) => Promise<void>>> = {
    async whole(to, bytes) {
      const init = { body: new Uint8Array(bytes) };
      await answered(await to.request('POST', `blobs/uploads/?digest=${digestOf(bytes)}`, init), 201);
    },
    async 'in a session'(to, bytes) {
      await to.pushBlob(bytes);
    },
    async 'in chunks'(to, bytes) {
      const location = await to.begin();
      for (let at = 0; at < bytes.length; at += 7000)
        await answered(await to.patch(location, bytes.subarray(at, at + 7000), at), 202);
      await answered(await to.finish(location, digestOf(bytes)), 201);
    },
    async 'as one chunk and a rest'(to, bytes) {
      const location = await to.begin();
      await answered(await to.patch(location, bytes.subarray(0, -1)), 202);
      await answered(await to.finish(location, digestOf(bytes), bytes.subarray(-1)), 201);
    },
    async 'as a stream of unknown length'(to, bytes) {
      const location = await to.begin();
      const body = new ReadableStream({
        start(controller) {
          for (let at = 0; at < bytes.length; at += 1000)
            controller.enqueue(new Uint8Array(bytes.subarray(at, at + 1000)));
          controller.close();
        },
      });
      await answered(await to.request('PATCH', location, { body, duplex: 'half' } as RequestInit), 202);
      await to.assertStandsAt(location, bytes.length);
      await answered(await to.finish(location, digestOf(bytes)), 201);
    },
  };

  for (const [way, push] of Object.entries(WAYS)) {
    test(`are kept in a row of the database, and larger ones are not, pushed ${way}`, async () => {
      const repository = on.repository();
      const [small, most, more] = [newBytes(100), newBytes(MOST), newBytes(MOST + 1)];
      const before = await outside();
      for (const bytes of [small, most]) {
        await push(repository, bytes);
        assert.ok(await isInRow(digestOf(bytes)));
        await repository.assertHolds(bytes);
      }
      assert.deepEqual(await outside(), before, 'nothing was written beside the database');
      await push(repository, more);
      assert.equal(await isInRow(digestOf(more)), false);
      await repository.assertHolds(more);
      assert.equal((await outside()).length, before.length + 1);
    });
  }

  test('an upload has no place in the blob store until it is larger than a row, and goes on there', async () => {
    const repository = on.repository();
    const bytes = newBytes(40_000);
    const location = await repository.begin();
    const staging = async (): Promise<string | undefined> => {
      await using db = openRows(on.registry.database);
      const id = location.split('/').at(-1) ?? '';
      const found = db.selectFrom('uploads').select('staging_id').where('id', '=', id);
      return (await found.executeTakeFirst())?.staging_id;
    };
    assert.equal(await staging(), '');
    await answered(await repository.patch(location, bytes.subarray(0, MOST), 0), 202);
    assert.equal(await staging(), '');
    await repository.assertStandsAt(location, MOST);
    await refused(await repository.patch(location, bytes.subarray(5), 5), 416, 'BLOB_UPLOAD_INVALID');
    await answered(await repository.patch(location, bytes.subarray(MOST, MOST + 1), MOST), 202);
    assert.notEqual(await staging(), '');
    await repository.assertStandsAt(location, MOST + 1);
    await answered(await repository.finish(location, digestOf(bytes), bytes.subarray(MOST + 1)), 201);
    await repository.assertHolds(bytes);
    assert.equal(await staging(), undefined);
  });

  test('bytes of another digest are refused, nothing is kept of the request, and the upload goes on where it stood', async () => {
    const repository = on.repository();
    const bytes = newBytes(300);
    const location = await repository.begin();
    await answered(await repository.patch(location, bytes.subarray(0, 100)), 202);
    const wrong = digestOf(newBytes());
    await refused(await repository.finish(location, wrong, newBytes(200)), 400, 'DIGEST_INVALID');
    await refused(await repository.finish(location, wrong), 400, 'DIGEST_INVALID');
    await repository.assertStandsAt(location, 100);
    assert.equal(await repository.statusOf(`blobs/${wrong}`), 404);
    await answered(await repository.finish(location, digestOf(bytes), bytes.subarray(100)), 201);
    await repository.assertHolds(bytes);
  });

  test('a session that has ended is unknown, however it ended', async () => {
    const repository = on.repository();
    const bytes = newBytes();
    const [done, cancelled] = [await repository.begin(), await repository.begin()];
    await answered(await repository.finish(done, digestOf(bytes), bytes), 201);
    await answered(await repository.patch(cancelled, bytes), 202);
    await answered(await repository.request('DELETE', cancelled), 204);
    for (const location of [done, cancelled]) {
      await refused(await repository.request('GET', location), 404, 'BLOB_UPLOAD_UNKNOWN');
      await refused(await repository.patch(location, bytes), 404, 'BLOB_UPLOAD_UNKNOWN');
      await refused(await repository.finish(location, digestOf(bytes)), 404, 'BLOB_UPLOAD_UNKNOWN');
      await refused(await repository.request('DELETE', location), 404, 'BLOB_UPLOAD_UNKNOWN');
    }
  });

  test('of two requests that end one session with other bytes one succeeds, and its bytes are the blob', async () => {
    const repository = on.repository();
    const location = await repository.begin();
    const contents = [newBytes(200), newBytes(200)];
    const ended = await Promise.all(
      contents.map((bytes) => repository.finish(location, digestOf(bytes), bytes)),
    );
    const statuses = ended.map(({ status }) => status).sort();
    assert.equal(statuses[0], 201);
    assert.ok(statuses[1] === 404 || statuses[1] === 416, String(statuses));
    const made = await Promise.all(contents.map((bytes) => repository.statusOf(`blobs/${digestOf(bytes)}`)));
    assert.deepEqual(made.sort(), [200, 404]);
  });

  test('answers about them are those about larger ones: whole, in part, to HEAD and where the client has them', async () => {
    const repository = on.repository();
    const [small, large] = [newBytes(1000), newBytes(100_000)];
    const answer = async (bytes: Buffer, method: string, headers: Record<string, string>) => {
      const response = await repository.request(method, `blobs/${digestOf(bytes)}`, { headers });
      const received = await bytesOf(response);
      const names = [...response.headers.keys()].filter((name) => name !== 'keep-alive').sort();
      return { status: response.status, names, received };
    };
    for (const bytes of [small, large]) await repository.pushBlob(bytes);
    for (const [method, headers, part] of [
      ['GET', {}, [0, 1000]],
      ['HEAD', {}, [0, 0]],
      ['GET', { Range: 'bytes=0-0' }, [0, 1]],
      ['GET', { Range: 'bytes=10-99' }, [10, 100]],
    ] as const) {
      const [one, other] = [await answer(small, method, headers), await answer(large, method, headers)];
      assert.deepEqual([one.status, one.names], [other.status, other.names]);
      assert.ok(one.received.equals(small.subarray(...part)));
    }
    const tail = await answer(small, 'GET', { Range: 'bytes=-5' });
    assert.ok(tail.status === 206 && tail.received.equals(small.subarray(-5)));
    for (const bytes of [small, large]) {
      const etag = { 'If-None-Match': `"${digestOf(bytes)}"` };
      assert.equal((await answer(bytes, 'GET', etag)).status, 304);
      assert.equal((await answer(bytes, 'GET', { Range: 'bytes=200000-' })).status, 416);
    }
  });

  test('they are read from the row again after a restart', async () => {
    const repository = on.repository();
    const bytes = [newBytes(0), newBytes(1), newBytes(MOST)];
    for (const each of bytes) await repository.pushBlob(each);
    await on.registry.restart();
    for (const each of bytes) await repository.assertHolds(each);
  });

  test('the same bytes pushed twice, and to another repository, are one row', async () => {
    const [one, other] = [on.repository(), on.repository()];
    const bytes = newBytes();
    await one.pushBlob(bytes);
    const key = await keyOf(on.registry, digestOf(bytes));
    await one.pushBlob(bytes);
    await WAYS.whole?.(other, bytes);
    assert.equal(await keyOf(on.registry, digestOf(bytes)), key);
    await using db = openRows(on.registry.database);
    const rows = await db.selectFrom('small_blobs').select(['storage_key', 'content']).execute();
    assert.equal(rows.filter(({ content }) => bytes.equals(content)).length, 1);
  });
});

test('O57: a row goes with the collection of its blob, and not before what is in the trash has expired', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');

  const repository = new TestRepository(registry, 'birds/robin');
  const image = await repository.pushImage('latest');
  const loose = await repository.pushBlob(newBytes());
  const keys = async (): Promise<string[]> => (await storedBytes(registry).keys()).filter(isRowKey);
  assert.equal((await keys()).length, 3);
  for (const key of await keys())
    assert.match(key, /^[^/]+\/row\/([0-9a-f]{2})\/\1[0-9a-f]{6}-/, 'no folder of a backup gets all');
  await answered(await repository.request('DELETE', `manifests/${image.descriptor.digest}`), 202);
  registry.clock.advance(25 * HOUR);
  const first = await collected(registry);
  assert.deepEqual([first.removed.blobs, first.removed.bytes], [1, 100]);
  assert.equal(await repository.statusOf(`blobs/${loose}`), 404);
  assert.equal((await keys()).length, 2, 'the trash holds the others');
  const name = encodeURIComponent(`${repository.name}@${image.descriptor.digest}`);
  await answered(await registry.api('POST', `/api/v1/trash/${name}/restore`), 200);
  for (const { digest } of [image.config, ...image.layers])
    await answered(await repository.request('GET', `blobs/${digest}`), 200);
  await answered(await repository.request('DELETE', `manifests/${image.descriptor.digest}`), 202);
  registry.clock.advance(31 * 24 * HOUR);
  await collected(registry);
  registry.clock.advance(25 * HOUR);
  await collected(registry);
  assert.deepEqual(await keys(), []);
});

test('a row that no blob names is removed when it was found so twice, a grace apart', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');

  const repository = new TestRepository(registry, 'birds/robin');
  const image = await repository.pushImage('latest');
  const digest = await repository.pushBlob(newBytes());
  const key = await keyOf(registry, digest);
  {
    // as a process leaves it that is killed in between
    await using db = openRows(registry.database);
    await db.deleteFrom('blobs').where('digest', '=', digest).execute();
  }
  const isThere = async (): Promise<boolean> => (await storedBytes(registry).keys()).includes(key);
  await collected(registry);
  assert.ok(await isThere());
  registry.clock.advance(25 * HOUR);
  const second = await collected(registry);
  assert.deepEqual([second.removed.unnamed, await isThere()], [1, false]);
  await repository.assertServes('latest', image.bytes);
  for (const each of image.layers)
    await answered(await repository.request('GET', `blobs/${each.digest}`), 200);
});
