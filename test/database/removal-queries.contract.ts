import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRegistryToken, insertRegistryToken } from '../../src/identity/registry-tokens/rows.ts';
import { insertSigningKey } from '../../src/identity/signing-keys/rows.ts';
import * as pieces from '../../src/lifecycle/removed-namespaces/rows.ts';
import * as blobs from '../../src/registry/blobs/rows.ts';
import * as manifests from '../../src/registry/manifests/rows.ts';
import * as repositories from '../../src/registry/repositories/rows.ts';
import * as tags from '../../src/registry/tags/rows.ts';
import * as uploads from '../../src/registry/uploads/rows.ts';
import * as namespaces from '../../src/tenancy/namespaces/rows.ts';
import * as regions from '../../src/tenancy/regions/rows.ts';
import {
  AT,
  digest,
  manifestRow,
  newNamespace,
  newUpload,
  registryTokenRow,
  repositoryRow,
  signingKeyRow,
} from './database-rows.ts';
import type { QueryTester } from './queries.ts';

/** How a removed namespace is marked and cleared away. */
export const removalQueries = ({ read, write, current }: QueryTester): void => {
  const removedRegion = async (): Promise<void> => {
    const row = { id: namespaces.REMOVED, name: namespaces.REMOVED, created_at: AT };
    if (!(await read(regions.findRegion, row.name))) await write(regions.insertRegion, row);
  };

  test('a namespace that is marked as removed has neither its region nor its name nor its group', async () => {
    await removedRegion();
    const { account, region, namespace } = await newNamespace(current());
    await write(namespaces.markRemoved, namespace);
    assert.equal(await read(namespaces.findNamespace, region.id, namespace.name), undefined);
    assert.deepEqual(await read(namespaces.listNamespaces, account.id, region.id), []);
    const row = await read(namespaces.findNamespaceById, namespace.id);
    assert.deepEqual(
      [row?.region_id, row?.name, row?.resource_group_id],
      [namespaces.REMOVED, `${namespace.name}:${namespace.id}`, null],
    );
    await write(namespaces.insertNamespace, { ...namespace, id: digest() });
    const found = await read(namespaces.findRemovedNamespace);
    assert.ok(found);
    if (found.id === namespace.id) assert.equal(found.nameBefore, namespace.name);
    await write(namespaces.deleteNamespace, { ...namespace, region_id: namespaces.REMOVED });
  });

  test('names of repositories are taken away a number at a time, those of no other namespace', async () => {
    const { region, namespace } = await newNamespace(current());
    const other = { ...namespace, id: digest(), name: `${namespace.name}0` };
    await write(namespaces.insertNamespace, other);
    const rows = ['a', 'b', 'c'].map((last) => repositoryRow(namespace, last));
    const kept = repositoryRow(other, 'a');
    for (const row of [...rows, kept]) await write(repositories.insertRepository, row);
    const asked = { namespaceId: namespace.id, nameBefore: namespace.name, limit: 2 };
    assert.equal(await write(pieces.freeRepositoryNames, asked), 2);
    assert.equal(await write(pieces.freeRepositoryNames, asked), 1);
    assert.equal(await write(pieces.freeRepositoryNames, asked), 0);
    for (const { name } of rows)
      assert.equal(await read(repositories.findRepository, region.id, name), undefined);
    const found = await read(repositories.findRepository, region.id, kept.name);
    assert.equal(found?.id, kept.id);
    await write(repositories.freeRepositoryName, found);
    assert.equal(await read(repositories.findRepository, region.id, kept.name), undefined);
    assert.ok(await read(pieces.firstRepository, namespace.id));
    for (const { id } of rows) await write(pieces.deleteRepository, id);
    assert.equal(await read(pieces.firstRepository, namespace.id), undefined);
  });

  test('tags, references, manifests, links, uploads and tokens are deleted a number at a time', async () => {
    const { account, region, namespace } = await newNamespace(current());
    const [repository, other] = [repositoryRow(namespace, 'a'), repositoryRow(namespace, 'b')];
    const key = signingKeyRow();
    await write(insertSigningKey, key);
    const token = registryTokenRow(account, region, key, { namespace_id: namespace.id });
    await write(insertRegistryToken, token);
    for (const row of [repository, other]) {
      await write(repositories.insertRepository, row);
      for (let count = 0; count < 3; count++) {
        const manifest = manifestRow(row.id);
        const targets = [digest(), digest()].map((target) => ({ target, kind: 'blob' as const }));
        await write(manifests.insertManifest, manifest, targets);
        const tag = { repository_id: row.id, name: `t${count}`, digest: manifest.digest, updated_at: AT };
        await write(tags.putTag, tag);
        await write(blobs.linkBlob, row.id, digest(), AT);
        await write(uploads.insertUpload, newUpload(namespace));
      }
    }
    const counts = async (piece: typeof pieces.deleteTags, limit: number): Promise<number[]> => {
      const found: number[] = [];
      do found.push(await write(piece, repository.id, limit));
      while (found.at(-1) === limit);
      return found;
    };
    assert.deepEqual(await counts(pieces.deleteTags, 2), [2, 1]);
    assert.deepEqual(await counts(pieces.deleteReferences, 4), [4, 2]);
    assert.deepEqual(await counts(pieces.deleteManifests, 2), [2, 1]);
    assert.deepEqual(await counts(pieces.deleteLinks, 2), [2, 1]);
    assert.equal((await read(tags.listTags, other.id, '', 9)).length, 3, 'of another repository');
    assert.equal(await write(pieces.deleteUploads, namespace.id, 4), 4);
    assert.equal(await write(pieces.deleteUploads, namespace.id, 4), 2);
    assert.equal(await write(pieces.deleteTokens, namespace.id, 4), 1);
    assert.equal(await read(findRegistryToken, token.id), undefined);
  });
};
