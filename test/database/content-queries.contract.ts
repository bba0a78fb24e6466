import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManifestRow, NamespaceRow, RepositoryRow } from '../../src/database/schema.ts';
import * as accounts from '../../src/identity/accounts/rows.ts';
import * as tokens from '../../src/identity/registry-tokens/rows.ts';
import * as signingKeys from '../../src/identity/signing-keys/rows.ts';
import type { Digest } from '../../src/oci/digest.ts';
import type { Tag } from '../../src/oci/reference.ts';
import * as blobs from '../../src/registry/blobs/rows.ts';
import * as images from '../../src/registry/images/rows.ts';
import * as manifests from '../../src/registry/manifests/rows.ts';
import * as referrers from '../../src/registry/referrers/rows.ts';
import * as repositories from '../../src/registry/repositories/rows.ts';
import * as tags from '../../src/registry/tags/rows.ts';
import * as uploads from '../../src/registry/uploads/rows.ts';
import * as namespaces from '../../src/tenancy/namespaces/rows.ts';
import * as regions from '../../src/tenancy/regions/rows.ts';
import {
  AT,
  accountRow,
  digest,
  manifestRow,
  namespaceRow,
  newNamespace,
  newUpload,
  regionRow,
  registryTokenRow,
  repositoryRow,
  signingKeyRow,
  unique,
} from './database-rows.ts';
import { BY_BYTES, type QueryTester, shuffled } from './queries.ts';

/** Regions, namespaces, repositories and what is in them. */
export const contentQueries = ({ read, write, current }: QueryTester): void => {
  const newRepository = async (last?: string) => {
    const { account, region, namespace } = await newNamespace(current());
    const repository = repositoryRow(namespace, last);
    await write(repositories.insertRepository, repository);
    return { account, region, namespace, repository };
  };
  const newManifest = async (repository: RepositoryRow, more: Partial<ManifestRow> = {}) => {
    const row = manifestRow(repository.id, more);
    await write(manifests.insertManifest, row, []);
    return row;
  };

  test('regions and namespaces, by name', async () => {
    const account = accountRow();
    const region = regionRow();
    await write(accounts.insertAccount, account);
    await write(regions.insertRegion, region);
    assert.deepEqual(await read(regions.findRegion, region.name), region);
    assert.ok((await read(regions.listRegions)).some(({ id }) => id === region.id));
    const rows = BY_BYTES.map((name) => namespaceRow(account.id, region.id, name));
    for (const row of shuffled(rows)) await write(namespaces.insertNamespace, row);
    assert.deepEqual(await read(namespaces.listNamespaces, account.id, region.id), rows);
    assert.deepEqual(await read(namespaces.findNamespace, region.id, 'aB'), rows[9]);
    assert.deepEqual(await read(namespaces.findNamespaceById, rows[3]?.id ?? ''), rows[3]);
  });

  test('a namespace goes with all that is in it', async () => {
    const { namespace, repository, region, account } = await newRepository();
    const manifest = await newManifest(repository);
    const tag = { repository_id: repository.id, name: 'latest', digest: manifest.digest, updated_at: AT };
    await write(tags.putTag, tag);
    await write(blobs.linkBlob, repository.id, manifest.digest, AT);
    const upload = newUpload(namespace);
    await write(uploads.insertUpload, upload);
    const key = signingKeyRow();
    await write(signingKeys.insertSigningKey, key);
    const token = registryTokenRow(account, region, key, { namespace_id: namespace.id });
    await write(tokens.insertRegistryToken, token);
    await write(namespaces.deleteNamespace, namespace);
    assert.equal(await read(namespaces.findNamespaceById, namespace.id), undefined);
    assert.equal(await read(repositories.findRepository, region.id, repository.name), undefined);
    assert.equal(await read(manifests.findManifest, repository.id, manifest.digest), undefined);
    assert.equal(await read(tags.findTag, repository.id, 'latest'), undefined);
    assert.deepEqual(
      await read(blobs.heldBlobs, { id: repository.id, regionId: region.id }, [manifest.digest]),
      new Map(),
    );
    assert.equal(await read(uploads.findUpload, upload.id), undefined);
    assert.equal(await read(tokens.findRegistryToken, token.id), undefined);
  });

  test('repositories, by name in bytes, from a place on', async () => {
    const { namespace, region } = await newNamespace(current());
    const rows = BY_BYTES.map((last) => repositoryRow(namespace, last));
    for (const row of shuffled(rows)) await write(repositories.insertRepository, row);
    const names = rows.map(({ name }) => name);
    assert.deepEqual(await read(repositories.findRepository, region.id, names[8] ?? ''), {
      id: rows[8]?.id,
      regionId: region.id,
      namespaceId: namespace.id,
      name: names[8],
    });
    const page = { namespaceIds: [namespace.id, 'other'], after: names[3] ?? '', limit: 4 };
    assert.deepEqual(await read(repositories.listRepositoryNames, page), names.slice(4, 8));
    assert.deepEqual(await read(repositories.listRepositoryNames, { ...page, namespaceIds: [] }), []);
  });

  test('blobs: sizes beyond 32 bits, links kept once, and what a repository holds', async () => {
    const { region, repository } = await newRepository();
    const place = { id: repository.id, regionId: region.id };
    const [storageKey, size] = [unique('stored'), 2 ** 45 + 1];
    const row = {
      region_id: region.id,
      digest: digest(),
      storage_key: storageKey,
      size,
      created_at: AT,
      touched_at: AT,
    };
    await write(blobs.insertBlob, row);
    assert.equal(await read(blobs.findRepositoryBlob, place, row.digest), undefined);
    await write(blobs.linkBlob, repository.id, row.digest, AT);
    await write(blobs.linkBlob, repository.id, row.digest, AT + 1);
    assert.deepEqual(await read(blobs.findRepositoryBlob, place, row.digest), {
      storageKey,
      size,
      touchedAt: AT + 1,
    });
    const named = { regionId: region.id, namespaceId: repository.namespace_id, name: repository.name };
    assert.deepEqual(
      await read(blobs.findBlobNamed, named, row.digest),
      await read(blobs.findRepositoryBlob, place, row.digest),
    );
    for (const other of [{ regionId: 'other' }, { namespaceId: 'other' }, { name: `${named.name}x` }])
      assert.equal(await read(blobs.findBlobNamed, { ...named, ...other }, row.digest), undefined);
    assert.equal(await read(blobs.findBlobNamed, named, digest()), undefined);
    await write(blobs.noteBlobWanted, region.id, row.digest, AT + 7);
    assert.deepEqual(await read(blobs.findBlob, region.id, row.digest), {
      digest: row.digest,
      storageKey,
      size,
      createdAt: AT,
      touchedAt: AT + 7,
    });
    assert.deepEqual(
      await read(blobs.heldBlobs, place, [digest(), row.digest]),
      new Map([[row.digest, size]]),
    );
    assert.deepEqual(await read(blobs.heldBlobs, place, []), new Map());
    assert.equal(await write(blobs.unlinkBlob, repository.id, row.digest), true);
    assert.equal(await write(blobs.unlinkBlob, repository.id, row.digest), false);
  });

  test('which repositories of an account and region hold a blob, among very many of others', async () => {
    const [ours, theirs] = [await newNamespace(current()), await newNamespace(current())];
    const repositoryOf = async (namespace: NamespaceRow, last: string) => {
      const row = repositoryRow(namespace, last);
      await write(repositories.insertRepository, row);
      return row;
    };
    const [common, rare] = [digest(), digest()];
    for (let index = 0; index < 201; index += 1) {
      const { id } = await repositoryOf(theirs.namespace, `r${index}`);
      await write(blobs.linkBlob, id, common, AT);
    }
    const rows = [];
    for (const last of ['a', 'b', 'c']) rows.push(await repositoryOf(ours.namespace, last));
    for (const { id } of rows.slice(0, 2)) await write(blobs.linkBlob, id, common, AT);
    await write(blobs.linkBlob, rows[2]?.id ?? '', rare, AT);
    const holding = async (digest: string, { account, region }: typeof ours = ours) => {
      const place = { accountId: account.id, regionId: region.id, digest };
      return (await read(blobs.repositoriesHolding, place)).toSorted();
    };
    const names = rows.map(({ name }) => name);
    assert.deepEqual(await holding(common), names.slice(0, 2));
    assert.deepEqual(await holding(rare), names.slice(2));
    assert.deepEqual(await holding(rare, theirs), []);
    assert.deepEqual(await holding(digest()), []);
    assert.deepEqual(await holding(common, { ...ours, region: theirs.region }), []);
    assert.ok((await holding(common, theirs)).length >= 199);
  });

  test('manifests: exact bytes, kept once, and gone with their tags', async () => {
    const { repository } = await newRepository();
    const content = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
    const row = await newManifest(repository, { content, annotations: '{"a":"\\u0000 é"}' });
    await newManifest(repository, { ...row, media_type: 'another' });
    const { digest, media_type: mediaType } = row;
    assert.deepEqual(await read(manifests.findManifest, repository.id, digest), {
      digest,
      mediaType,
      content,
    });
    const short = (most: number) => read(manifests.findShortManifest, repository.id, digest, most);
    assert.deepEqual(await short(300), { mediaType, content });
    assert.deepEqual(await short(299), { mediaType, content: null });
    const { content: bytes } = (await manifests.findManifest(current().db, repository.id, digest)) ?? {};
    assert.equal(bytes?.constructor, Uint8Array);
    assert.deepEqual(
      await read(manifests.heldManifests, repository.id, [digest, 'x']),
      new Map([[digest, { mediaType, size: content.length }]]),
    );
    await write(tags.putTag, { repository_id: repository.id, name: 'one', digest, updated_at: AT });
    await write(manifests.deleteManifest, repository.id, digest);
    assert.deepEqual(await read(manifests.heldManifests, repository.id, [digest]), new Map());
    assert.equal(await read(tags.findTag, repository.id, 'one'), undefined);
  });

  test('what a tag or digest stands for, by the name of its repository', async () => {
    const { region, repository } = await newRepository();
    const [one, other] = [await newManifest(repository), await newManifest(repository)];
    const elsewhere = await newManifest((await newRepository()).repository);
    const named = { regionId: region.id, namespaceId: repository.namespace_id, name: repository.name };
    const byTag = { kind: 'tag', tag: 'v1' as Tag } as const;
    const byDigest = (digest: string) => ({ kind: 'digest', digest: digest as Digest }) as const;
    const none = { repositoryId: repository.id, digest: null, mediaType: null };
    assert.deepEqual(await read(manifests.findReferenced, named, byTag), none);
    const { digest } = elsewhere;
    assert.deepEqual(await read(manifests.findReferenced, named, byDigest(digest)), { ...none, digest });
    for (const row of [one, other]) {
      const found = { ...none, digest: row.digest, mediaType: row.media_type };
      await write(tags.putTag, {
        repository_id: repository.id,
        name: 'v1',
        digest: row.digest,
        updated_at: AT,
      });
      assert.deepEqual(await read(manifests.findReferenced, named, byTag), found);
      assert.deepEqual(await read(manifests.findReferenced, named, byDigest(row.digest)), found);
    }
    for (const wrong of [{ regionId: 'other' }, { namespaceId: 'other' }, { name: `${named.name}x` }])
      assert.equal(await read(manifests.findReferenced, { ...named, ...wrong }, byTag), undefined);
  });

  test('a manifest may refer to more than one statement takes', async () => {
    const { repository } = await newRepository();
    const row = manifestRow(repository.id);
    const targets = Array.from({ length: 33_000 }, digest);
    await write(
      manifests.insertManifest,
      row,
      targets.map((target) => ({ target, kind: 'blob' as const })),
    );
    const { count } = await current()
      .db.selectFrom('manifest_references')
      .select((select) => select.fn.countAll<number>().as('count'))
      .where('manifest_digest', '=', row.digest)
      .executeTakeFirstOrThrow();
    assert.equal(count, targets.length);
    const place = { id: repository.id, regionId: repository.region_id };
    const last = targets.at(-1) ?? '';
    const times = { created_at: AT, touched_at: AT };
    const blob = { region_id: place.regionId, digest: last, storage_key: unique('stored'), size: 5 };
    await write(blobs.insertBlob, { ...blob, ...times });
    await write(blobs.linkBlob, repository.id, last, AT);
    assert.deepEqual(await read(blobs.heldBlobs, place, targets), new Map([[last, 5]]));
    const held = await read(manifests.heldManifests, repository.id, [...targets, row.digest]);
    assert.deepEqual([...held.keys()], [row.digest]);
    assert.deepEqual(await read(manifests.manifestsReferringTo, repository.id, last, 2), [row.digest]);
  });

  test('referrers of a subject, by digest: first how large they are, then what they say', async () => {
    const { repository } = await newRepository();
    const [repositoryId, subject] = [repository.id, digest()];
    const content = new TextEncoder().encode('{"é":1}');
    const rows = await Promise.all(
      ['sbom', 'signature', 'sbom', null].map((artifact_type) =>
        newManifest(repository, { subject, artifact_type, content, annotations: '{"a":"é"}' }),
      ),
    );
    await newManifest(repository, { subject: digest() });
    const sorted = rows.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
    const sizes = sorted.map(({ digest, artifact_type }) => ({
      digest,
      artifactType: artifact_type,
      bytes: 10 + 2 * (artifact_type ?? '').length,
    }));
    const query = { repositoryId, subject, after: '', limit: 10 };
    assert.deepEqual(await read(referrers.listReferrers, query), sizes);
    assert.deepEqual(
      await read(referrers.listReferrers, { ...query, after: sizes[0]?.digest ?? '', limit: 2 }),
      sizes.slice(1, 3),
    );
    const sboms = sorted.filter(({ artifact_type }) => artifact_type === 'sbom').map(({ digest }) => digest);
    assert.deepEqual(
      await read(referrers.readReferrers, repositoryId, [digest(), ...sboms.toReversed()]),
      sorted
        .filter(({ artifact_type }) => artifact_type === 'sbom')
        .map(({ digest, media_type, artifact_type, annotations }) => ({
          digest,
          mediaType: media_type,
          artifactType: artifact_type,
          annotations,
          size: 8,
        })),
    );
    assert.deepEqual(await read(referrers.readReferrers, repositoryId, []), []);
  });

  test('tags: moved, listed by bytes from a place on, and deleted once', async () => {
    const { namespace, repository } = await newRepository();
    const [old, now] = [await newManifest(repository), await newManifest(repository)];
    const tag = (name: string, digest: string) => ({
      repository_id: repository.id,
      name,
      digest,
      updated_at: AT,
    });
    for (const name of shuffled(BY_BYTES)) await write(tags.putTag, tag(name, old.digest));
    await write(tags.putTag, { ...tag('ab', now.digest), updated_at: AT + 1 });
    assert.deepEqual(await read(tags.findTag, repository.id, 'ab'), { digest: now.digest });
    assert.deepEqual(await read(tags.listTags, repository.id, '', 100), BY_BYTES);
    assert.deepEqual(await read(tags.listTags, repository.id, 'A', 5), BY_BYTES.slice(4, 9));
    assert.deepEqual(await read(tags.tagsOfManifest, repository.id, now.digest, 10), ['ab']);
    const listed = await read(images.taggedManifests, {
      repositoryId: repository.id,
      after: '',
      limit: 100,
    });
    const [first, second] = [old.digest, now.digest].toSorted();
    const byDigest = (digest: string | undefined) =>
      BY_BYTES.filter((name) => (name === 'ab') === (digest === now.digest)).map((name) => [digest, name]);
    assert.deepEqual(
      listed.map(({ digest, tag }) => [digest, tag]),
      [...byDigest(first), ...byDigest(second)],
    );
    assert.deepEqual([listed[0]?.repositoryId, listed[0]?.pushedAt], [repository.id, AT]);
    const behind = { repositoryId: repository.id, after: first ?? '', limit: 1 };
    assert.deepEqual((await read(images.taggedManifests, behind))[0]?.digest, second);
    const some = await read(images.someTaggedManifests, [repository.id, 'other'], 100);
    assert.deepEqual(new Set(some.map(({ tag }) => tag)), new Set(BY_BYTES));
    assert.equal((await read(images.someTaggedManifests, [repository.id], 2)).length, 2);
    const keys = [old, now].map(({ digest }) => ({ repositoryId: repository.id, digest }));
    const facts = await read(images.manifestsBehind, { repositoryId: repository.id, after: '', limit: 9 });
    assert.deepEqual(
      facts.map(({ digest }) => digest),
      [first, second],
    );
    assert.deepEqual(await read(images.manifestsBehind, behind), [facts[1]]);
    const { isHeld, ...known } = facts[0] ?? assert.fail();
    assert.equal(isHeld, false);
    // a page knows what holds each, too
    const alone = await read(images.factsOfManifest, repository.id, first ?? '');
    assert.deepEqual(known, { ...known, ...alone });
    assert.equal(alone?.digest, first);
    assert.equal(await read(images.factsOfManifest, 'other', first ?? ''), undefined);
    assert.deepEqual(new Set(await read(images.someManifests, [repository.id, 'other'], 9)), new Set(facts));
    const ofBoth = await read(
      images.someTagsOf,
      [...keys, { repositoryId: 'other', digest: old.digest }],
      99,
    );
    assert.deepEqual(new Set(ofBoth.map(({ tag }) => tag)), new Set(BY_BYTES));
    assert.deepEqual(await read(images.someTagsOf, keys.slice(1), 99), [{ ...keys[1], tag: 'ab' }]);
    assert.equal((await read(images.someTagsOf, keys, 2)).length, 2);
    const { repository_id: _id, ...copied } = old;
    assert.deepEqual(await read(manifests.storedManifestRow, repository.id, old.digest), copied);
    assert.equal(await read(manifests.storedManifestRow, 'other', old.digest), undefined);
    const page = { repositoryId: repository.id, digest: old.digest, after: 'A', limit: 3 };
    assert.deepEqual(await read(images.tagsOfDigest, page), BY_BYTES.slice(4, 7));
    const named = { namespaceId: namespace.id, after: '', limit: 9 };
    const { id, name } = repository;
    assert.deepEqual(await read(repositories.repositoriesAfter, named), [{ id, name }]);
    const both = await read(tags.findTags, repository.id, ['ab', 'absent', 'a']);
    assert.deepEqual([...both.keys()].sort(), ['a', 'ab']);
    assert.deepEqual(await read(tags.findTags, repository.id, []), new Map());
    assert.equal((await write(tags.deleteTag, repository.id, 'ab'))?.digest, both.get('ab'));
    assert.equal(await write(tags.deleteTag, repository.id, 'ab'), undefined);
    const gone = await write(tags.deleteTagsOfManifest, repository.id, old.digest, 3);
    assert.equal(gone.length, 3);
    const rest = await write(tags.deleteTagsOfManifest, repository.id, old.digest, 100);
    assert.equal(new Set([...gone, ...rest]).size, BY_BYTES.length - 1);
    assert.deepEqual(await read(tags.listTags, repository.id, '', 100), []);
  });
};
