import type { ImageHoldRow } from '../../database/protection-schema.ts';

/** An image that stays until the hold is taken off: it cannot be deleted, nor its namespace. */
export interface Hold {
  readonly digest: string;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly createdBy: string;
}

export const holdOf = (row: Omit<ImageHoldRow, 'repository_id' | 'namespace_id'>): Hold => ({
  digest: row.digest,
  reason: row.reason,
  createdAt: row.created_at,
  createdBy: row.created_by,
});
