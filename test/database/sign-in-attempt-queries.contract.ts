import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignInAttemptRow } from '../../src/database/federation-schema.ts';
import * as attempts from '../../src/identity/sign-in-attempts/rows.ts';
import { unique } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

/** Attempts of people to sign in at their providers. */
export const signInAttemptQueries = ({ read, write }: QueryTester): void => {
  test('attempts are found by their state, counted by network and altogether, listed by their end and deleted', async () => {
    const network = unique('network');
    const row = (end: number): SignInAttemptRow => ({
      state_hash: unique('state'),
      network,
      cookie_hash: 'c',
      sealed: 's',
      expires_at: end,
    });
    const [first, second] = [row(1), row(2)];
    await write(attempts.insertSignInAttempt, first);
    await write(attempts.insertSignInAttempt, second);
    assert.deepEqual(await read(attempts.findSignInAttempt, first.state_hash), first);
    assert.equal(await read(attempts.findSignInAttempt, 'other'), undefined);
    assert.equal(await read(attempts.attemptsOfNetwork, network, 10), 2);
    assert.equal(await read(attempts.attemptsOfNetwork, network, 1), 1);
    assert.equal(await read(attempts.attemptsOfNetwork, 'other', 10), 0);
    assert.equal(await read(attempts.hasMoreAttempts, 1), true);
    assert.equal(await read(attempts.hasMoreAttempts, 2), false);
    assert.deepEqual(await read(attempts.busiestNetwork), { network, attempts: 2 });
    assert.equal(await read(attempts.newestOfNetwork, network), second.state_hash);
    assert.equal(await read(attempts.newestOfNetwork, 'other'), undefined);
    assert.deepEqual(await read(attempts.expiredSignInAttempts, 1, 10), [first.state_hash]);
    assert.deepEqual(await read(attempts.expiredSignInAttempts, 2, 1), [first.state_hash]);
    await write(attempts.deleteSignInAttempt, first.state_hash);
    assert.deepEqual(await read(attempts.expiredSignInAttempts, 2, 10), [second.state_hash]);
    await write(attempts.deleteSignInAttempt, second.state_hash);
  });
};
