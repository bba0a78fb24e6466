import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RepositoryRow } from '../../src/database/schema.ts';
import * as expired from '../../src/lifecycle/expired-trash/rows.ts';
import * as removed from '../../src/lifecycle/removed-namespaces/rows.ts';
import * as blobs from '../../src/registry/blobs/rows.ts';
import * as manifests from '../../src/registry/manifests/rows.ts';
import * as referrers from '../../src/registry/referrers/rows.ts';
import * as repositories from '../../src/registry/repositories/rows.ts';
import * as restoration from '../../src/registry/restoration/rows.ts';
import * as trash from '../../src/registry/trash/rows.ts';
import { AT, digest, manifestRow, newNamespace, repositoryRow } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

const DAY = 86_400_000;

/** Deleted images: what is kept of them, how they come back, and how they go. */
export const trashQueries = ({ read, write, current }: QueryTester): void => {
  const newRepository = async () => {
    const { account, region, namespace } = await newNamespace(current());
    const repository = repositoryRow(namespace);
    await write(repositories.insertRepository, repository);
    return { account, region, namespace, repository };
  };
  const deletion = (digestOf: string, at = AT): trash.Deletion => ({
    deletedAt: at,
    deletedBy: 'user:a/1',
    expiresAt: at + DAY,
    deletedWith: digestOf,
  });
  /** A manifest that refers to these, moved to the trash as `deletion` says. */
  const trashed = async (
    repository: RepositoryRow,
    references: manifests.Reference[] = [],
    how?: trash.Deletion,
  ) => {
    const row = manifestRow(repository.id);
    await write(manifests.insertManifest, row, references);
    const key = { repositoryId: repository.id, digest: row.digest };
    await write(trash.copyToTrash, key, how ?? deletion(row.digest));
    await write(manifests.deleteManifest, repository.id, row.digest);
    return { row, key };
  };

  test('the trash keeps a manifest whole, with what it refers to and its tags, and gives it back as it was', async () => {
    const { namespace, region, repository } = await newRepository();
    const [here, lost, named] = [digest(), digest(), digest()];
    for (const each of [here, named])
      await write(blobs.insertBlob, {
        region_id: region.id,
        digest: each,
        storage_key: digest(),
        size: 3,
        created_at: AT,
        touched_at: AT,
      });
    await write(blobs.linkBlobs, repository.id, [here, lost], AT);
    const { row, key } = await trashed(repository, [
      { target: here, kind: 'blob' },
      { target: lost, kind: 'manifest' },
      { target: named, kind: 'blob' },
    ]);
    await write(trash.keepTags, key, ['b', 'a'], AT);
    await write(trash.keepTags, key, ['a'], AT);
    await write(trash.keepTags, key, [], AT);
    assert.equal(await read(manifests.findManifest, repository.id, row.digest), undefined);
    const found = await read(trash.findTrashed, key);
    assert.deepEqual(found, {
      repositoryId: repository.id,
      digest: row.digest,
      mediaType: row.media_type,
      size: row.image_size,
      subject: row.subject,
      ...deletion(row.digest),
    });
    assert.deepEqual(await read(trash.trashedTags, { ...key, after: '', limit: 9 }), ['a', 'b']);
    assert.deepEqual(await read(trash.trashedTags, { ...key, after: 'a', limit: 9 }), ['b']);
    const ask = { namespaceId: namespace.id, after: { repositoryId: '', digest: '' }, at: AT, limit: 9 };
    assert.deepEqual(await read(trash.trashOfNamespace, ask), [{ ...found, repository: repository.name }]);
    assert.deepEqual(await read(trash.trashOfNamespace, { ...ask, after: key }), []);
    assert.deepEqual(await read(trash.trashOfNamespace, { ...ask, at: AT + DAY }), [], 'its time is over');
    const content = await read(restoration.trashedContent, key);
    assert.deepEqual([content?.mediaType, [...(content?.content ?? [])]], [row.media_type, [...row.content]]);
    await write(blobs.unlinkBlob, repository.id, lost);
    await write(blobs.linkBlobs, repository.id, [], AT);
    const contents = await read(restoration.trashedContents, key);
    assert.deepEqual(
      contents.toSorted((a, b) => Number(b.isStored) - Number(a.isStored)),
      [
        { digest: here, isNoted: true, isLinked: true, isStored: true },
        { digest: lost, isNoted: true, isLinked: false, isStored: false },
      ],
      'without what the repository only named',
    );
    await write(restoration.copyFromTrash, key, AT);
    await write(restoration.copyFromTrash, key, AT);
    const back = await read(manifests.findManifest, repository.id, row.digest);
    assert.deepEqual([...(back?.content ?? [])], [...row.content]);
    assert.equal(await read(manifests.isReferenced, repository.id, here), true);
    await write(trash.forgetTags, key, ['a']);
    await write(trash.forgetTags, key, []);
    assert.deepEqual(await read(trash.trashedTags, { ...key, after: '', limit: 9 }), ['b']);
    assert.equal(await write(trash.deleteEntry, key), 4, 'the entry, and three references');
    assert.equal(await read(trash.findTrashed, key), undefined);
    assert.equal(await write(trash.deleteEntry, key), 0);
  });

  test('a tag is found in the trash on the manifest that was deleted last, until its time is over', async () => {
    const { repository } = await newRepository();
    const first = await trashed(repository);
    const last = await trashed(repository, [], deletion('x', AT + 1));
    await write(trash.keepTags, first.key, ['v1'], AT);
    await write(trash.keepTags, last.key, ['v1'], AT + 1);
    const ask = { repositoryId: repository.id, tag: 'v1', at: AT };
    assert.equal(await read(trash.digestOfTrashedTag, ask), last.row.digest);
    assert.equal(await read(trash.digestOfTrashedTag, { ...ask, tag: 'v2' }), undefined);
    await write(trash.endTrash, repository.id, [last.row.digest], AT);
    assert.equal(await read(trash.digestOfTrashedTag, ask), first.row.digest);
    assert.equal(await read(trash.digestOfTrashedTag, { ...ask, at: AT + DAY }), undefined);
  });

  test('referrers are looked through one after the other, and what went along is found by the deletion', async () => {
    const { repository } = await newRepository();
    const { row, key } = await trashed(repository);
    const rows = [0, 1].map(() => manifestRow(repository.id, { subject: row.digest }));
    for (const each of rows) await write(manifests.insertManifest, each, []);
    const [one, two] = rows.map((each) => each.digest).toSorted();
    assert.deepEqual(await read(trash.unfinishedOf, repository.id, row.digest), {
      digest: row.digest,
      after: '',
    });
    assert.deepEqual(await read(referrers.referrersAfter, key, '', 1), [one]);
    await write(trash.noteLookedAt, key, one ?? '');
    assert.deepEqual(await read(trash.unfinishedOf, repository.id, row.digest), {
      digest: row.digest,
      after: one,
    });
    assert.deepEqual(await read(referrers.referrersAfter, key, one ?? '', 9), [two]);
    await write(trash.noteLookedAt, key, null);
    assert.equal(await read(trash.unfinishedOf, repository.id, row.digest), undefined);
    const along = { repositoryId: repository.id, digest: one ?? '' };
    await write(trash.copyToTrash, along, deletion(row.digest));
    assert.deepEqual(await read(restoration.trashedAlong, key, { limit: 9 }), [one]);
    assert.deepEqual(await read(restoration.trashedAlong, along, { limit: 9 }), []);
    assert.deepEqual(await read(restoration.trashedAlong, key, { limit: 9, untagged: true }), [one]);
    await write(trash.keepTags, along, ['sbom'], AT);
    assert.deepEqual(await read(restoration.trashedAlong, key, { limit: 9, untagged: true }), []);
  });

  test('children of an index that are in the trash alone are found, those that are there are not', async () => {
    const { repository } = await newRepository();
    const [gone, there] = [await trashed(repository), await trashed(repository)];
    await write(restoration.copyFromTrash, there.key, AT);
    const index = await trashed(
      repository,
      [gone, there].map(({ row }) => ({ target: row.digest, kind: 'manifest' })),
    );
    assert.deepEqual(await read(restoration.trashedChildren, index.key, 9), [gone.row.digest]);
    assert.deepEqual(await read(restoration.trashedContents, index.key), []);
  });

  test('what cannot be restored any more is found by its end', async () => {
    const { repository } = await newRepository();
    const early = await trashed(repository, [], deletion('x', AT - 400 * DAY));
    const later = await trashed(repository);
    const ended = async (at: number): Promise<string[]> =>
      (await read(expired.expiredTrash, at, 1000))
        .filter(({ repositoryId }) => repositoryId === repository.id)
        .map((each) => each.digest);
    assert.deepEqual(await ended(AT - 399 * DAY), [early.row.digest]);
    assert.deepEqual(await ended(AT + DAY), [early.row.digest, later.row.digest]);
    assert.equal(await write(trash.endTrash, repository.id, [early.row.digest, later.row.digest], AT), 1);
    assert.deepEqual(await ended(AT), [early.row.digest, later.row.digest]);
  });

  test('the trash of a repository is cleared away in pieces, tags without an entry too', async () => {
    const { repository } = await newRepository();
    const { key } = await trashed(repository, [{ target: digest(), kind: 'blob' }]);
    await write(trash.keepTags, key, ['a'], AT);
    await write(trash.keepTags, { ...key, digest: digest() }, ['b'], AT);
    assert.equal(await write(removed.deleteTrash, repository.id, 2), 2);
    assert.equal(
      await write(removed.deleteTrash, repository.id, 9),
      2,
      'the other tag, and as if it had an entry',
    );
    assert.equal(await write(removed.deleteTrash, repository.id, 9), 0);
  });
};
