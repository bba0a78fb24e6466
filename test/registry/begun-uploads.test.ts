import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { answered, refused } from '../spec/answers.ts';
import { newBytes } from '../spec/content.ts';
import { stage, TestRepository } from '../spec/repository.ts';
import { isEmbedded } from '../support/engines.ts';
import { openRows } from '../support/rows.ts';

suite('uploads that no byte came for yet', () => {
  const on = stage();

  const hasRow = async (location: string): Promise<boolean> => {
    await using db = openRows(on.registry.database);
    const id = location.split('/').at(-1) ?? '';
    const found = await db.selectFrom('uploads').select('id').where('id', '=', id).executeTakeFirst();
    return found !== undefined;
  };

  test('one can be asked for, takes chunks and ends as any other; one process alone writes it with its first byte', async () => {
    const repository = on.repository();
    const bytes = newBytes(300);
    const location = await repository.begin();
    await repository.assertStandsAt(location, 0);
    assert.equal(await hasRow(location), !isEmbedded());
    await answered(await repository.patch(location, bytes.subarray(0, 100), 0), 202);
    assert.equal(await hasRow(location), true);
    await repository.assertStandsAt(location, 100);
    await answered(await repository.finish(location, digestOf(bytes), bytes.subarray(100)), 201);
    assert.equal(await hasRow(location), false);
    await repository.assertHolds(bytes);
  });

  test('ended is ended: finished or cancelled, it is unknown to every later request', async () => {
    const repository = on.repository();
    const bytes = newBytes(300);
    const finished = await repository.begin();
    await answered(await repository.finish(finished, digestOf(bytes), bytes), 201);
    const cancelled = await repository.begin();
    await answered(await repository.as('pull,push', 'DELETE', cancelled), 204);
    for (const location of [finished, cancelled]) {
      const requests = [
        repository.as('pull,push', 'GET', location),
        repository.as('pull,push', 'DELETE', location),
        repository.patch(location, bytes),
        repository.finish(location, digestOf(bytes), bytes),
      ];
      for (const request of requests) await refused(await request, 404, 'BLOB_UPLOAD_UNKNOWN');
      assert.equal(await hasRow(location), false);
    }
  });

  test('of finishing and cancelling at once exactly one succeeds', async () => {
    const repository = on.repository();
    for (let round = 0; round < 20; round++) {
      const bytes = newBytes(300);
      const location = await repository.begin();
      const statuses = await Promise.all([
        repository.finish(location, digestOf(bytes), bytes).then(({ status }) => status),
        repository.as('pull,push', 'DELETE', location).then(({ status }) => status),
      ]);
      assert.equal(statuses.filter((status) => status < 300).length, 1, statuses.join());
    }
  });

  test('a wrong digest ends nothing: the same upload takes the right bytes', async () => {
    const repository = on.repository();
    const bytes = newBytes(300);
    const location = await repository.begin();
    const wrong = digestOf(newBytes());
    await refused(await repository.finish(location, wrong, bytes), 400, 'DIGEST_INVALID');
    await repository.assertStandsAt(location, 0);
    await answered(await repository.finish(location, digestOf(bytes), bytes), 201);
  });

  test('after a second it gets a row, and goes on as any other', async () => {
    const repository = on.repository();
    const bytes = newBytes(300);
    const location = await repository.begin();
    on.registry.clock.advance(1000);
    await on.registry.runJob('keep-uploads');
    assert.equal(await hasRow(location), true);
    await answered(await repository.patch(location, bytes, 0), 202);
    await answered(await repository.finish(location, digestOf(bytes)), 201);
    assert.equal(await hasRow(location), false);
  });

  test('a restart ends none of them', async () => {
    const repository = on.repository();
    const bytes = newBytes(300);
    const location = await repository.begin();
    await on.registry.restart();
    await repository.assertStandsAt(location, 0);
    await answered(await repository.finish(location, digestOf(bytes), bytes), 201);
  });

  test('one whose namespace went is unknown, and holds up no other', async () => {
    await on.registry.namespaceAdd('gone');
    const gone = new TestRepository(on.registry, 'gone/owl');
    const lost = await gone.begin();
    const repository = on.repository();
    const location = await repository.begin();
    assert.equal((await on.registry.api('DELETE', '/api/v1/namespaces/gone')).status, 204);
    on.registry.clock.advance(1000);
    await on.registry.runJob('keep-uploads');
    assert.equal(await hasRow(location), true);
    const bytes = newBytes(300);
    await on.registry.namespaceAdd('gone');
    await refused(await gone.finish(lost, digestOf(bytes), bytes), 404, 'BLOB_UPLOAD_UNKNOWN');
  });

  test('very many of them, none ended: each goes on', async () => {
    const repository = on.repository();
    const locations = [];
    for (let count = 0; count < 1010; count++) locations.push(await repository.begin());
    const bytes = newBytes(30);
    for (const location of [locations[0], locations.at(-1)])
      await answered(await repository.finish(location ?? '', digestOf(bytes), bytes), 201);
  });
});
