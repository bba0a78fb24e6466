import type { AuditExportRow } from '../../database/audit-schema.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { putExport } from './rows.ts';

/** Up to which number a target has the events. */
export const moveExport = defineWrite(
  'audit.export.move',
  async (tx: Tx, row: AuditExportRow): Promise<void> => putExport(tx, row),
  { relaxed: true },
);
