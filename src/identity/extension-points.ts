import { ExtensionPoint } from '../database/database.ts';
import type { Actor } from '../principal.ts';

/** An identity goes from an account: what it was granted there goes with it. */
export const onIdentityRemoved = new ExtensionPoint<{ readonly accountId: string; readonly iamId: string }>();

/** A policy in an invitation, as the room above reads it. Its subject stands for each of those who are invited. */
export interface GivenPolicy {
  readonly version: 'v1' | 'v2';
  readonly subject: string;
  /** JSON. */
  readonly document: string;
  readonly fingerprint: string;
}

/** People are invited to an account, to be in these access groups and to have these policies from the start. */
export const onInvited = new ExtensionPoint<{
  readonly accountId: string;
  /** The ids of the invitations, until they are accepted. */
  readonly iamIds: readonly string[];
  readonly groups: readonly string[];
  readonly policies: readonly GivenPolicy[];
  readonly at: number;
  readonly by: string;
  readonly actor: Actor;
  /** Makes ids and entity tags. */
  readonly seed: string;
}>();

/** An invitation was accepted by an identity that exists: what was granted to the invitation is that identity's. */
export const onInvitationAccepted = new ExtensionPoint<{
  readonly accountId: string;
  /** The id of the invitation. */
  readonly from: string;
  /** The iam_id of who accepted. */
  readonly to: string;
  readonly at: number;
  /** Makes the next entity tags. */
  readonly seed: string;
}>();

/** An account is to be removed: a step refuses that where something of the account must not go. */
export const onAccountDeletionAsked = new ExtensionPoint<{ readonly accountId: string }>();

/** A piece of the removal of an account. */
export interface AccountPiece {
  readonly accountId: string;
  readonly at: number;
  readonly actor: Actor;
  /** Rows that the piece may still delete: a step takes off what it deleted. `waits`: another job has to clear first. */
  readonly budget: { rows: number; waits: boolean };
}

/** An account is being removed, a piece at a time: a step deletes what its room keeps of it, within the piece's budget. */
export const onAccountCleared = new ExtensionPoint<AccountPiece>();
