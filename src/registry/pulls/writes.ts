import { type AuditEvent, recordEvents } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import { heldManifests } from '../manifests/rows.ts';
import { findRepository } from '../repositories/rows.ts';
import { findTags } from '../tags/rows.ts';
import * as pulls from './rows.ts';

/** The repository that was pulled from: by its name, in the namespace that the door decided on. */
export interface PulledFrom {
  readonly regionId: string;
  readonly namespaceId: string;
  readonly name: string;
}

/** What was pulled of one tag or digest on one day since the last batch. */
export interface NewCount extends Omit<pulls.PullCount, 'repository_id'> {
  readonly from: PulledFrom;
}

export interface NewPulls {
  readonly events: readonly { readonly actor: Actor; readonly event: AuditEvent }[];
  readonly counts: readonly NewCount[];
}

/** Writes what was pulled since the last batch; of a repository that is gone meanwhile only the events. */
export const recordPulls = defineWrite(
  'registry.pulls.record',
  async (tx: Tx, { events, counts }: NewPulls): Promise<void> => {
    await recordEvents(tx, events);
    const ids = new Map<string, string | undefined>();
    for (const { from, ...count } of counts) {
      const key = JSON.stringify(from);
      if (!ids.has(key)) ids.set(key, await repositoryId(tx, from));
      const repository_id = ids.get(key);
      if (repository_id !== undefined) await pulls.addPulls(tx, { ...count, repository_id });
    }
  },
  { relaxed: true, bulk: true },
);

const repositoryId = async (tx: Tx, from: PulledFrom): Promise<string | undefined> => {
  const found = await findRepository(tx.db, from.regionId, from.name);
  return found?.namespaceId === from.namespaceId ? found.id : undefined;
};

type Key = Awaited<ReturnType<typeof pulls.pullsAfter>>[number];

/**
 * Looks at some counts behind `after`: forgets those of tags and manifests that are gone, and days before `day` where a
 * later one tells the last pull. Answers where the next look begins; undefined at the end.
 */
export const forgetPulls = defineWrite(
  'registry.pulls.forget',
  async (
    tx: Tx,
    { after, day, limit }: { after: Key | undefined; day: number; limit: number },
  ): Promise<Key | undefined> => {
    const page = await pulls.pullsAfter(tx.db, after, limit);
    const last = page.at(-1);
    const newest = new Map(page.map((key) => [`${key.repository_id}/${key.kind}/${key.reference}`, key]));
    for (const group of Map.groupBy(newest.values(), (key) => `${key.repository_id}/${key.kind}`).values()) {
      const there = await existing(tx, group);
      for (const key of group) {
        const isThere = there.has(key.reference);
        await pulls.deletePullsBefore(tx, {
          ...key,
          day: isThere ? Math.min(day, key.day) : Number.MAX_SAFE_INTEGER,
        });
      }
    }
    return page.length < limit ? undefined : last;
  },
  { bulk: true },
);

/** Those of one repository's tags or digests that it still has. */
const existing = async ({ db }: Tx, keys: readonly Key[]): Promise<{ has(reference: string): boolean }> => {
  const [first] = keys;
  if (!first) return new Set();
  const references = keys.map(({ reference }) => reference);
  const find = first.kind === 'tag' ? findTags : heldManifests;
  return find(db, first.repository_id, references);
};
