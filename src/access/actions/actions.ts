import type { Role } from '../roles/roles.ts';
import type { ActionRow } from './action-row.ts';
import { MANAGEMENT_ACTIONS } from './management-actions.ts';
import { REGISTRY_ACTIONS } from './registry-actions.ts';

/** The closed list of actions, under IBM's names, and the roles that contain them. Any other action is denied. */
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
 * Whether a custom role may contain it. Actions of Administrators alone hand rights on, or make secrets that ignore
 * policies. In a custom role they would let its holder get more rights than an Administrator gave.
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
