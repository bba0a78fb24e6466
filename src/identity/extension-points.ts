import { ExtensionPoint } from '../database/database.ts';

/** An identity goes from an account: what it was granted there goes with it. */
export const onIdentityRemoved = new ExtensionPoint<{ readonly accountId: string; readonly iamId: string }>();

/** A person is invited to an account, to be in these access groups from the start. */
export const onInvited = new ExtensionPoint<{
  readonly accountId: string;
  readonly iamId: string;
  readonly groups: readonly string[];
  readonly at: number;
  readonly by: string;
}>();
