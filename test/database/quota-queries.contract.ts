import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import * as refusals from '../../src/audit/refusals/rows.ts';
import * as accounts from '../../src/identity/accounts/rows.ts';
import * as blobs from '../../src/registry/blobs/rows.ts';
import * as manifests from '../../src/registry/manifests/rows.ts';
import * as repositories from '../../src/registry/repositories/rows.ts';
import * as storage from '../../src/registry/storage/rows.ts';
import * as namespaces from '../../src/tenancy/namespaces/rows.ts';
import * as quotas from '../../src/tenancy/quotas/rows.ts';
import * as regions from '../../src/tenancy/regions/rows.ts';
import {
  AT,
  accountRow,
  digest,
  manifestRow,
  namespaceRow,
  regionRow,
  repositoryRow,
} from './database-rows.ts';
import type { QueryTester } from './queries.ts';

/** Quotas, traffic, refusals. */
export const quotaQueries = ({ read, write }: QueryTester): void => {
  const place = async () => {
    const [account, region] = [accountRow(), regionRow()];
    await write(accounts.insertAccount, account);
    await write(regions.insertRegion, region);
    return { account, region, where: { accountId: account.id, regionId: region.id } };
  };

  test('a quota is replaced as a whole, region by region', async () => {
    const { account, region, where } = await place();
    const own = { account_id: account.id, region_id: region.id };
    const most = { most_storage: 2 ** 41, most_traffic: null };
    const row = { ...own, storage_limit: 2 ** 40, traffic_limit: null, plan: null, ...most };
    assert.equal(await read(quotas.findQuota, where), undefined);
    await write(quotas.putQuota, row);
    await write(quotas.putQuota, { ...row, traffic_limit: 5, plan: 'Free' });
    assert.deepEqual(await read(quotas.findQuota, where), { ...row, traffic_limit: 5, plan: 'Free' });
  });

  /** An account with two repositories that share a blob of 3,000,000,000 bytes and a manifest. */
  const storing = async () => {
    const { account, region, where } = await place();
    assert.equal(await read(storage.storageUsed, where), 0);
    const namespace = namespaceRow(account.id, region.id);
    await write(namespaces.insertNamespace, namespace);
    const held = [repositoryRow(namespace), repositoryRow(namespace, 'wren')];
    const stored = (size: number) => ({
      region_id: region.id,
      digest: digest(),
      storage_key: randomUUID(),
      size,
      created_at: AT,
      touched_at: AT,
    });
    const [blob, unlinked] = [stored(3_000_000_000), stored(7)];
    for (const each of [blob, unlinked]) await write(blobs.insertBlob, each);
    const manifest = manifestRow('', { content: new Uint8Array(100) });
    for (const repository of held) {
      await write(repositories.insertRepository, repository);
      await write(blobs.linkBlob, repository.id, blob.digest, AT);
      await write(manifests.insertManifest, { ...manifest, repository_id: repository.id }, []);
    }
    return { where, namespace, held, blob, manifest };
  };

  test('storage counts each blob and each manifest of the account in the region once', async () => {
    const { where } = await storing();
    assert.equal(await read(storage.storageUsed, where), 3_000_000_100);
    assert.equal(await read(storage.storageUsed, { ...where, accountId: accountRow().id }), 0);
  });

  test('an account is small up to so many repositories, links and manifests', async () => {
    const { where } = await storing();
    assert.equal(await read(storage.isSmall, where, { repositories: 2, contents: 2 }), true);
    assert.equal(await read(storage.isSmall, where, { repositories: 1, contents: 2 }), false);
    assert.equal(await read(storage.isSmall, where, { repositories: 2, contents: 1 }), false);
  });

  test('what repositories store is read page by page; a link without a blob counts nothing', async () => {
    const { where, namespace, held, blob, manifest } = await storing();
    const [first, second] = held.map(({ id, name }) => ({ id, name }));
    assert.ok(first && second);
    const repositoryIds = [first.id, second.id];
    const page = { namespaceId: namespace.id, after: '', limit: 9 };
    assert.deepEqual(await read(storage.repositoriesBehind, page), [first, second]);
    assert.deepEqual(await read(storage.repositoriesBehind, { ...page, after: first.name }), [second]);
    const lost = `sha256:${'f'.repeat(64)}`;
    await write(blobs.linkBlob, first.id, lost, AT);
    const { regionId } = where;
    const one = { digest: blob.digest, size: blob.size };
    const query = { repositoryId: first.id, regionId, after: '', limit: 9 };
    assert.deepEqual(await read(storage.blobsBehind, query), [one, { digest: lost, size: 0 }]);
    assert.deepEqual(await read(storage.blobsBehind, { ...query, after: lost }), []);
    assert.deepEqual(await read(storage.namespacesOf, where), [namespace.id]);
    assert.equal((await read(storage.someBlobs, { repositoryIds, regionId, limit: 9 })).length, 3);
    assert.equal((await read(storage.someBlobs, { repositoryIds, regionId, limit: 2 })).length, 2);
    const other = { digest: manifest.digest, size: 100 };
    const behind = { repositoryId: second.id, after: '', limit: 9 };
    assert.deepEqual(await read(storage.manifestsBehind, behind), [other]);
    assert.deepEqual(await read(storage.someManifests, { repositoryIds, limit: 9 }), [other, other]);
  });

  test('a count of storage is replaced, removed, and goes with its account', async () => {
    const { account, where } = await place();
    const row = { account_id: where.accountId, region_id: where.regionId, bytes: 2 ** 45, counted_at: AT };
    await write(storage.putStorageCount, { ...row, bytes: 1 });
    await write(storage.putStorageCount, row);
    assert.deepEqual(await read(storage.findStorageCount, where), row);
    await write(storage.deleteStorageCount, where);
    assert.equal(await read(storage.findStorageCount, where), undefined);
    await write(storage.putStorageCount, row);
    await write(accounts.deleteAccount, account.id);
    assert.equal(await read(storage.findStorageCount, where), undefined);
  });

  test('traffic adds up month by month', async () => {
    const { account, region, where } = await place();
    const row = { account_id: account.id, region_id: region.id, month: '2026-11', bytes: 2 ** 40 };
    for (const month of ['2026-11', '2026-11', '2026-12']) await write(quotas.addTraffic, { ...row, month });
    assert.equal(await read(quotas.trafficOf, where, '2026-11'), 2 ** 41);
    assert.equal(await read(quotas.trafficOf, where, '2026-12'), 2 ** 40);
    assert.equal(await read(quotas.trafficOf, where, '2027-01'), 0);
  });

  test('a refusal is found by each of its requests, and forgotten by age with them', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const refusal = (at: number) => ({
      id: randomUUID(),
      account_id: account.id,
      principal_kind: 'user' as const,
      principal_id: 'IBMid-1',
      action: 'container-registry.image.pull',
      resource: '{}',
      exists_here: 1,
      because: 'no policy',
      at,
      times: 2,
    });
    const [old, young] = [refusal(AT - 2), refusal(AT)];
    const another = randomUUID();
    await write(refusals.insertRefusal, old, [old.id, another]);
    await write(refusals.insertRefusal, young, [young.id]);
    for (const id of [old.id, another]) assert.deepEqual(await read(refusals.findRefusal, id), old);
    assert.ok((await write(refusals.deleteRefusalsBefore, AT - 1, 10)) >= 1);
    for (const id of [old.id, another]) assert.equal(await read(refusals.findRefusal, id), undefined);
    assert.deepEqual(await read(refusals.findRefusal, young.id), young);
  });
};
