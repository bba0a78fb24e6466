import type { Database } from '../../database/database.ts';
import { argumentOf, type Warning, type WarningSource } from '../../warning.ts';
import { hooksAfter } from '../hooks/rows.ts';
import { SAYS } from '../hooks/writes.ts';

const PAGE = 200;
const HOUR = 3_600_000;

type Row = Awaited<ReturnType<typeof hooksAfter>>[number];

/** Hooks that were switched off by the server itself, or to which nothing arrives, or for which events were not kept. */
export const webhookWarnings = ({ database }: { database: Database }): readonly WarningSource[] => [
  {
    kind: 'webhook-fails',
    of: 'installation',
    find: async (now, after = '') => {
      const rows = await hooksAfter(database.db, after, PAGE);
      return {
        warnings: rows.flatMap((row) => warningOf(row, now) ?? []),
        next: rows.length === PAGE ? rows.at(-1)?.id : undefined,
      };
    },
  },
];

const warningOf = (row: Row, now: number): Warning | undefined => {
  const { id, account_id, name } = row;
  const found = row.removed_at === null ? foundOf(row, now) : undefined;
  return (
    found && {
      kind: 'webhook-fails',
      accountId: account_id,
      target: id,
      name,
      mend: `tidegate cr webhook-deliveries ${argumentOf(name)}`,
      ...found,
    }
  );
};

const foundOf = (row: Row, now: number): Pick<Warning, 'level' | 'at' | 'says'> | undefined => {
  const { disabled_reason: reason, failing_since: since, dropped } = row;
  if (reason !== null && reason !== 'asked')
    return {
      level: 1,
      at: row.disabled_at ?? now,
      says: `the webhook ${row.name} was switched off: ${SAYS[reason]}`,
    };
  if (reason !== null) return undefined;
  if (dropped > 0)
    return {
      level: 2,
      at: since ?? now,
      says: `the webhook ${row.name} lost ${dropped} events, as 10,000 waited for its receiver already`,
    };
  if (since === null || now - since < HOUR) return undefined;
  return { level: 3, at: since, says: `nothing has arrived at the receiver of the webhook ${row.name}` };
};
