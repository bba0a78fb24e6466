import { recordEvent, recordEvents } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { onAccountCleared } from '../../identity/tx.ts';
import { type Actor, systemActor } from '../../principal.ts';
import type { Warning, WarningKind } from '../../warning.ts';
import * as rows from './rows.ts';

export const FINDING = 'find-warnings';

export interface Found {
  readonly kind: WarningKind;
  readonly warnings: readonly Warning[];
  /** Empty: one replica finds it for all. */
  readonly source: string;
  readonly at: number;
}

/**
 * Keeps a page of what was found. A warning that is new, or more urgent than it was, is an event; so each is told once
 * for each level, whatever is restarted meanwhile and however many replicas there are.
 */
export const keepFound = defineWrite(
  'warnings.keep',
  async (tx: Tx, { kind, warnings, source, at }: Found): Promise<void> => {
    const targets = warnings.map(({ target }) => target);
    const known = new Map((await rows.knownWarnings(tx.db, kind, targets)).map((row) => [row.target, row]));
    await rows.putWarnings(
      tx,
      warnings.map(({ accountId, target, ...warning }) => ({
        ...warning,
        kind,
        target,
        account_id: accountId ?? null,
        source,
        since: known.get(target)?.since ?? at,
        seen_at: at,
      })),
    );
    const told = warnings.filter(({ target, level }) => level < (known.get(target)?.level ?? Infinity));
    await recordEvents(
      tx,
      told.map((warning) => ({ actor: systemActor(FINDING), event: eventOf(warning, at) })),
    );
  },
  { bulk: true },
);

const eventOf = ({ kind, accountId, target, name, says }: Warning, at: number) => ({
  accountId: accountId ?? null,
  at,
  action: 'tidegate.warning.raise',
  target,
  targetType: kind,
  targetName: name,
  reason: says,
});

/** Records that an operator asked for a look. */
export const askLook = defineWrite(
  'warnings.ask',
  async (tx: Tx, { at, actor }: { at: number; actor: Actor }): Promise<void> =>
    recordEvent(tx, actor, {
      accountId: null,
      at,
      action: 'tidegate.warning.find',
      target: 'installation',
      targetType: 'warnings',
    }),
);

/** Forgets what was not found any more, at most `limit`; answers how many. */
export const forgetUnseen = defineWrite(
  'warnings.forget',
  async (tx: Tx, input: Parameters<typeof rows.deleteUnseenWarnings>[1]): Promise<number> =>
    rows.deleteUnseenWarnings(tx, input),
  { bulk: true },
);

/** Notes that a look is complete, and forgets what was said of machines that are silent. */
export const endLook = defineWrite(
  'warnings.end-look',
  async (tx: Tx, { look, silentBefore }: { look: string; silentBefore: number }): Promise<void> => {
    await rows.putLastLook(tx, look);
    await rows.deleteSilentWarnings(tx, silentBefore);
  },
);

onAccountCleared.add(async (tx, { accountId, budget }) => {
  if (budget.rows > 0) budget.rows -= await rows.deleteWarningsOfAccount(tx, accountId, budget.rows);
});
