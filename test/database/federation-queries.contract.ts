import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FederatedSessionRow, IssuerRow } from '../../src/database/federation-schema.ts';
import * as sessions from '../../src/identity/federated-sessions/rows.ts';
import * as issuers from '../../src/identity/issuers/rows.ts';
import { AT, unique } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

const issuerRow = (): IssuerRow => ({
  name: unique('issuer'),
  issuer: 'https://ci.example.com',
  generation: 'g',
  created_at: AT,
  disabled_at: null,
  disabled_by: null,
  removed_at: null,
});

const sessionRow = (fields: Partial<FederatedSessionRow> = {}): FederatedSessionRow => ({
  id: unique('F'),
  token_hash: unique('token'),
  text_hash: 't',
  account_id: 'a',
  profile_id: 'p',
  issuer: 'github',
  chain: '[]',
  claims: '{}',
  created_at: AT,
  expires_at: AT + 10,
  kept_until: AT + 20,
  ended_at: null,
  ...fields,
});

/** Issuers, and sessions of workloads. */
export const federationQueries = ({ read, write }: QueryTester): void => {
  test('an issuer is found by its name, and changed', async () => {
    const row = issuerRow();
    await write(issuers.insertIssuer, row);
    assert.deepEqual(await read(issuers.findIssuer, row.name), row);
    await write(issuers.updateIssuer, row.name, { disabled_at: AT, disabled_by: 'b', generation: 'h' });
    const disabled = { ...row, disabled_at: AT, disabled_by: 'b', generation: 'h' };
    assert.deepEqual(await read(issuers.findIssuer, row.name), disabled);
    assert.equal(await read(issuers.hasIssuers), true);
    await write(issuers.markIssuersBeside, [row.name], '~');
    assert.equal((await read(issuers.findIssuer, row.name))?.generation, 'h');
    for (const names of [['other'], []]) await write(issuers.markIssuersBeside, names, '~');
    assert.equal((await read(issuers.findIssuer, row.name))?.generation, 'h~', 'once');
  });

  test('the keys of an issuer are replaced by those that were read later, and forgotten', async () => {
    const row = { name: unique('issuer'), issuer: 'i', discovery: 'd', keys: '{"keys":[]}', read_at: AT };
    await write(issuers.replaceIssuerKeys, row);
    const later = { ...row, keys: '{"keys":[1]}', read_at: AT + 2 };
    await write(issuers.replaceIssuerKeys, later);
    await write(issuers.replaceIssuerKeys, { ...row, read_at: AT + 1 });
    assert.deepEqual(await read(issuers.findIssuerKeys, row.name), later);
    await write(issuers.deleteIssuerKeys, row.name);
    assert.equal(await read(issuers.findIssuerKeys, row.name), undefined);
  });

  test('a session of a workload is found by its token and profile, listed, and ended', async () => {
    const profile = unique('profile');
    const [early, late, over] = [
      sessionRow({ profile_id: profile }),
      sessionRow({ profile_id: profile, created_at: AT + 1 }),
      sessionRow({ profile_id: profile, expires_at: AT }),
    ];
    for (const row of [late, early, over]) await write(sessions.insertFederatedSession, row);
    assert.deepEqual(await read(sessions.findFederatedSession, early.id), early);
    assert.deepEqual(await read(sessions.findSessionOfToken, late.token_hash, profile), late);
    assert.equal(await read(sessions.findSessionOfToken, late.token_hash, 'other'), undefined);
    const asked = { profileId: profile, limit: 10 };
    const listed = await read(sessions.sessionsOfProfile, { ...asked, after: undefined });
    assert.deepEqual(new Set(listed), new Set([early, late, over]));
    assert.deepEqual(listed[0], late);
    assert.equal((await read(sessions.sessionsOfProfile, { ...asked, after: late })).length, 2);
    const other = { tokenHash: late.token_hash, profileId: 'other', accountId: 'a' };
    assert.deepEqual(await read(sessions.earlierSessions, other), []);
    assert.deepEqual(await read(sessions.earlierSessions, { ...other, profileId: profile }), [late]);
    const same = sessionRow({ token_hash: late.token_hash, profile_id: unique('profile') });
    const abroad = { ...same, id: unique('F'), profile_id: unique('profile'), account_id: 'b' };
    for (const row of [same, abroad]) await write(sessions.insertFederatedSession, row);
    const token = { tokenHash: late.token_hash, accountId: 'a', at: AT + 5 };
    const ids = await write(sessions.endSessionsOfToken, token);
    assert.deepEqual(ids.toSorted(), [late.id, same.id].toSorted());
    assert.deepEqual(await write(sessions.endSessionsOfToken, token), []);
    assert.deepEqual(await read(sessions.findFederatedSession, abroad.id), abroad);
    const ended = await read(sessions.earlierSessions, other);
    assert.deepEqual(ended.map(({ id }) => id).toSorted(), [late.id, same.id].toSorted());
    assert.deepEqual(await read(sessions.earlierSessions, { ...other, accountId: 'b' }), []);
    await assert.rejects(write(sessions.insertFederatedSession, { ...early, id: unique('F') }));
  });

  test('the rows of tokens that nothing accepts any more are found, the oldest first, and removed', async () => {
    const [first, second] = [sessionRow({ kept_until: 1 }), sessionRow({ kept_until: 2 })];
    for (const row of [second, first]) await write(sessions.insertFederatedSession, row);
    assert.deepEqual(await read(sessions.overdueFederatedSessions, 2, 10), [first.id, second.id]);
    for (const { id } of [first, second]) await write(sessions.deleteFederatedSession, id);
    assert.equal(await read(sessions.findFederatedSession, first.id), undefined);
  });
};
