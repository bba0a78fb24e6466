import type { Kysely } from 'kysely';
import type { Change, Changing, Tx } from './database.ts';
import type { Schema } from './schema.ts';

/** What a write sees on either engine; what it changed is collected in `changes`. */
export const transaction = (db: Kysely<Schema>, changes: Change[]): Tx => {
  // Kysely's own types of these statements are wider, and too deep for the compiler to compare
  const every = db as unknown as Changing<keyof Schema>;
  return {
    db,
    uncached: every,
    noting: every,
    changed(kind, ...ids) {
      for (const id of ids) changes.push({ kind, id });
      return every;
    },
    async changing(kind, change) {
      const { ids, answer } = await change(every);
      for (const id of ids) changes.push({ kind, id });
      return answer;
    },
  };
};
