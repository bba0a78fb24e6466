import type { AccountRow } from '../../database/schema.ts';

/** A tenant of the registry. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly ownerIamId: string;
  readonly state: 'ACTIVE' | 'SUSPENDED';
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Since when it is in its state; undefined where that never changed. */
  readonly stateSince: number | undefined;
  /** The operator who put it there, as `Actor.principal` has it, and what they said. */
  readonly stateBy: string | undefined;
  readonly stateReason: string | undefined;
  /** When it is removed, unless it is resumed before. */
  readonly deleteAt: number | undefined;
  /** Its removal has begun. */
  readonly isClearing: boolean;
}

export const accountOfRow = (row: AccountRow): Account => ({
  id: row.id,
  name: row.name,
  ownerIamId: row.owner_iam_id,
  state: row.state,
  createdAt: row.created_at,
  stateSince: row.state_since ?? undefined,
  stateBy: row.state_by ?? undefined,
  stateReason: row.state_reason ?? undefined,
  deleteAt: row.delete_at ?? undefined,
  isClearing: row.clearing_since !== null,
});
