import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRows } from '../support/rows.ts';
import { RetentionWorld } from './retained.ts';

test('an image that bears a protected tag, and one that is held, is kept by retention', async () => {
  await using world = await RetentionWorld.open();
  const released = await world.image(9, ['v1']);
  const held = await world.image(8, ['dev-1']);
  const going = await world.image(7, ['dev-2']);
  await world.image(1, ['dev-3']);
  const db = openRows(world.registry.database);
  const namespace = await db.selectFrom('namespaces').select(['id', 'account_id']).executeTakeFirstOrThrow();
  const repository = await db.selectFrom('repositories').select('id').executeTakeFirstOrThrow();
  const made = { created_at: 1, created_by: 'x' };
  await db
    .insertInto('protection_rules')
    .values({
      id: 'r',
      namespace_id: namespace.id,
      tags: 'v*',
      repositories: null,
      exceptions: '[]',
      ...made,
    })
    .execute();
  await db
    .insertInto('image_holds')
    .values({
      repository_id: repository.id,
      digest: held,
      namespace_id: namespace.id,
      reason: 'in court',
      ...made,
    } as never)
    .execute();
  await db.destroy();
  const explained = await world.explained({ images_per_repo: 1, retain_untagged: true });
  assert.equal(explained.get(released)?.because, 'the tag v1 is protected by the rule for tags v*');
  assert.equal(explained.get(held)?.because, 'a hold keeps it');
  const run = await world.retain({ images_per_repo: 1, retain_untagged: true });
  assert.equal(run.deleted, 1);
  assert.deepEqual(await world.there([released, held, going]), [released, held].sort());
});
