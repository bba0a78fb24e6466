import type { Role } from '../roles/roles.ts';
import { MANAGEMENT_ACTIONS } from './management-actions.ts';
import { REGISTRY_ACTIONS } from './registry-actions.ts';

/** One action: which roles contain it, and how far a policy that grants it may be narrowed. */
export interface ActionRow {
  /** The roles that contain it. */
  readonly roles: readonly Role[];
  /**
   * `namespace` and `entity`: a policy narrowed to a namespace (or less), or to one IAM entity, grants it there.
   * `account`: only a policy on the whole account (or its part in one region) grants it.
   */
  readonly on: 'namespace' | 'entity' | 'account';
  /** A user may do it to what is their own without any policy. */
  readonly self?: true;
  /** Policies grant it on entities other than users only: nobody makes a secret for another user. */
  readonly notOnUsers?: true;
}

/**
 * The closed list of actions and who may do them (facts section 4, IBM's names). An action that is not in this table
 * does not exist, and is denied.
 */
export const ACTIONS = { ...REGISTRY_ACTIONS, ...MANAGEMENT_ACTIONS } as const;

export type Action = keyof typeof ACTIONS;

/** The row of an action, or undefined for a text that is none. */
export const rowOfAction = (action: Action): ActionRow | undefined =>
  Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;

export const isAction = (text: string): text is Action => Object.hasOwn(ACTIONS, text);

/** The service an action belongs to: what stands before its first dot. */
export const serviceOf = (action: Action): string => action.slice(0, action.indexOf('.'));

/** The actions a role contains. */
export const actionsOf = (role: Role): ReadonlySet<Action> =>
  new Set((Object.keys(ACTIONS) as Action[]).filter((action) => rowOfAction(action)?.roles.includes(role)));

/**
 * Whether an account's own role may contain it. What only an Administrator may do hands rights on, or makes secrets that
 * ignore policies: in a role of its own it would let somebody climb who is no Administrator.
 */
export const mayBeInCustomRole = (action: Action): boolean =>
  rowOfAction(action)?.roles.some((role) => role !== 'Administrator') ?? false;

/** What an action is asked on. Attributes IBM's policies can name; absent means "not about one". */
export interface Resource {
  readonly accountId: string;
  /** The region's names, old and new ones: a policy may state any of them. */
  readonly region?: readonly string[];
  readonly regionId?: string;
  readonly namespace?: string;
  readonly namespaceId?: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly resourceGroupId?: string;
  /** An IAM entity: IBM's `resourceType` and `resource` of it. */
  readonly entity?: { readonly type: EntityType; readonly id: string };
  /** For IAM actions: the iam_id whose key or session it is. */
  readonly owner?: string;
}

/** What IAM entities are called as `resourceType` in a policy. */
export type EntityType = 'user' | 'serviceid' | 'profile' | 'access-group' | 'resource-group';
