import type { Clock } from '../../clock.ts';
import type { Database, Db } from '../../database/database.ts';
import { randomText } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import { findAccount } from '../accounts/rows.ts';
import { type ApiKey, apiKeyOfRow } from '../api-keys/api-key.ts';
import { apiKeysAfter, apiKeysOfIdentity } from '../api-keys/rows.ts';
import { setApiKeyState } from '../api-keys/writes.ts';
import type { MasterKey } from '../master-key.ts';
import { registryTokenOfRow } from '../registry-tokens/registry-token.ts';
import { registryTokensAfter } from '../registry-tokens/rows.ts';
import { allSigningKeys } from '../signing-keys/rows.ts';
import { makeSigningKey, PURPOSES } from '../signing-keys/signing-key.ts';
import { rotateSigningKey } from '../signing-keys/writes.ts';

export { endTokensOfBefore } from './writes.ts';

type Restored = Pick<Database, 'db' | 'write'>;

const PAGE = 200;

/** A lasting credential that works after a restore. */
export interface LivingCredential {
  readonly kind: 'api-key' | 'registry-token';
  readonly id: string;
  readonly accountId: string;
  /** Whose it is; undefined: the account's. */
  readonly iamId: string | undefined;
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | undefined;
}

/** Every API key and registry token that is neither disabled nor over. One page in memory at a time. */
export async function* livingCredentials(db: Db, now: number): AsyncGenerator<LivingCredential> {
  for await (const key of apiKeys(db)) {
    if (!isAlive(key, now)) continue;
    const { id, accountId, iamId, name, createdAt, lastAuthnAt: lastUsedAt } = key;
    yield { kind: 'api-key', id, accountId, iamId, name, createdAt, lastUsedAt };
  }
  for await (const row of pages((after) => registryTokensAfter(db, after, PAGE))) {
    const { id, accountId, description: name, createdAt, lastUsedAt, expiresAt } = registryTokenOfRow(row);
    if (expiresAt !== undefined && expiresAt <= now) continue;
    yield { kind: 'registry-token', id, accountId, iamId: undefined, name, createdAt, lastUsedAt };
  }
}

/**
 * Disables users' own keys, for one of them may have been deleted after the backup. An account's owner keeps the key that
 * signed in last, which can enable the others. Answers how many it disabled.
 */
export const disableUserKeys = async (restored: Restored, clock: Clock, actor: Actor): Promise<number> => {
  let count = 0;
  const spared = new Map<string, string | undefined>();
  for await (const key of apiKeys(restored.db)) {
    const now = clock.now();
    if (key.identityKind !== 'user' || !isAlive(key, now)) continue;
    if (!spared.has(key.accountId))
      spared.set(key.accountId, await keyToSpare(restored.db, key.accountId, now));
    if (spared.get(key.accountId) === key.id) continue;
    await restored.write(setApiKeyState, {
      id: key.id,
      state: { disabled: 1 },
      at: now,
      seed: randomText(9),
      actor,
    });
    count++;
  }
  return count;
};

const keyToSpare = async (db: Db, accountId: string, now: number): Promise<string | undefined> => {
  const account = await findAccount(db, accountId);
  if (!account) return undefined;
  const keys = (await apiKeysOfIdentity(db, accountId, account.owner_iam_id))
    .map(apiKeyOfRow)
    .filter((key) => isAlive(key, now));
  // of keys that were never seen, the oldest is the one that people most likely have
  keys.sort(
    (one, other) => (other.lastAuthnAt ?? 0) - (one.lastAuthnAt ?? 0) || one.createdAt - other.createdAt,
  );
  return keys[0]?.id;
};

/** Makes a signing key for each purpose that has none in force: what the journal retired may have been the last one. */
export const renewSigningKeys = async (
  restored: Restored,
  masterKey: MasterKey,
  clock: Clock,
  actor: Actor,
): Promise<void> => {
  const inForce = (await allSigningKeys(restored.db)).filter((key) => key.retired_at === null);
  for (const purpose of PURPOSES)
    if (!inForce.some((key) => key.purpose === purpose))
      await restored.write(rotateSigningKey, {
        row: await makeSigningKey(purpose, masterKey, clock.now()),
        actor,
      });
};

const isAlive = ({ disabled, expiresAt }: ApiKey, now: number): boolean =>
  !disabled && (expiresAt === undefined || expiresAt > now);

async function* apiKeys(db: Db): AsyncGenerator<ApiKey> {
  for await (const row of pages((after) => apiKeysAfter(db, after, PAGE))) yield apiKeyOfRow(row);
}

async function* pages<Row extends { id: string }>(
  read: (after: string) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  for (let after = ''; ; ) {
    const page = await read(after);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
