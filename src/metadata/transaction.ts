import { prefixedId } from '../ids.ts';
import type { Change, Db, Tx } from './database.ts';

/** What a write sees on either engine; what it changed is collected in `changes`. */
export const transaction = (db: Db, changes: Change[]): Tx => ({
  db,
  changed(kind, id) {
    changes.push({ kind, id });
  },
  async audit(event) {
    await db
      .insertInto('audit_events')
      .values({ id: prefixedId('Event'), ...event })
      .execute();
  },
});
