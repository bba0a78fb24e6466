import type { AuditBlockRow } from '../../database/audit-schema.ts';
import type { Db, Tx } from '../../database/database.ts';

export const lastBlock = (db: Db): Promise<AuditBlockRow | undefined> =>
  db
    .selectFrom('audit_blocks')
    .selectAll()
    .where('position', '>', 0)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();

const WITHOUT_HASHES = [
  'position',
  'history',
  'origin',
  'size',
  'previous',
  'root',
  'first_number',
  'last_number',
  'sealed_at',
  'head',
  'tree',
  'key_id',
  'signature',
  'gone',
  'state',
  'looked_at',
] as const;

/** Blocks before a position, the newest first, without the hashes of their events. */
export const newestBlocks = (
  db: Db,
  before: number,
  limit: number,
): Promise<Omit<AuditBlockRow, 'leaves' | 'frontier'>[]> =>
  db
    .selectFrom('audit_blocks')
    .select(WITHOUT_HASHES)
    .where('position', '<', before)
    .orderBy('position', 'desc')
    .limit(limit)
    .execute();

/** Blocks behind a position in their order. */
export const blocksAfter = (db: Db, after: number, limit: number): Promise<AuditBlockRow[]> =>
  db
    .selectFrom('audit_blocks')
    .selectAll()
    .where('position', '>', after)
    .orderBy('position')
    .limit(limit)
    .execute();

export const findBlock = (db: Db, position: number): Promise<AuditBlockRow | undefined> =>
  db.selectFrom('audit_blocks').selectAll().where('position', '=', position).executeTakeFirst();

export const insertBlock = async (tx: Tx, row: AuditBlockRow): Promise<void> => {
  await tx.uncached.insertInto('audit_blocks').values(row).execute();
  // only the last block grows on
  await tx.uncached
    .updateTable('audit_blocks')
    .set({ frontier: null })
    .where('position', '=', row.position - 1)
    .execute();
};

/** What retention has done with a block. */
export const WHOLE = 0;
export const WITHOUT_PULLS = 1;
/** Its time is over, and something of it stays: events of a held account, or what does not match its hash. */
export const HELD = 2;
export const EMPTY = 3;

/** Blocks of these states that were looked at before a time, the oldest first. */
export const blocksLookedAtBefore = (
  db: Db,
  state: number,
  before: number,
  limit: number,
): Promise<AuditBlockRow[]> =>
  db
    .selectFrom('audit_blocks')
    .selectAll()
    .where('state', '=', state)
    .where('looked_at', '<', before)
    .orderBy('looked_at')
    .orderBy('position')
    .limit(limit)
    .execute();

export const updateBlock = async (
  tx: Tx,
  position: number,
  change: Partial<Pick<AuditBlockRow, 'gone' | 'state' | 'looked_at' | 'leaves'>>,
): Promise<void> => {
  await tx.uncached.updateTable('audit_blocks').set(change).where('position', '=', position).execute();
};
