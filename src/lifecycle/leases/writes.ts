import { defineWrite, type Tx } from '../../database/database.ts';
import { changeJobLease, findJobLease, putJobLease, releaseJobLeases } from './rows.ts';

/**
 * Takes a job: true for exactly one of the processes that race for it. Refused while another holds it, and before it is due unless
 * `early`. A lease that lapsed (its holder died) is taken over, and the job is due at once.
 */
export const takeLease = defineWrite(
  'lifecycle.lease.take',
  async (
    tx: Tx,
    { name, holder, now, until, early }: LeaseClaim & { now: number; until: number; early: boolean },
  ): Promise<boolean> => {
    const known = await findJobLease(tx.db, name);
    if (known && known.held_until > now) return false;
    if (known && known.due_at > now && !early) return false;
    await putJobLease(tx, { name, holder, held_until: until, due_at: known?.due_at ?? now });
    return true;
  },
);

interface LeaseClaim {
  readonly name: string;
  /** A new one with every taking: two runs of one process are strangers too. */
  readonly holder: string;
}

/** False when another has taken the job over meanwhile. */
export const renewLease = defineWrite(
  'lifecycle.lease.renew',
  async (tx: Tx, { name, holder, until }: LeaseClaim & { until: number }): Promise<boolean> =>
    changeJobLease(tx, name, holder, { held_until: until }),
);

/** For a database that no other process can have open. */
export const releaseAllLeases = defineWrite(
  'lifecycle.lease.release-all',
  async (tx: Tx, _input: undefined): Promise<void> => releaseJobLeases(tx),
);

/** Lets the job go. `dueAt`: when it is to run again; undefined: at once. */
export const releaseLease = defineWrite(
  'lifecycle.lease.release',
  async (tx: Tx, { name, holder, dueAt }: LeaseClaim & { dueAt: number | undefined }): Promise<void> => {
    await changeJobLease(tx, name, holder, {
      held_until: 0,
      ...(dueAt === undefined ? {} : { due_at: dueAt }),
    });
  },
);
