import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as installation from '../../src/database/installation.ts';
import type { ApiKeyRow } from '../../src/database/schema.ts';
import * as accounts from '../../src/identity/accounts/rows.ts';
import * as apiKeys from '../../src/identity/api-keys/rows.ts';
import * as tokens from '../../src/identity/registry-tokens/rows.ts';
import * as sessions from '../../src/identity/sessions/rows.ts';
import * as signingKeys from '../../src/identity/signing-keys/rows.ts';
import * as users from '../../src/identity/users/rows.ts';
import {
  AT,
  accountRow,
  keyRow,
  membershipRow,
  newNamespace,
  refreshTokenRow,
  registryTokenRow,
  sessionRow,
  signingKeyRow,
  unique,
  userRow,
} from './database-rows.ts';
import { insert } from './database-writes.ts';
import { type QueryTester, shuffled } from './queries.ts';

const FIRST_PAGE = { sort: undefined, descending: false, after: undefined, filters: [], limit: 10 };

/** Accounts, users, keys, sessions, tokens. */
export const identityQueries = ({ read, write, current }: QueryTester): void => {
  test('accounts, users and memberships', async () => {
    const [account, user] = [accountRow(), userRow()];
    assert.equal(await read(accounts.findAccount, account.id), undefined);
    await write(accounts.insertAccount, account);
    await write(users.insertUser, user);
    await write(users.insertMembership, membershipRow(account, user));
    assert.deepEqual(await read(accounts.findAccount, account.id), account);
    assert.deepEqual(await read(users.findUser, user.iam_id), user);
    assert.deepEqual(await read(users.findMembership, account.id, user.iam_id), membershipRow(account, user));
    assert.equal(await read(accounts.firstAccount), undefined);
    await write(accounts.markFirstAccount, account.id);
    assert.deepEqual(await read(accounts.firstAccount), account);
  });

  test('a fact about the installation keeps the first value it is given', async () => {
    const name = unique('fact');
    assert.equal(await read(installation.findInstallation, name), undefined);
    const remember = (value: string) => current().write(installation.rememberInstallation, { name, value });
    const [first = '', ...others] = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(remember));
    assert.deepEqual(others, Array(4).fill(first));
    assert.equal(await read(installation.findInstallation, name), first);
  });

  test('API keys: found, counted, listed by id from a place on, without those that expired', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const ids = ['A', 'B', 'C', 'D', 'E'].map((letter) => unique(letter));
    const keys = ids.map((id, index) =>
      keyRow(account.id, { id, expires_at: [null, AT, AT + 1, null, null][index] ?? null }),
    );
    for (const key of shuffled(keys)) await write(apiKeys.insertApiKey, key);
    assert.deepEqual(await read(apiKeys.findApiKey, ids[2] ?? ''), keys[2]);
    assert.deepEqual(await read(apiKeys.findApiKeyByHash, keys[1]?.secret_hash ?? ''), keys[1]);
    assert.equal(await read(apiKeys.countApiKeys, account.id, 'IBMid-1'), 5);
    const of = { accountId: account.id, iamId: 'IBMid-1', kind: undefined };
    const page = { ...FIRST_PAGE, after: { value: ids[0] ?? '', id: ids[0] ?? '' }, limit: 2 };
    assert.deepEqual(await read(apiKeys.listApiKeys, { of, now: AT, page }), [keys[2], keys[3]]);
    assert.deepEqual(await read(apiKeys.apiKeysOfIdentity, account.id, 'IBMid-1'), keys);
    const rotated = {
      ...(keys[1] as ApiKeyRow),
      secret_number: 2,
      previous_hash: 'before',
      previous_until: AT,
    };
    await write(apiKeys.updateApiKey, rotated);
    assert.deepEqual(await read(apiKeys.findApiKeyByPreviousHash, 'before'), rotated);
    const use = { id: rotated.id, from: '10.0.0.1', with: 'docker' };
    for (const [number, at] of [
      [1, 5],
      [1, 3],
      [2, 9],
      [3, 11],
    ] as const)
      await write(apiKeys.noteSecretUse, { ...use, number, at });
    assert.deepEqual(await read(apiKeys.findApiKey, rotated.id), {
      ...rotated,
      secret_used_at: 9,
      secret_used_from: '10.0.0.1',
      secret_used_with: 'docker',
      previous_used_at: 5,
      previous_used_from: '10.0.0.1',
      previous_used_with: 'docker',
    });
    await write(apiKeys.noteApiKeyUse, ids[0] ?? '', AT + 5, 3);
    await write(apiKeys.noteApiKeyUse, ids[0] ?? '', AT + 9, 4);
    const used = await read(apiKeys.findApiKey, ids[0] ?? '');
    assert.deepEqual(used, { ...keys[0], last_authn_at: AT + 9, authn_count: 7 });
    await write(apiKeys.deleteApiKey, ids[0] ?? '');
    assert.equal(await read(apiKeys.findApiKey, ids[0] ?? ''), undefined);
  });

  test('sessions and refresh tokens; those of a key end with it', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const key = keyRow(account.id);
    const [session, other] = [sessionRow(account.id, key.id), sessionRow(account.id)];
    const [token, otherToken] = [refreshTokenRow(account.id, key.id), refreshTokenRow(account.id)];
    for (const row of [session, other]) await write(sessions.insertSession, row);
    for (const row of [token, otherToken]) await write(sessions.insertRefreshToken, row);
    assert.deepEqual(await read(sessions.findRefreshToken, token.token_hash), token);
    await write(sessions.noteSessionActivity, session.id, AT + 5);
    await write(sessions.noteSessionActivity, session.id, AT + 2);
    assert.deepEqual(await read(sessions.findSession, session.id), { ...session, last_active_at: AT + 5 });
    await write(sessions.deleteSessionsOfKey, key.id);
    assert.equal(await read(sessions.findSession, session.id), undefined);
    assert.equal(await read(sessions.findRefreshToken, token.token_hash), undefined);
    assert.deepEqual(await read(sessions.findSession, other.id), other);
    assert.deepEqual(await read(sessions.findRefreshToken, otherToken.token_hash), otherToken);
  });

  test('signing keys, oldest first', async () => {
    const [newer, older] = [signingKeyRow('bearer'), signingKeyRow('bearer')];
    await write(signingKeys.insertSigningKey, { ...newer, created_at: AT + 1 });
    await write(signingKeys.insertSigningKey, older);
    assert.equal(await read(signingKeys.hasSigningKey, 'bearer'), true);
    assert.equal(await read(signingKeys.hasSigningKey, 'access-token'), false);
    await write(signingKeys.retireSigningKey, older.id, AT + 2);
    const keys = (await read(signingKeys.allSigningKeys)).filter(({ id }) =>
      [newer.id, older.id].includes(id),
    );
    assert.deepEqual(keys, [
      { ...older, retired_at: AT + 2 },
      { ...newer, created_at: AT + 1 },
    ]);
  });

  test('registry tokens, and what an account allows of them', async () => {
    const { account, region } = await newNamespace(current());
    const key = signingKeyRow('registry-token');
    await write(signingKeys.insertSigningKey, key);
    const rows = [null, -5, -3, AT + 1]
      .map((expires_at) => registryTokenRow(account, region, key, { expires_at }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    for (const row of shuffled(rows)) await write(tokens.insertRegistryToken, row);
    const scope = { accountId: account.id, regionId: region.id };
    const alive = rows.filter(({ expires_at }) => expires_at === null || expires_at > AT);
    const page = { ...scope, now: AT, after: '', limit: 10 };
    assert.deepEqual(await read(tokens.listRegistryTokens, page), alive);
    const later = { ...page, after: alive[0]?.id ?? '' };
    assert.deepEqual(await read(tokens.listRegistryTokens, later), alive.slice(1));
    const expired = await read(tokens.expiredRegistryTokens, -3, 10);
    assert.deepEqual(
      expired.map(({ expires_at }) => expires_at),
      [-5, -3],
    );
    assert.equal(await read(tokens.countRegistryTokens, account.id, 10), 4);
    assert.equal(await read(tokens.countRegistryTokens, account.id, 3), 3);
    const signed = { keyId: key.id, after: rows[0]?.id ?? '', limit: 2 };
    assert.deepEqual(await read(tokens.registryTokensSignedBy, signed), rows.slice(1, 3));
    const use = { id: rows[0]?.id ?? '', at: AT + 3, times: 2, from: '192.0.2.1', with: 'docker/28' };
    await write(tokens.noteRegistryTokenUse, use);
    assert.deepEqual(await read(tokens.findRegistryToken, rows[0]?.id ?? ''), {
      ...rows[0],
      last_used_at: AT + 3,
      use_count: 2,
      last_used_from: '192.0.2.1',
      last_used_with: 'docker/28',
    });
    await write(tokens.deleteRegistryToken, rows[0]?.id ?? '');
    assert.equal(await read(tokens.findRegistryToken, rows[0]?.id ?? ''), undefined);
    const options = { account_id: account.id, region_id: region.id, private_only: null };
    await write(tokens.putAuthOptions, { ...options, registry_tokens: 'no_new' });
    await write(tokens.putAuthOptions, { ...options, registry_tokens: 'disabled', private_only: 1 });
    assert.deepEqual(await read(tokens.findAuthOptions, account.id, region.id), {
      ...options,
      registry_tokens: 'disabled',
      private_only: 1,
    });
  });

  test('many rows go in at once', async () => {
    const account = accountRow();
    await current().write(insert, {
      accounts: [account],
      api_keys: Array.from({ length: 500 }, () => keyRow(account.id)),
    });
    assert.equal(await read(apiKeys.countApiKeys, account.id, 'IBMid-1'), 500);
  });

  test('sessions and refresh tokens that are over are found oldest first, as many as asked for', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const ends = [-3000, -1000, -2000];
    const olds = ends.map((end) => ({ ...sessionRow(account.id), expires_at: end }));
    const tokens = ends.map((end) => ({ ...refreshTokenRow(account.id), expires_at: end }));
    for (const row of olds) await write(sessions.insertSession, row);
    for (const row of tokens) await write(sessions.insertRefreshToken, row);
    assert.deepEqual(await read(sessions.expiredSessions, -1500, 10), [olds[0]?.id, olds[2]?.id]);
    assert.deepEqual(await read(sessions.expiredSessions, -1000, 1), [olds[0]?.id]);
    assert.deepEqual(await read(sessions.expiredRefreshTokens, -1500, 10), [tokens[0]?.id, tokens[2]?.id]);
    await write(sessions.deleteRefreshToken, tokens[0]?.id ?? '');
    assert.deepEqual(await read(sessions.expiredRefreshTokens, -1500, 10), [tokens[2]?.id]);
  });
};
