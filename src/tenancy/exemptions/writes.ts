import { recordEvent } from '../../audit/events/tx.ts';
import type { ExemptionRow } from '../../database/account-options-schema.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import type { QuotaPlace } from '../quotas/writes.ts';
import * as rows from './rows.ts';
import { printScope } from './scope.ts';

/** As many as one list can show at once. */
const EXEMPTIONS_PER_ACCOUNT = 5000;

/** Adds an exemption, unless the account has it already. */
export const addExemption = defineWrite(
  'tenancy.exemption.add',
  async (tx: Tx, { row, actor }: { row: ExemptionRow; actor: Actor }): Promise<void> => {
    const place = { accountId: row.account_id, regionId: row.region_id };
    if (await rows.findExemption(tx.db, place, row)) return;
    if (await rows.hasExemptions(tx.db, place, EXEMPTIONS_PER_ACCOUNT))
      throw new RegistryError('LIMIT_REACHED', {
        message: `an account has at most ${EXEMPTIONS_PER_ACCOUNT} exemptions in a region; remove one first`,
      });
    await rows.insertExemption(tx, row);
    await recordEvent(tx, actor, eventOf('create', place, row, row.created_at));
  },
);

/** False when the account has no such exemption. */
export const removeExemption = defineWrite(
  'tenancy.exemption.remove',
  async (
    tx: Tx,
    input: { place: QuotaPlace; key: rows.ExemptionKey; at: number; actor: Actor },
  ): Promise<boolean> => {
    const { place, key, at, actor } = input;
    if (!(await rows.findExemption(tx.db, place, key))) return false;
    await rows.deleteExemption(tx, place, key);
    await recordEvent(tx, actor, eventOf('delete', place, key, at));
    return true;
  },
);

/** Removes the first `limit` exemptions of an account in a region; answers how many it removed. */
export const removeSomeExemptions = defineWrite(
  'tenancy.exemption.remove-some',
  async (tx: Tx, input: { place: QuotaPlace; limit: number; at: number; actor: Actor }): Promise<number> => {
    const { place, limit, at, actor } = input;
    const some = await rows.listExemptions(tx.db, { place, limit });
    if (some.length === 0) return 0;
    for (const row of some) await rows.deleteExemption(tx, place, row);
    await recordEvent(tx, actor, {
      accountId: place.accountId,
      at,
      action: 'container-registry.exemption.delete',
      target: place.accountId,
      targetType: 'account',
      reason: 'all exemptions of the account in the region were removed',
      times: some.length,
    });
    return some.length;
  },
);

const eventOf = (
  verb: 'create' | 'delete',
  { accountId }: QuotaPlace,
  key: rows.ExemptionKey,
  at: number,
) => ({
  accountId,
  at,
  action: `container-registry.exemption.${verb}`,
  target: printScope(key),
  targetType: 'exemption',
  targetName: `${key.issue_type} ${key.issue_id}`,
});
