import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as accounts from '../../src/identity/accounts/rows.ts';
import * as exemptions from '../../src/tenancy/exemptions/rows.ts';
import * as regions from '../../src/tenancy/regions/rows.ts';
import * as settings from '../../src/tenancy/settings/rows.ts';
import { AT, accountRow, regionRow } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

export const accountOptionsQueries = ({ read, write }: QueryTester): void => {
  const place = async () => {
    const [account, region] = [accountRow(), regionRow()];
    await write(accounts.insertAccount, account);
    await write(regions.insertRegion, region);
    const where = { accountId: account.id, regionId: region.id };
    return { where, own: { account_id: account.id, region_id: region.id } };
  };

  test('settings are replaced, region by region', async () => {
    const { where, own } = await place();
    assert.equal(await read(settings.findSettings, where), undefined);
    await write(settings.putSettings, { ...own, platform_metrics: 0 });
    await write(settings.putSettings, { ...own, platform_metrics: 1 });
    assert.deepEqual(await read(settings.findSettings, where), { ...own, platform_metrics: 1 });
  });

  test('exemptions come by their scopes and issues, the widest scope first, and go one by one', async () => {
    const { where, own } = await place();
    const other = await place();
    const rowOf = (namespace: string, repository: string, reference: string, issue_id: string) => ({
      ...own,
      namespace,
      repository,
      reference,
      issue_type: 'cve',
      issue_id,
      created_at: AT,
      created_by: 'IBMid-1',
    });
    const rows = [
      rowOf('', '', '', 'CVE-1'),
      rowOf('', '', '', 'CVE-2'),
      rowOf('birds', '', '', 'CVE-1'),
      rowOf('birds', 'a', '', 'CVE-1'),
      rowOf('birds', 'a', '1', 'CVE-1'),
      rowOf('birds', 'a-b', '', 'CVE-1'),
    ];
    for (const row of rows.toReversed()) await write(exemptions.insertExemption, row);
    assert.deepEqual(await read(exemptions.listExemptions, { place: where, limit: 10 }), rows);
    assert.deepEqual(
      await read(exemptions.listExemptions, { place: where, after: rows[1], limit: 2 }),
      rows.slice(2, 4),
    );
    const scope = { namespace: 'birds', repository: 'a', reference: '' };
    assert.deepEqual(await read(exemptions.listExemptions, { place: where, scope, limit: 10 }), [rows[3]]);
    assert.deepEqual(await read(exemptions.listExemptions, { place: other.where, limit: 10 }), []);
    const third = rows[2] ?? assert.fail();
    assert.deepEqual(await read(exemptions.findExemption, where, third), third);
    assert.equal(await read(exemptions.findExemption, where, { ...third, issue_id: 'CVE-3' }), undefined);
    assert.equal(await read(exemptions.hasExemptions, where, 6), true);
    assert.equal(await read(exemptions.hasExemptions, where, 7), false);
    await write(exemptions.deleteExemption, where, third);
    const rest = rows.filter((row) => row !== third);
    assert.deepEqual(await read(exemptions.listExemptions, { place: where, limit: 10 }), rest);
  });
};
