import type { Role } from '../roles/roles.ts';

/** One action: which roles contain it, and how far a policy that grants it may be narrowed. */
export interface ActionRow {
  /** The roles that contain it. */
  readonly roles: readonly Role[];
  /**
   * `namespace` and `entity`: a policy narrowed to a namespace (or less), or to one IAM entity, grants it there.
   * `account`: only a policy on the whole account (or its part in one region) grants it.
   */
  readonly on: 'namespace' | 'entity' | 'account';
  /** A user may do it to what is their own without any policy; `every-identity`: service IDs and profiles may too. */
  readonly self?: true | 'every-identity';
  /** Policies grant it on service IDs and other entities, never on users: a secret of a user is made by that user only. */
  readonly notOnUsers?: true;
}
