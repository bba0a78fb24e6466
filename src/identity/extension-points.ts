import { ExtensionPoint } from '../database/database.ts';

/** An identity goes from an account: what it was granted there goes with it. */
export const onIdentityRemoved = new ExtensionPoint<{ readonly accountId: string; readonly iamId: string }>();

/** A person is invited to an account, to be in these access groups from the start. */
export const onInvited = new ExtensionPoint<{
  readonly accountId: string;
  /** The id of the invitation, until it is accepted. */
  readonly iamId: string;
  readonly groups: readonly string[];
  readonly at: number;
  readonly by: string;
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
