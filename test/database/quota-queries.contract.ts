import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import * as refusals from '../../src/audit/refusals/rows.ts';
import * as accounts from '../../src/identity/accounts/rows.ts';
import * as blobs from '../../src/registry/blobs/rows.ts';
import * as repositories from '../../src/registry/repositories/rows.ts';
import * as namespaces from '../../src/tenancy/namespaces/rows.ts';
import * as quotas from '../../src/tenancy/quotas/rows.ts';
import * as regions from '../../src/tenancy/regions/rows.ts';
import { AT, accountRow, namespaceRow, regionRow, repositoryRow } from './database-rows.ts';
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
    const row = { account_id: account.id, region_id: region.id, storage_limit: 2 ** 40, traffic_limit: null };
    assert.equal(await read(quotas.findQuota, where), undefined);
    await write(quotas.putQuota, row);
    await write(quotas.putQuota, { ...row, traffic_limit: 5 });
    assert.deepEqual(await read(quotas.findQuota, where), { ...row, traffic_limit: 5 });
  });

  test('storage counts each blob of the account in the region once', async () => {
    const { account, region, where } = await place();
    assert.equal(await read(quotas.storageUsed, where), 0);
    const namespace = namespaceRow(account.id, region.id);
    await write(namespaces.insertNamespace, namespace);
    const held = [repositoryRow(namespace), repositoryRow(namespace, 'wren')];
    const stored = (size: number) => ({
      region_id: region.id,
      digest: `sha256:${randomUUID()}`,
      storage_key: randomUUID(),
      size,
      created_at: AT,
      touched_at: AT,
    });
    const [blob, unlinked] = [stored(3_000_000_000), stored(7)];
    for (const each of [blob, unlinked]) await write(blobs.insertBlob, each);
    for (const repository of held) {
      await write(repositories.insertRepository, repository);
      await write(blobs.linkBlob, repository.id, blob.digest, AT);
    }
    assert.equal(await read(quotas.storageUsed, where), 3_000_000_000);
    assert.equal(await read(quotas.storageUsed, { ...where, accountId: accountRow().id }), 0);
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
