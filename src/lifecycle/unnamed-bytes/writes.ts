import { defineWrite, type Tx } from '../../database/database.ts';
import {
  findUnnamedBytes,
  forgetUnnamedBytes,
  namedBytes,
  namedStagings,
  putUnnamedBytes,
} from '../../registry/tx.ts';

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
