import { type Changes, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { RegistryTokenRow } from '../../database/schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { LIMITS } from '../limits.ts';
import { type AuthOptionsChange, authOptionsOf } from './auth-options.ts';
import * as tokens from './rows.ts';

export const createRegistryToken = defineWrite(
  'identity.registry-token.create',
  async (tx: Tx, { row, actor }: { row: RegistryTokenRow; actor: Actor }): Promise<void> => {
    const options = await tokens.findAuthOptions(tx.db, row.account_id, row.region_id);
    if (options && options.registry_tokens !== 'enabled') throw new RegistryError('TOKENS_DISCONTINUED');
    const { registryTokensPerAccount: most } = LIMITS;
    if ((await tokens.countRegistryTokens(tx.db, row.account_id, most)) >= most)
      throw new RegistryError('LIMIT_REACHED', {
        message: `an account has at most ${most} registry tokens in all regions; remove some (tidegate cr token-rm), or create tokens that expire`,
      });
    await tokens.insertRegistryToken(tx, row);
    const changed = {
      readonly: { to: row.readonly === 1 },
      namespace: { to: row.namespace_id },
      expires_at: { to: row.expires_at },
    };
    await auditToken(tx, 'create', row, row.created_at, actor, changed);
  },
);

/** Changes nothing: it records that the value was read. */
export const readRegistryToken = defineWrite(
  'identity.registry-token.get',
  async (
    tx: Tx,
    { accountId, id, at, actor }: { accountId: string; id: string; at: number; actor: Actor },
  ): Promise<void> => auditToken(tx, 'get', { account_id: accountId, id }, at, actor),
);

/** Removes some tokens of one account, a hundred at the most; answers how many of them were there. */
export const removeRegistryTokens = defineWrite(
  'identity.registry-token.delete',
  async (
    tx: Tx,
    { ids, at, actor }: { ids: readonly string[]; at: number; actor: Actor },
  ): Promise<number> => {
    let removed = 0;
    for (const id of ids) {
      const row = await tokens.findRegistryToken(tx.db, id);
      if (!row) continue;
      await tokens.deleteRegistryToken(tx, id);
      await auditToken(tx, 'delete', row, at, actor);
      removed++;
    }
    return removed;
  },
);

/** Removes the rows of tokens that have expired, which nothing accepts any more. */
export const removeExpiredTokens = defineWrite(
  'identity.registry-token.expire',
  async (tx: Tx, { ids }: { ids: readonly string[] }): Promise<void> => {
    for (const id of ids) await tokens.deleteRegistryToken(tx, id);
  },
);

export const setAuthOptions = defineWrite(
  'identity.auth-options.set',
  async (
    tx: Tx,
    input: { accountId: string; regionId: string; change: AuthOptionsChange; at: number; actor: Actor },
  ): Promise<void> => {
    const { accountId, regionId, change, at, actor } = input;
    const before = authOptionsOf(await tokens.findAuthOptions(tx.db, accountId, regionId));
    const after = { ...before, ...change };
    await tokens.putAuthOptions(tx, {
      account_id: accountId,
      region_id: regionId,
      registry_tokens: after.registryTokens,
      private_only: Number(after.privateOnly),
    });
    await recordEvent(tx, actor, {
      accountId,
      at,
      action: 'container-registry.auth.set',
      target: accountId,
      targetType: 'account',
      ...(change.registryTokens === undefined ? {} : { reason: `registry_tokens=${change.registryTokens}` }),
      changed: {
        registry_tokens: { from: before.registryTokens, to: after.registryTokens },
        private_only: { from: before.privateOnly, to: after.privateOnly },
      },
    });
  },
);

const auditToken = (
  tx: Tx,
  verb: 'create' | 'get' | 'delete',
  row: Pick<RegistryTokenRow, 'account_id' | 'id'> & { readonly description?: string },
  at: number,
  actor: Actor,
  changed?: Changes,
): Promise<void> =>
  recordEvent(tx, actor, {
    accountId: row.account_id,
    at,
    action: `container-registry.registrytoken.${verb}`,
    target: row.id,
    targetName: row.description || undefined,
    changed,
  });
