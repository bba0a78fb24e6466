import { type AuditEvent, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import { putUnnamedBytes } from '../../registry/tx.ts';
import { deleteBlobNaming } from './rows.ts';

/**
 * Takes a damaged blob's row out, so that the digest is unknown and the next push of it brings new bytes. Links and
 * manifests stay. What is left of the old bytes is quarantined: no sweep removes it. False when the row names other
 * bytes by now.
 */
export const quarantineBlob = defineWrite(
  'lifecycle.blob.quarantine',
  async (
    tx: Tx,
    { blob, left, actor, event }: { blob: DamagedBlob; left: boolean; actor: Actor; event: AuditEvent },
  ): Promise<boolean> => {
    if (!(await deleteBlobNaming(tx, blob))) return false;
    const times = { first_seen_at: event.at, last_seen_at: event.at };
    if (left) {
      const row = { name: blob.storageKey, progress: 0, verdict: 'quarantined' as const, ...times };
      await putUnnamedBytes(tx, row);
    }
    await recordEvent(tx, actor, event);
    return true;
  },
);

export interface DamagedBlob {
  readonly regionId: string;
  readonly digest: string;
  readonly storageKey: string;
}
