import type { AuditExportRow } from '../../database/audit-schema.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { findExport, putExport } from './rows.ts';

/** Up to which number a target has the events. A process that has lost its lease meanwhile does not take it back. */
export const moveExport = defineWrite(
  'audit.export.move',
  async (tx: Tx, row: AuditExportRow): Promise<void> => {
    const known = await findExport(tx.db, row.target);
    if (!known || known.number < row.number) await putExport(tx, row);
  },
  { relaxed: true },
);
