import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RepositoryRow } from '../../src/database/schema.ts';
import * as trashBound from '../../src/lifecycle/trash-bound/rows.ts';
import * as accounting from '../../src/registry/accounting/rows.ts';
import * as blobs from '../../src/registry/blobs/rows.ts';
import * as manifests from '../../src/registry/manifests/rows.ts';
import * as recount from '../../src/registry/recount/rows.ts';
import * as repositories from '../../src/registry/repositories/rows.ts';
import * as tags from '../../src/registry/tags/rows.ts';
import * as trash from '../../src/registry/trash/rows.ts';
import * as usage from '../../src/tenancy/usage/rows.ts';
import { AT, digest, manifestRow, newNamespace, repositoryRow } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

/** Counters of what is stored, and what they are counted from. */
export const usageQueries = ({ read, write, current }: QueryTester): void => {
  const newRepository = async () => {
    const { account, region, namespace } = await newNamespace(current());
    const repository = repositoryRow(namespace);
    await write(repositories.insertRepository, repository);
    const holder = {
      accountId: account.id,
      regionId: region.id,
      namespaceId: namespace.id,
      repositoryId: repository.id,
    };
    return { repository, holder };
  };
  const contentRow = (holder: usage.Holder, of: string, use: number) => ({
    repository_id: holder.repositoryId,
    digest: of,
    account_id: holder.accountId,
    region_id: holder.regionId,
    namespace_id: holder.namespaceId,
    size: 7,
    linked: 1,
    tagged: use === 0 ? 1 : 0,
    untagged: use === 1 ? 1 : 0,
    trashed: 0,
    use,
  });
  const newBlob = async (regionId: string): Promise<string> => {
    const row = {
      region_id: regionId,
      digest: digest(),
      storage_key: digest(),
      size: 9,
      created_at: AT,
      touched_at: AT,
    };
    await write(blobs.insertBlob, row);
    return row.digest;
  };
  const newManifest = async (repository: RepositoryRow, subject: string | null = null) => {
    const row = manifestRow(repository.id, { subject });
    await write(manifests.insertManifest, row, []);
    return row;
  };

  test('what is counted of a digest is told with the first use that others of the account have for it', async () => {
    const { holder } = await newRepository();
    const [here, unknown] = [digest(), digest()];
    const place = (each: usage.Holder) => `${each.repositoryId}/${each.namespaceId}`;
    const others = [1, 0].map((use) => ({ use, holder: { ...holder, repositoryId: digest() } }));
    await write(usage.putContents, [contentRow(holder, here, 3)]);
    await write(usage.putContents, []);
    for (const other of others) await write(usage.putContents, [contentRow(other.holder, here, other.use)]);
    await write(usage.putContents, [
      contentRow({ ...holder, accountId: digest(), repositoryId: digest() }, here, 0),
    ]);
    const found = await read(usage.countedContents, holder, [here, unknown]);
    const nothing = { size: null, linked: null, tagged: null, untagged: null, trashed: null, use: null };
    assert.deepEqual(
      found.toSorted((one, other) => Number(other.digest === here) - Number(one.digest === here)),
      [
        {
          digest: here,
          size: 7,
          linked: 1,
          tagged: 0,
          untagged: 0,
          trashed: 0,
          use: 3,
          othersUse: 0,
          other: others[1] && place(others[1].holder),
          another: others[0] && place(others[0].holder),
        },
        { digest: unknown, ...nothing, othersUse: null, other: null, another: null },
      ],
    );
    await write(usage.putContents, [{ ...contentRow(holder, here, 0), size: 8 }]);
    const [after] = await read(usage.countedContents, holder, [here]);
    assert.deepEqual([after?.size, after?.tagged], [8, 1]);
    assert.equal((await read(usage.someContents, holder.repositoryId, 9)).length, 1);
    await write(usage.deleteContents, holder.repositoryId, [here]);
    assert.deepEqual(await read(usage.someContents, holder.repositoryId, 9), []);
  });

  test('counters add up over their shards, and go with what they are of', async () => {
    const { holder } = await newRepository();
    const row = {
      kind: 'repository' as const,
      id: holder.repositoryId,
      region_id: holder.regionId,
      shard: 1,
      tagged: 5,
      untagged: 0,
      trash: 1,
      waiting: 0,
      shared: 2,
      images: 1,
      untagged_images: 0,
      trashed_images: 0,
    };
    await write(usage.addToCounters, [row, { ...row, shard: 2 }]);
    await write(usage.addToCounters, [{ ...row, tagged: -3 }]);
    await write(usage.addToCounters, []);
    const ask = { kind: 'repository' as const, regionId: holder.regionId, ids: [holder.repositoryId] };
    const { kind: _kind, region_id: _region, shard: _shard, ...sums } = row;
    assert.deepEqual(await read(usage.sumsOf, ask), [{ ...sums, tagged: 7, trash: 3, shared: 6, images: 3 }]);
    assert.deepEqual(await read(usage.sumsOf, { ...ask, ids: [] }), []);
    assert.deepEqual(await read(usage.imagesOf, holder.repositoryId), [
      { region_id: holder.regionId, images: 3, untagged_images: 0, trashed_images: 0 },
    ]);
    await write(usage.deleteCounters, { kind: 'repository', id: holder.repositoryId });
    assert.deepEqual(await read(usage.sumsOf, ask), []);
  });

  test('accounts are told with how much they have in the trash, page by page', async () => {
    const { holder } = await newRepository();
    const { accountId: id, regionId: region_id } = holder;
    const nothing = { tagged: 0, untagged: 0, waiting: 0, shared: 0, images: 0, untagged_images: 0 };
    const row = {
      kind: 'account' as const,
      id,
      region_id,
      shard: 1,
      ...nothing,
      trash: 4,
      trashed_images: 1,
    };
    await write(usage.addToCounters, [row, { ...row, shard: 2 }]);
    const behind = { accountId: id.slice(0, -1), regionId: '' };
    assert.deepEqual(await read(trashBound.trashOfAccounts, behind, 1), [
      { accountId: id, regionId: region_id, bytes: 8 },
    ]);
    await write(usage.addToCounters, [{ ...row, trash: -8 }]);
    const [emptied] = await read(trashBound.trashOfAccounts, behind, 1);
    assert.deepEqual(emptied, { accountId: id, regionId: region_id, bytes: 0 });
    const [next] = await read(trashBound.trashOfAccounts, { accountId: id, regionId: region_id }, 1);
    assert.notEqual(next?.accountId, id);
  });

  test('the images of an account that were deleted first are found, of those that can be restored', async () => {
    const { repository, holder } = await newRepository();
    const rows = [2, 1, 0].map((age) => ({ age, row: manifestRow(repository.id) }));
    for (const { age, row } of rows) {
      await write(manifests.insertManifest, row, []);
      const dates = { deletedAt: AT - age, deletedBy: 'u', expiresAt: age === 2 ? AT : AT + 9 };
      const key = { repositoryId: repository.id, digest: row.digest };
      await write(trash.copyToTrash, key, { ...dates, deletedWith: row.digest });
    }
    const ask = { accountId: holder.accountId, regionId: holder.regionId, at: AT, limit: 9 };
    const found = await read(trashBound.oldestTrash, ask);
    assert.deepEqual(
      found.map((each) => each.digest),
      rows.slice(1).map(({ row }) => row.digest),
    );
  });

  test('a manifest is in use where a tag, an index or its subject is there', async () => {
    const { repository, holder } = await newRepository();
    assert.deepEqual(await read(accounting.findHolder, repository.id), holder);
    assert.equal(await read(accounting.findHolder, digest()), undefined);
    const isHeld = (row: { digest: string; subject: string | null }) =>
      read(accounting.isHeldHere, repository.id, row);
    const image = await newManifest(repository);
    const signature = await newManifest(repository, image.digest);
    const lost = await newManifest(repository, digest());
    assert.deepEqual(
      [await isHeld(image), await isHeld(signature), await isHeld(lost)],
      [false, true, false],
    );
    await write(tags.putTag, {
      repository_id: repository.id,
      name: 'v1',
      digest: image.digest,
      updated_at: AT,
    });
    const index = manifestRow(repository.id);
    await write(manifests.insertManifest, index, [{ target: lost.digest, kind: 'manifest' }]);
    assert.deepEqual([await isHeld(image), await isHeld(lost)], [true, true]);
    const uncounted = await read(accounting.uncountedManifests, repository.id, 9);
    assert.equal(uncounted.length, 4);
    await write(accounting.noteUse, repository.id, signature.digest, 0);
    assert.equal((await read(accounting.uncountedManifests, repository.id, 9)).length, 3);
    const counted = {
      digest: signature.digest,
      subject: image.digest,
      size: signature.content.length,
      inUse: 0,
    };
    assert.deepEqual(await read(accounting.countedManifests, repository.id, [signature.digest]), [counted]);
    assert.deepEqual(await read(accounting.unusedReferrers, repository.id, image.digest, 9), [counted]);
    await write(accounting.noteUse, repository.id, signature.digest, 1);
    assert.deepEqual(await read(accounting.unusedReferrers, repository.id, image.digest, 9), []);
  });

  test('references tell the sizes of the blobs that the repository holds; in the trash, whether it held them', async () => {
    const { repository, holder } = await newRepository();
    const [here, lost, elsewhere] = [
      await newBlob(holder.regionId),
      digest(),
      await newBlob(holder.regionId),
    ];
    const { digest: child } = await newManifest(repository);
    await write(blobs.linkBlobs, repository.id, [here, lost, child], AT);
    assert.deepEqual(await read(accounting.sizesOfBlobs, holder.regionId, [here, lost]), [
      { digest: here, size: 9 },
    ]);
    const image = manifestRow(repository.id);
    const kinds = [
      ...[here, lost, elsewhere].map((target) => [target, 'blob'] as const),
      [child, 'manifest'] as const,
    ];
    await write(
      manifests.insertManifest,
      image,
      kinds.map(([target, kind]) => ({ target, kind })),
    );
    const told = (found: readonly { readonly digest: string }[]) =>
      kinds.map(([target]) => {
        const { digest: _digest, ...rest } = found.find((each) => each.digest === target) ?? {};
        return rest;
      });
    assert.deepEqual(told(await read(accounting.referencesOf, holder, image.digest)), [
      { kind: 'blob', size: 9, manifest: null },
      { kind: 'blob', size: 0, manifest: null },
      { kind: 'blob', size: null, manifest: null },
      { kind: 'manifest', size: 0, manifest: 1 },
    ]);
    assert.equal(await read(accounting.trashedSize, holder, image.digest), undefined);
    await write(
      trash.copyToTrash,
      { repositoryId: repository.id, digest: image.digest },
      { deletedAt: AT, deletedBy: 'u', expiresAt: AT + 1, deletedWith: image.digest },
    );
    assert.deepEqual(told(await read(accounting.trashedReferencesOf, holder, image.digest)), [
      { kind: 'blob', size: 9, linked: 1, manifest: null },
      { kind: 'blob', size: 0, linked: 1, manifest: null },
      { kind: 'blob', size: 9, linked: 0, manifest: null },
      { kind: 'manifest', size: 0, linked: 1, manifest: 1 },
    ]);
    assert.equal(await read(accounting.trashedSize, holder, image.digest), image.content.length);
  });

  test('repositories and their links are walked through in order, for the recount', async () => {
    const { repository, holder } = await newRepository();
    const linked = [await newBlob(holder.regionId), await newBlob(holder.regionId)].toSorted();
    await write(blobs.linkBlobs, repository.id, linked, AT);
    const ask = { repositoryId: repository.id, after: '', limit: 9 };
    assert.deepEqual(await read(recount.linksBehind, ask), linked);
    assert.deepEqual(await read(recount.linksBehind, { ...ask, after: linked[0] ?? '' }), linked.slice(1));
    const before = repository.id.slice(0, -1);
    assert.equal(await read(recount.repositoryBehind, before), repository.id);
    assert.notEqual(await read(recount.repositoryBehind, repository.id), repository.id);
  });
};
