import { type AuditEvent, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import type { BackupRun } from './backup-run.ts';
import { changeBackupRun, deleteBackupRunsBefore, endBackupRuns, insertBackupRun } from './rows.ts';

/** Begins a run, and forgets those that began before `forgetBefore`. */
export const beginBackupRun = defineWrite(
  'backup.run.begin',
  async (
    tx: Tx,
    {
      run,
      offline,
      forgetBefore,
      actor,
      event,
    }: { run: BackupRun; offline: boolean; forgetBefore: number; actor: Actor; event: AuditEvent },
  ): Promise<void> => {
    await deleteBackupRunsBefore(tx, forgetBefore);
    await endBackupRuns(tx, 'its server ended');
    await insertBackupRun(tx, {
      id: run.id,
      started_at: run.startedAt,
      started_by: run.startedBy,
      finished_at: null,
      target: run.target,
      offline: offline ? 1 : 0,
      outcome: run.outcome,
      reason: null,
      snapshot: null,
      blobs: run.blobs,
      bytes: run.bytes,
      copied_blobs: run.copied.blobs,
      copied_bytes: run.copied.bytes,
      damaged: run.damaged,
    });
    await recordEvent(tx, actor, event);
  },
);

/** How far a run is, and at its end how it ended. */
export interface RunChange {
  readonly id: string;
  readonly copied: BackupRun['copied'];
  readonly end?: Pick<BackupRun, 'outcome' | 'reason' | 'snapshot' | 'blobs' | 'bytes' | 'damaged'> & {
    readonly finishedAt: number;
  };
}

export const updateBackupRun = defineWrite(
  'backup.run.update',
  async (tx: Tx, { id, copied, end }: RunChange): Promise<void> =>
    changeBackupRun(tx, id, {
      copied_blobs: copied.blobs,
      copied_bytes: copied.bytes,
      ...(end && {
        outcome: end.outcome,
        reason: end.reason ?? null,
        snapshot: end.snapshot ?? null,
        blobs: end.blobs,
        bytes: end.bytes,
        damaged: end.damaged,
        finished_at: end.finishedAt,
      }),
    }),
);

/** For what is done to backups beside making one. */
export const noteBackupEvent = defineWrite(
  'backup.event',
  async (tx: Tx, { actor, event }: { actor: Actor; event: AuditEvent }): Promise<void> =>
    recordEvent(tx, actor, event),
);
