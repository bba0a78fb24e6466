import type { Generated } from 'kysely';

/** Row types of the tables of migrations/0073-revocation-journal.ts and 0075-storage-position.ts. */
export interface JournalLineRow {
  name: string;
  line: string | null;
  number: number;
  last_batch: number;
}

export interface JournalNoteRow {
  id: Generated<number>;
  table_name: string;
  row_key: string;
}

export interface JournalBatchRow {
  number: number;
  previous: number;
  size: number;
  noted: string;
}

export interface JournalTargetRow {
  location: string;
  line: string;
  since: number;
  delivered: number;
  begun_at: number;
  complete_until: number;
  failing_since: number | null;
  broken_at: number | null;
  reason: string | null;
}

export interface StoragePositionRow {
  name: string;
  number: number;
  at: number;
}
