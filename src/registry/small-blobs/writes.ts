import { defineWrite, type Tx } from '../../database/database.ts';
import { deleteSmallBlob, insertSmallBlob, sizeOfSmallBlob } from './rows.ts';

/** For bytes that come from another store under the name they have; those that are there already stay. */
export const adoptSmallBlob = defineWrite(
  'registry.small-blob.adopt',
  async (tx: Tx, { key, content }: { key: string; content: Uint8Array }): Promise<void> => {
    if ((await sizeOfSmallBlob(tx.db, key)) === undefined) await insertSmallBlob(tx, key, content);
  },
);

/** Relaxed: where a power cut brings the bytes back, nothing names them, and they are collected again. */
export const removeSmallBlob = defineWrite(
  'registry.small-blob.remove',
  async (tx: Tx, key: string): Promise<void> => deleteSmallBlob(tx, key),
  { relaxed: true },
);
