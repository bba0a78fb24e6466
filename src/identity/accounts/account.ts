import type { AccountRow } from '../../database/schema.ts';

/** A tenant of the registry. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly ownerIamId: string;
  readonly state: 'ACTIVE' | 'SUSPENDED';
  readonly createdAt: number;
}

export const accountOfRow = (row: AccountRow): Account => ({
  id: row.id,
  name: row.name,
  ownerIamId: row.owner_iam_id,
  state: row.state,
  createdAt: row.created_at,
});
