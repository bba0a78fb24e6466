import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as policies from '../../src/access/policies/rows.ts';
import type { Db } from '../../src/database/database.ts';
import type { WarningRow } from '../../src/database/warning-schema.ts';
import * as apiKeys from '../../src/identity/api-keys/rows.ts';
import * as codes from '../../src/identity/one-time-codes/rows.ts';
import * as tokens from '../../src/identity/registry-tokens/rows.ts';
import * as retention from '../../src/lifecycle/retention/rows.ts';
import * as quotas from '../../src/tenancy/quotas/rows.ts';
import * as warnings from '../../src/warnings/found/rows.ts';
import {
  AT,
  keyRow,
  newNamespace,
  registryTokenRow,
  signingKeyRow,
  unique,
  userRow,
} from './database-rows.ts';
import { insert } from './database-writes.ts';
import { policyRow } from './iam-rows.ts';
import type { QueryTester } from './queries.ts';

/** Later than what other tests make. */
const FAR = AT + 10_000_000_000;

const warningRow = (target: string, more: Partial<WarningRow> = {}): WarningRow => ({
  kind: 'api-key-ends',
  target,
  account_id: null,
  name: 'ci',
  level: 30,
  at: AT,
  says: 'it ends',
  mend: 'tidegate',
  source: '',
  since: AT,
  seen_at: AT,
  ...more,
});

/** What needs attention: how it is found, and how it is kept. */
export const warningQueries = ({ read, write, current }: QueryTester): void => {
  test('what ends is found in the order in which it ends, a page at a time', async () => {
    const { account, region } = await newNamespace(current());
    const key = signingKeyRow('registry-token');
    const user = userRow();
    const ends = [FAR + 1, FAR + 1, FAR + 2];
    const code = (at: number) => ({
      id: unique('Code'),
      code_hash: unique('hash'),
      purpose: 'invitation' as const,
      account_id: account.id,
      iam_id: user.iam_id,
      chain: '[]',
      created_at: AT,
      created_by: 'IBMid-1',
      expires_at: at,
    });
    await current().write(insert, {
      users: [user],
      signing_keys: [key],
      api_keys: ends.map((at) => keyRow(account.id, { expires_at: at })),
      registry_tokens: ends.map((at) => registryTokenRow(account, region, key, { expires_at: at })),
      one_time_codes: ends.map(code),
    });
    type Ask = Parameters<typeof codes.invitationsEnding>[1];
    type Query = (db: Db, ask: Ask) => Promise<{ id: string; expires_at: number | null }[]>;
    const queries: readonly Query[] = [
      apiKeys.apiKeysEnding,
      tokens.registryTokensEnding,
      codes.invitationsEnding,
    ];
    for (const query of queries) {
      const ask = { after: { at: FAR, id: '' }, until: FAR + 2, limit: 2 };
      const first = await read(query, ask);
      assert.deepEqual(
        first.map(({ expires_at }) => expires_at),
        [FAR + 1, FAR + 1],
      );
      const last = first.at(-1);
      const rest = await read(query, { ...ask, after: { at: last?.expires_at ?? 0, id: last?.id ?? '' } });
      assert.deepEqual(
        rest.map(({ expires_at }) => expires_at),
        [FAR + 2],
      );
      assert.deepEqual(await read(query, { ...ask, until: FAR }), []);
    }
    assert.equal((await read(apiKeys.apiKeysAfter, '', 1)).length, 1);
    assert.equal((await read(tokens.registryTokensAfter, '', 1)).length, 1);
  });

  test('policies, quotas and failed runs are walked through a page at a time', async () => {
    const { account, region, namespace } = await newNamespace(current());
    await current().write(insert, {
      policies: [policyRow(account.id)],
      quotas: [
        { account_id: account.id, region_id: region.id, storage_limit: 1, traffic_limit: null, plan: null },
      ],
      retention_runs: [
        {
          id: unique('run'),
          namespace_id: namespace.id,
          document: '{}',
          cause: 'daily',
          requested_at: FAR,
          requested_by: 'system:x',
          started_at: FAR,
          finished_at: FAR,
          outcome: 'failed',
          reason: 'r',
          looked: 0,
          deleted: 0,
          changed: 0,
          failed: 0,
          reasons: '{}',
          failures: '[]',
        },
      ],
    });
    assert.equal((await read(policies.policiesAfter, '', 1)).length, 1);
    const place = { accountId: account.id, regionId: '' };
    assert.equal((await read(quotas.quotasAfter, place, 1))[0]?.region_id, region.id);
    const [run] = await read(retention.failedRunsAfter, { at: FAR, id: '' }, 1);
    assert.deepEqual([run?.account_id, run?.namespace], [account.id, namespace.name]);
    assert.deepEqual(await read(retention.failedRunsAfter, { at: FAR, id: run?.id ?? '' }, 1), []);
  });

  test('a warning is known by kind and target, listed by account, and forgotten when it is not seen again', async () => {
    const account = unique('account');
    const [one, other] = [unique('a'), unique('b')];
    await write(warnings.putWarnings, [
      warningRow(one, { account_id: account }),
      warningRow(other, { account_id: account, source: 'host' }),
    ]);
    await write(warnings.putWarnings, [warningRow(one, { account_id: account, level: 7, seen_at: AT + 5 })]);
    const known = await read(warnings.knownWarnings, 'api-key-ends', [one, 'none']);
    assert.deepEqual(known, [{ target: one, level: 7, since: AT }]);
    const ask = { accountId: account, after: { kind: '', target: '' }, limit: 1 };
    assert.equal((await read(warnings.listWarnings, ask))[0]?.target, one);
    const after = { kind: 'api-key-ends', target: one };
    assert.equal((await read(warnings.listWarnings, { ...ask, after }))[0]?.target, other);
    assert.ok((await read(warnings.listWarnings, { ...ask, accountId: undefined, limit: 9 })).length >= 2);
    const unseen = { source: '', kind: 'api-key-ends' as const, before: AT + 5, limit: 9 };
    assert.equal(await write(warnings.deleteUnseenWarnings, unseen), 0);
    assert.equal(await write(warnings.deleteUnseenWarnings, { ...unseen, before: AT + 6 }), 1);
    await write(warnings.deleteSilentWarnings, AT + 1);
    assert.deepEqual(await read(warnings.listWarnings, { ...ask, limit: 9 }), []);
    await write(warnings.putWarnings, [warningRow(one, { account_id: account })]);
    assert.equal(await write(warnings.deleteWarningsOfAccount, account, 9), 1);
  });

  test('the last look is kept', async () => {
    await write(warnings.putLastLook, '{"at":1}');
    await write(warnings.putLastLook, '{"at":2}');
    assert.equal(await read(warnings.lastLook), '{"at":2}');
  });
};
