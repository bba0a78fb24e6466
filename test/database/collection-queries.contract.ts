import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobRow, CollectionRunRow, RepositoryRow } from '../../src/database/schema.ts';
import * as collection from '../../src/lifecycle/collection/rows.ts';
import * as holders from '../../src/lifecycle/holders/rows.ts';
import * as leases from '../../src/lifecycle/leases/rows.ts';
import * as runs from '../../src/lifecycle/runs/rows.ts';
import * as scrub from '../../src/lifecycle/scrub/rows.ts';
import * as blobs from '../../src/registry/blobs/rows.ts';
import * as manifests from '../../src/registry/manifests/rows.ts';
import * as repositories from '../../src/registry/repositories/rows.ts';
import * as unnamed from '../../src/registry/unnamed-bytes/rows.ts';
import * as uploads from '../../src/registry/uploads/rows.ts';
import { AT, digest, manifestRow, newNamespace, newUpload, repositoryRow, unique } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

const sorted = <T>(values: readonly T[]): T[] => values.toSorted();

/** What garbage collection asks and removes, and the leases its job runs under. */
export const collectionQueries = ({ read, write, current }: QueryTester): void => {
  const newRepository = async () => {
    const { namespace } = await newNamespace(current());
    const repository = repositoryRow(namespace);
    await write(repositories.insertRepository, repository);
    return { namespace, repository };
  };
  const newBlob = async (regionId: string, more: Partial<BlobRow> = {}): Promise<BlobRow> => {
    const row = {
      region_id: regionId,
      digest: digest(),
      storage_key: unique('stored'),
      size: 5,
      created_at: AT,
      touched_at: AT,
      ...more,
    };
    await write(blobs.insertBlob, row);
    return row;
  };
  const refer = async (repository: RepositoryRow, targets: readonly string[]): Promise<string> => {
    const row = manifestRow(repository.id);
    const references = targets.map((target) => ({ target, kind: 'blob' as const }));
    await write(manifests.insertManifest, row, references);
    return row.digest;
  };

  test('links that no manifest of their repository refers to, page by page, and removed only while they are not wanted', async () => {
    const { repository } = await newRepository();
    const other = (await newRepository()).repository;
    const linked = sorted(Array.from({ length: 6 }, digest));
    for (const each of linked) await write(blobs.linkBlob, repository.id, each, AT);
    const [a = '', b = '', c = '', d = '', e = '', f = ''] = linked;
    const holder = await refer(repository, [b, e]);
    await refer(other, [a]);
    assert.equal(await read(manifests.isReferenced, repository.id, b), true);
    assert.equal(await read(manifests.isReferenced, repository.id, a), false);

    const key = (each: string) => ({ repository_id: repository.id, digest: each });
    const start = { repository_id: repository.id, digest: '' };
    assert.deepEqual(await read(collection.linkPageEnd, start, 3), key(c));
    const page = async (after: string, to: string): Promise<string[]> =>
      (await read(collection.unreferencedLinks, { after: key(after), to: key(to) })).map((row) => row.digest);
    assert.deepEqual(sorted(await page('', c)), [a, c]);
    assert.deepEqual(sorted(await page(c, f)), [d, f]);
    const rest = await read(collection.unreferencedLinks, { after: key(e), to: undefined });
    assert.ok(rest.some((row) => row.digest === f && row.touched_at === AT));
    const last = { repository_id: '￿', digest: '' };
    assert.equal(await read(collection.linkPageEnd, last, 1), undefined);

    assert.equal(await write(blobs.touchLink, repository.id, c, AT + 9), true);
    assert.equal(await write(blobs.touchLink, repository.id, digest(), AT + 9), false);
    const removal = { repositoryId: repository.id, digests: [a, b, c, d], cutoff: AT };
    assert.deepEqual(sorted(await write(collection.deleteUnreferencedLinks, removal)), [a, d]);
    await write(blobs.noteLinksOfManifestWanted, repository.id, holder, AT + 5);
    await write(manifests.deleteManifest, repository.id, holder);
    assert.deepEqual(await write(collection.deleteUnreferencedLinks, { ...removal, digests: [b] }), []);
    const later = { ...removal, digests: [b], cutoff: AT + 5 };
    assert.deepEqual(await write(collection.deleteUnreferencedLinks, later), [b]);
  });

  test('blobs of a region that no manifest refers to, and their removal while no repository of it links them', async () => {
    const { repository } = await newRepository();
    const elsewhere = (await newRepository()).repository;
    const regionId = repository.region_id;
    const digests = sorted(Array.from({ length: 4 }, digest));
    const [bare = '', linked = '', held = '', young = ''] = digests;
    for (const each of [bare, linked, held]) await newBlob(regionId, { digest: each });
    await newBlob(regionId, { digest: young, touched_at: AT + 9 });
    await newBlob(elsewhere.region_id, { digest: bare });
    for (const each of [linked, held]) await write(blobs.linkBlob, repository.id, each, AT + 1);
    await refer(repository, [held]);
    for (const each of [bare, young]) await write(blobs.linkBlob, elsewhere.id, each, AT);
    await refer(elsewhere, [bare]);

    assert.equal(await read(collection.blobPageEnd, regionId, '', 2), linked);
    assert.equal(await read(collection.blobPageEnd, regionId, linked, 3), undefined);
    const found = await read(collection.unreferencedBlobs, regionId, { after: '', to: undefined });
    assert.deepEqual(
      found.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)),
      [
        { digest: bare, size: 5, touched_at: AT, link_touched_at: null },
        { digest: linked, size: 5, touched_at: AT, link_touched_at: AT + 1 },
        { digest: young, size: 5, touched_at: AT + 9, link_touched_at: null },
      ].toSorted((a, b) => (a.digest < b.digest ? -1 : 1)),
    );
    const page = await read(collection.unreferencedBlobs, regionId, { after: bare, to: linked });
    assert.deepEqual(
      page.map((each) => each.digest),
      [linked],
    );
    const removed = await write(collection.deleteUnlinkedBlobs, { regionId, digests, cutoff: AT });
    assert.deepEqual(
      removed.map((each) => [each.digest, each.size]),
      [[bare, 5]],
    );
    assert.ok(await read(blobs.findBlob, elsewhere.region_id, bare), 'another region is another world');
  });

  test('bytes without a name: written down, condemned, kept when quarantined, forgotten', async () => {
    const { namespace, repository } = await newRepository();
    const { storage_key } = await newBlob(repository.region_id);
    const upload = { ...newUpload(namespace), stagingId: unique('staging') };
    await write(uploads.insertUpload, upload);
    assert.deepEqual(await read(unnamed.namedBytes, ['x', storage_key]), new Set([storage_key]));
    assert.deepEqual(await read(unnamed.namedStagings, ['x', upload.stagingId]), new Set([upload.stagingId]));
    assert.deepEqual(await read(unnamed.namedBytes, []), new Set());
    assert.deepEqual(await read(unnamed.namedStagings, []), new Set());
    const row = { progress: 0, verdict: null, first_seen_at: 1, last_seen_at: 1 };
    const [seen, condemned, kept] = [unique('seen'), unique('condemned'), unique('kept')];
    for (const name of [seen, condemned, kept]) await write(unnamed.putUnnamedBytes, { ...row, name });
    await write(unnamed.putUnnamedBytes, { ...row, name: condemned, verdict: 'condemned', last_seen_at: 2 });
    await write(unnamed.putUnnamedBytes, { ...row, name: kept, verdict: 'quarantined' });
    assert.equal(await read(unnamed.areCondemned, condemned), true);
    assert.equal(await read(unnamed.areCondemned, seen), false);
    assert.equal(await read(unnamed.areCondemned, 'x'), false);
    assert.equal((await read(unnamed.findUnnamedBytes, [seen, condemned, 'x'])).length, 2);
    assert.deepEqual(await read(unnamed.findUnnamedBytes, []), []);
    const forget = { before: 3, condemnedBefore: 2, limit: 10 };
    assert.equal(await write(unnamed.forgetUnnamedBytes, forget), 1);
    assert.equal(await write(unnamed.forgetUnnamedBytes, { ...forget, condemnedBefore: 3 }), 1);
    assert.equal(await write(unnamed.forgetUnnamedBytes, { ...forget, condemnedBefore: 3 }), 0);
    assert.equal((await read(unnamed.findUnnamedBytes, [kept])).length, 1);
  });

  test('collection runs: newest first, one under way, and the old forgotten', async () => {
    const run = (id: string, started_at: number): CollectionRunRow => ({
      id,
      started_at,
      started_by: 'system:test',
      finished_at: null,
      dry_run: 0,
      storage: 1,
      outcome: 'running',
      reason: null,
      links: 0,
      blobs: 0,
      bytes: 2 ** 40,
      unnamed: 0,
      stagings: 0,
      waiting_links: 0,
      waiting_blobs: 0,
      waiting_bytes: 0,
      waiting_unnamed: 0,
    });
    const [first, second] = [run(unique('run'), 10), run(unique('run'), 20)];
    for (const each of [first, second]) await write(runs.insertCollectionRun, each);
    await write(runs.updateCollectionRun, second.id, { outcome: 'done', finished_at: 21 });
    await write(runs.endCollectionRuns, 10, 'gone');
    assert.deepEqual(await read(runs.latestCollectionRuns, 10), [
      { ...second, outcome: 'done', finished_at: 21 },
      { ...first, outcome: 'stopped', reason: 'gone' },
    ]);
    await write(runs.deleteCollectionRunsBefore, 20);
    assert.equal(await read(runs.findCollectionRun, first.id), undefined);
    assert.equal((await read(runs.findCollectionRun, second.id))?.bytes, 2 ** 40);
  });

  test('who holds a digest', async () => {
    const { repository } = await newRepository();
    const blob = digest();
    await write(blobs.linkBlob, repository.id, blob, AT);
    const manifest = await refer(repository, [blob]);
    const place = {
      repository_id: repository.id,
      repository: repository.name,
      region_id: repository.region_id,
    };
    assert.deepEqual(await read(holders.linksOfDigest, blob, 10), [{ ...place, touched_at: AT }]);
    assert.deepEqual(await read(manifests.manifestsReferringTo, repository.id, blob, 10), [manifest]);
    const { media_type } = manifestRow(repository.id);
    assert.deepEqual(await read(holders.manifestsOfDigest, manifest, 10), [{ ...place, media_type }]);
  });

  test('everything stored is listed page by page, to be read against its digest', async () => {
    const { repository } = await newRepository();
    const rows = [await newBlob(repository.region_id), await newBlob(repository.region_id)];
    rows.sort((a, b) => (a.digest < b.digest ? -1 : 1));
    const [first, second] = rows.map(({ region_id, digest, storage_key, size }) => ({
      region_id,
      digest,
      storage_key,
      size,
    }));
    assert.ok(first && second);
    assert.deepEqual(await read(scrub.blobsAfter, repository.region_id, '', 1), [first]);
    assert.deepEqual(await read(scrub.blobsAfter, repository.region_id, first.digest, 9), [second]);
    await write(blobs.linkBlob, repository.id, first.digest, AT);
    const lost = digest();
    await write(blobs.linkBlob, repository.id, lost, AT);
    const asked = [first.digest, second.digest, lost];
    assert.deepEqual(await read(scrub.readableBlobs, repository.id, asked), new Set([first.digest]));
    assert.deepEqual(await read(scrub.readableBlobs, repository.id, []), new Set());
    const manifest = await refer(repository, [first.digest]);
    const [kept] = await read(scrub.manifestsAfter, { repository_id: repository.id, digest: '' }, 1);
    const { media_type, content } = manifestRow(repository.id);
    const key = { repository_id: repository.id, digest: manifest };
    assert.deepEqual(kept, { ...key, media_type });
    assert.deepEqual(await read(scrub.contentOf, 'manifests', key), content);
    assert.equal(await read(scrub.contentOf, 'trashed_manifests', key), undefined);
    const { name, region_id } = repository;
    assert.deepEqual(await read(scrub.findRepositoryById, repository.id), { name, region_id });
    const named = { regionId: repository.region_id, digest: first.digest, storageKey: first.storage_key };
    assert.equal(await write(scrub.deleteBlobNaming, { ...named, storageKey: 'other' }), false);
    assert.equal(await write(scrub.deleteBlobNaming, named), true);
  });

  test('job leases: changed by their holder alone', async () => {
    const name = unique('job');
    assert.equal(await read(leases.findJobLease, name), undefined);
    await write(leases.putJobLease, { name, holder: 'a', held_until: 5, due_at: 1 });
    await write(leases.putJobLease, { name, holder: 'b', held_until: 6, due_at: 1 });
    assert.equal(await write(leases.changeJobLease, name, 'a', { held_until: 9 }), false);
    assert.equal(await write(leases.changeJobLease, name, 'b', { held_until: 0, due_at: 7 }), true);
    assert.deepEqual(await read(leases.findJobLease, name), { name, holder: 'b', held_until: 0, due_at: 7 });
    await write(leases.putJobLease, { name, holder: 'c', held_until: 8, due_at: 7 });
    await write(leases.releaseJobLeases);
    assert.equal((await read(leases.findJobLease, name))?.held_until, 0);
  });
};
