import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as accounts from '../../src/metadata/accounts.ts';
import * as passwords from '../../src/metadata/passwords.ts';
import * as profiles from '../../src/metadata/profiles.ts';
import * as serviceIds from '../../src/metadata/service-ids.ts';
import { passwordRow, profileRow, profileTrustRow, serviceIdRow } from './iam-rows.ts';
import type { QueryTester } from './metadata-queries.ts';
import { accountRow, userRow } from './metadata-rows.ts';

/** Service IDs, trusted profiles, passwords. */
export const iamQueries = ({ read, write }: QueryTester): void => {
  test('a service ID is found by its id', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const row = serviceIdRow(account.id);
    await write(serviceIds.insertServiceId, row);
    assert.deepEqual(await read(serviceIds.findServiceId, row.id), row);
    assert.equal(await read(serviceIds.findServiceId, 'ServiceId-none'), undefined);
  });

  test('a trusted profile, and whom it trusts, are found by their ids', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const profile = profileRow(account.id);
    const trust = profileTrustRow(profile.id);
    await write(profiles.insertProfile, profile);
    await write(profiles.insertProfileTrust, trust);
    assert.deepEqual(await read(profiles.findProfile, profile.id), profile);
    assert.deepEqual(await read(profiles.findProfileTrust, trust.id), trust);
    assert.equal(await read(profiles.findProfileTrust, 'none'), undefined);
  });

  test('a password is found by the id it had when it was set', async () => {
    const user = userRow();
    await write(accounts.insertUser, user);
    const row = passwordRow(user);
    await write(passwords.insertPassword, row);
    assert.deepEqual(await read(passwords.findPasswordById, row.id), row);
    assert.equal(await read(passwords.findPasswordById, 'earlier'), undefined);
  });
};
