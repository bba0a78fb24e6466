import type { Actor } from '../principal.ts';

/** Who writes: the actor for the audit, and the iam_id that the entity names as its author. */
export interface Author {
  readonly actor: Actor;
  readonly iamId: string;
}
