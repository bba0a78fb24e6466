import { type AuditEvent, recordEvent } from '../../audit/events/tx.ts';
import { ANY, defineWrite, type Tx } from '../../database/database.ts';
import type { CollectionRunRow } from '../../database/schema.ts';
import type { Actor } from '../../principal.ts';
import {
  findUnnamedBytes,
  forgetUnnamedBytes,
  namedBytes,
  namedStagings,
  putUnnamedBytes,
} from '../../registry/tx.ts';
import { changeJobLease, findJobLease, putJobLease, releaseJobLeases } from '../leases/rows.ts';
import {
  deleteCollectionRunsBefore,
  endCollectionRuns,
  insertCollectionRun,
  updateCollectionRun,
} from '../runs/rows.ts';
import { deleteBlobNaming } from '../scrub/rows.ts';
import { deleteUnlinkedBlobs, deleteUnreferencedLinks, type LinkKey, type RemovedBlob } from './rows.ts';

/**
 * Takes a job: true for exactly one of those who race. Refused while another holds it, and before it is due unless
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
    await putJobLease(tx.db, { name, holder, held_until: until, due_at: known?.due_at ?? now });
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
    changeJobLease(tx.db, name, holder, { held_until: until }),
);

/** For a database that no other process can have open. */
export const releaseAllLeases = defineWrite(
  'lifecycle.lease.release-all',
  async (tx: Tx, _input: undefined): Promise<void> => releaseJobLeases(tx.db),
);

/** Lets the job go. `dueAt`: when it is to run again; undefined: as soon as anybody likes. */
export const releaseLease = defineWrite(
  'lifecycle.lease.release',
  async (tx: Tx, { name, holder, dueAt }: LeaseClaim & { dueAt: number | undefined }): Promise<void> => {
    await changeJobLease(tx.db, name, holder, {
      held_until: 0,
      ...(dueAt === undefined ? {} : { due_at: dueAt }),
    });
  },
);

/** Takes out links that no manifest refers to and nobody has wanted since `cutoff`; answers how many. */
export const removeLinks = defineWrite(
  'lifecycle.links.remove',
  async (tx: Tx, { links, cutoff }: { links: readonly LinkKey[]; cutoff: number }): Promise<number> => {
    let count = 0;
    for (const [repositoryId, digests] of byRepository(links)) {
      const removed = await deleteUnreferencedLinks(tx.db, { repositoryId, digests, cutoff });
      for (const digest of removed) tx.changed('repository-blob', `${repositoryId}/${digest}`);
      count += removed.length;
    }
    return count;
  },
);

const byRepository = (links: readonly LinkKey[]): Map<string, string[]> => {
  const groups = new Map<string, string[]>();
  for (const { repository_id, digest } of links)
    groups.set(repository_id, [...(groups.get(repository_id) ?? []), digest]);
  return groups;
};

/**
 * Takes out blobs that no repository links and nobody has wanted since `cutoff`; answers them, for their bytes to
 * follow. Whoever pushes the digest meanwhile comes before (then its link keeps the row) or after (then the bytes he
 * brings become the blob): both write the row, so there is no third order.
 */
export const removeBlobs = defineWrite(
  'lifecycle.blobs.remove',
  async (
    tx: Tx,
    input: { regionId: string; digests: readonly string[]; cutoff: number },
  ): Promise<RemovedBlob[]> => {
    const removed = await deleteUnlinkedBlobs(tx.db, input);
    for (const { digest } of removed) tx.changed('blob', `${input.regionId}/${digest}`);
    return removed;
  },
);

export interface Sighting {
  /** A storage name, or a staging id. */
  readonly name: string;
  /** Bytes staged; 0 for a storage name. An upload that grows is at work. */
  readonly progress: number;
}

/**
 * Writes down bytes that were found without a name, and answers those that had none before `cutoff` either: they are
 * condemned, from now on no row may name them (registry.blob.finish), so that they can be removed at leisure.
 */
export const noteUnnamed = defineWrite(
  'lifecycle.unnamed.note',
  async (
    tx: Tx,
    {
      what,
      seen,
      at,
      cutoff,
    }: { what: 'sealed' | 'staged'; seen: readonly Sighting[]; at: number; cutoff: number },
  ): Promise<string[]> => {
    const names = seen.map(({ name }) => name);
    const named = await (what === 'sealed' ? namedBytes : namedStagings)(tx.db, names);
    const known = new Map((await findUnnamedBytes(tx.db, names)).map((row) => [row.name, row]));
    const condemned: string[] = [];
    for (const { name, progress } of seen) {
      if (named.has(name)) continue;
      const row = known.get(name);
      if (row?.verdict === 'quarantined') continue;
      const isStill = row?.progress === progress;
      const isOver = row?.verdict === 'condemned' || (isStill && row.first_seen_at <= cutoff);
      if (isOver) condemned.push(name);
      await putUnnamedBytes(tx, {
        name,
        progress,
        verdict: isOver ? 'condemned' : null,
        first_seen_at: isStill ? row.first_seen_at : at,
        last_seen_at: at,
      });
    }
    return condemned;
  },
);

export const forgetUnnamed = defineWrite(
  'lifecycle.unnamed.forget',
  async (tx: Tx, input: { before: number; condemnedBefore: number; limit: number }): Promise<number> =>
    forgetUnnamedBytes(tx, input),
);

/** A run begins; those of long ago are forgotten. */
export const beginRun = defineWrite(
  'lifecycle.run.begin',
  async (
    tx: Tx,
    {
      row,
      forgetBefore,
      event,
    }: {
      row: CollectionRunRow;
      forgetBefore: number;
      event: (AuditEvent & { actor: Actor }) | undefined;
    },
  ): Promise<void> => {
    await deleteCollectionRunsBefore(tx.db, forgetBefore);
    await endCollectionRuns(tx.db, forgetBefore, 'its server ended');
    await insertCollectionRun(tx.db, row);
    if (event) await recordEvent(tx, event.actor, event);
  },
);

export const updateRun = defineWrite(
  'lifecycle.run.update',
  async (
    tx: Tx,
    { id, change }: { id: string; change: Partial<Omit<CollectionRunRow, 'id'>> },
  ): Promise<void> => updateCollectionRun(tx.db, id, change),
);

/**
 * Takes a damaged blob's row out, so that the digest is unknown and whoever pushes it again brings new bytes. Links and
 * manifests stay. What is left of the old bytes is quarantined: no sweep removes it. False when the row names other
 * bytes by now.
 */
export const quarantineBlob = defineWrite(
  'lifecycle.blob.quarantine',
  async (
    tx: Tx,
    { blob, left, actor, event }: { blob: DamagedBlob; left: boolean; actor: Actor; event: AuditEvent },
  ): Promise<boolean> => {
    if (!(await deleteBlobNaming(tx.db, blob))) return false;
    const times = { first_seen_at: event.at, last_seen_at: event.at };
    if (left) {
      const row = { name: blob.storageKey, progress: 0, verdict: 'quarantined' as const, ...times };
      await putUnnamedBytes(tx, row);
    }
    // whoever has the row in memory must forget it, in every repository
    tx.changed('blob', `${blob.regionId}/${blob.digest}`);
    tx.changed('repository-blob', ANY);
    await recordEvent(tx, actor, event);
    return true;
  },
);

export interface DamagedBlob {
  readonly regionId: string;
  readonly digest: string;
  readonly storageKey: string;
}
