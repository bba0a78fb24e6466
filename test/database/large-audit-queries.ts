import * as exports from '../../src/audit/export/rows.ts';
import * as holds from '../../src/audit/seals/holds/rows.ts';
import * as blocks from '../../src/audit/seals/rows.ts';
import type { Db } from '../../src/database/database.ts';

/** Of the sealed audit log: the row of each minute is never removed. */
export const AUDIT_QUERIES: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  'the last block of the audit log': (db) => blocks.lastBlock(db),
  'a block of the audit log': (db) => blocks.findBlock(db, 5),
  'a page of blocks in their order': (db) => blocks.blocksAfter(db, 50_000, 10),
  'a page of checkpoints': (db) => blocks.newestBlocks(db, 50_000, 10),
  'blocks whose time is over': (db) => blocks.blocksLookedAtBefore(db, blocks.WHOLE, 50_000, 10),
  'blocks that were held': (db) => blocks.blocksLookedAtBefore(db, blocks.HELD, 50_000, 10),
  'the hold of an account': (db) => holds.findHold(db, 'a5'),
  'held accounts among some': (db) => holds.heldAmong(db, ['a5', 'a6'], 1),
  'when a hold last ceased to count': (db) => holds.lastReleased(db, holds.AFTER_LIFTING + 50_000),
  'how far an export is': (db) => exports.findExport(db, 't'),
};
