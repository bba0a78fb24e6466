import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageHoldRow, ProtectionRuleRow } from '../../src/database/protection-schema.ts';
import * as holds from '../../src/registry/holds/rows.ts';
import { addHold, removeHold } from '../../src/registry/holds/writes.ts';
import * as manifests from '../../src/registry/manifests/rows.ts';
import * as protection from '../../src/registry/protection/rows.ts';
import * as repositories from '../../src/registry/repositories/rows.ts';
import * as namespaces from '../../src/tenancy/namespaces/rows.ts';
import { removeNamespace } from '../../src/tenancy/namespaces/writes.ts';
import { AT, actor, digest, manifestRow, newNamespace, repositoryRow, unique } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

const ruleRow = (namespaceId: string, more: Partial<ProtectionRuleRow> = {}): ProtectionRuleRow => ({
  id: unique('rule'),
  namespace_id: namespaceId,
  tags: 'v*',
  repositories: null,
  exceptions: '["v0"]',
  created_at: AT,
  created_by: 'user:a/1',
  ...more,
});

/** Tags that stay where they are, and images that cannot be deleted. */
export const protectionQueries = ({ read, write, current }: QueryTester): void => {
  test('the rules of a namespace are found the oldest first, and go with the namespace', async () => {
    const { namespace } = await newNamespace(current());
    const { namespace: other } = await newNamespace(current());
    const late = ruleRow(namespace.id, { created_at: AT + 1, repositories: 'app*' });
    const first = ruleRow(namespace.id, { id: 'a'.concat(unique('rule')) });
    const second = ruleRow(namespace.id, { id: 'b'.concat(unique('rule')) });
    const foreign = ruleRow(other.id);
    for (const row of [late, second, first, foreign]) await write(protection.insertRule, row);
    assert.deepEqual(await read(protection.rulesOfNamespace, namespace.id, 9), [first, second, late]);
    assert.deepEqual(await read(protection.rulesOfNamespace, namespace.id, 2), [first, second]);
    assert.deepEqual(await read(protection.findRule, late.id), late);
    assert.equal(await write(protection.deleteRule, first.id), true);
    assert.equal(await write(protection.deleteRule, first.id), false);
    await write(namespaces.deleteNamespace, namespace);
    assert.equal(await read(protection.findRule, late.id), undefined);
    assert.deepEqual(await read(protection.findRule, foreign.id), foreign);
  });

  test('a transaction that reads all tags plans what follows it as before', async () => {
    await write(protection.readTagsWhole);
    const { namespace } = await newNamespace(current());
    assert.deepEqual(await read(protection.rulesOfNamespace, namespace.id, 9), []);
  });

  test('a hold is set once, found by its image, listed page by page with its repository, and taken off', async () => {
    const { namespace } = await newNamespace(current());
    const [one, two] = ['robin', 'wren'].map((name) => repositoryRow(namespace, name));
    assert.ok(one && two);
    const rows: ImageHoldRow[] = [];
    for (const { repository, reason } of [
      { repository: one, reason: 'a' },
      { repository: one, reason: 'b' },
      { repository: two, reason: 'c' },
    ]) {
      if (!(await read(repositories.findRepositoryById, repository.id)))
        await write(repositories.insertRepository, repository);
      const row = {
        repository_id: repository.id,
        digest: digest(),
        namespace_id: namespace.id,
        reason,
        created_at: AT,
        created_by: 'user:a/1',
      };
      assert.equal(await write(holds.insertHold, row), true);
      assert.equal(await write(holds.insertHold, { ...row, reason: 'again' }), false);
      rows.push(row);
    }
    const order = (a: ImageHoldRow, b: ImageHoldRow): number =>
      `${a.repository_id}/${a.digest}` < `${b.repository_id}/${b.digest}` ? -1 : 1;
    const names = new Map([one, two].map(({ id, name }) => [id, name]));
    const listed = rows
      .toSorted(order)
      .map((row) => ({ ...row, repository: names.get(row.repository_id) ?? '' }));
    const page = (after: { repository_id: string; digest: string }, limit = 9) =>
      read(holds.holdsOfNamespace, { namespaceId: namespace.id, after, limit });
    const start = { repository_id: '', digest: '' };
    assert.deepEqual(await page(start), listed);
    assert.deepEqual(await page(start, 2), listed.slice(0, 2));
    const [first, second] = listed;
    assert.ok(first && second);
    assert.deepEqual(await page(second), listed.slice(2));
    assert.deepEqual(
      await read(holds.findHold, rows[0]?.repository_id ?? '', rows[0]?.digest ?? ''),
      rows[0],
    );
    const digests = rows.map((row) => row.digest);
    assert.deepEqual(await read(holds.heldDigests, one.id, digests), new Set(digests.slice(0, 2)));
    assert.deepEqual(await read(holds.heldDigests, one.id, []), new Set());
    assert.deepEqual(await read(holds.heldDigests, two.id, [digest()]), new Set());
    assert.equal(await write(holds.deleteHold, first.repository_id, first.digest), true);
    assert.equal(await write(holds.deleteHold, first.repository_id, first.digest), false);
    assert.equal(await read(holds.findHold, first.repository_id, first.digest), undefined);
  });

  test('no image of a removed namespace can be held: the hold would keep what is left from being cleared away', async () => {
    const { account, namespace } = await newNamespace(current());
    const repository = repositoryRow(namespace);
    const manifest = manifestRow(repository.id);
    await write(repositories.insertRepository, repository);
    await write(manifests.insertManifest, manifest, []);
    const at = { actor, accountId: account.id, repository: repository.name, at: AT };
    const hold = { repositoryId: repository.id, digest: manifest.digest, reason: 'a', by: at };
    const removal = {
      regionId: namespace.region_id,
      accountId: account.id,
      name: namespace.name,
      at: AT,
      actor,
    };
    await current().write(addHold, hold);
    await assert.rejects(current().write(removeNamespace, removal), { code: 'IMAGE_HELD' });
    await current().write(removeHold, hold);
    assert.equal(await current().write(removeNamespace, removal), true);
    await assert.rejects(current().write(addHold, hold), { code: 'MANIFEST_UNKNOWN' });
  });

  test('a repository is found by its id', async () => {
    const { namespace } = await newNamespace(current());
    const row = repositoryRow(namespace);
    await write(repositories.insertRepository, row);
    assert.deepEqual(await read(repositories.findRepositoryById, row.id), {
      id: row.id,
      regionId: row.region_id,
      namespaceId: namespace.id,
      name: row.name,
    });
    assert.equal(await read(repositories.findRepositoryById, unique('none')), undefined);
  });
};
