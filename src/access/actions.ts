/**
 * The closed list of actions and who may do them (facts section 4, IBM's names). An action that is not in this table
 * does not exist, and is denied.
 */
export type Role = 'Reader' | 'Writer' | 'Manager' | 'Administrator';

interface ActionRow {
  /** The roles that contain it. */
  readonly roles: readonly Role[];
  /**
   * What a policy must cover: a namespace (or less), or the whole account, so that a policy narrowed to a namespace
   * never grants it.
   */
  readonly on: 'namespace' | 'account';
  /** An identity may do it to itself without any policy. */
  readonly self?: true;
}

export const ACTIONS = {
  'container-registry.image.pull': { roles: ['Reader', 'Writer', 'Manager'], on: 'namespace' },
  'container-registry.image.push': { roles: ['Writer', 'Manager'], on: 'namespace' },
  'container-registry.image.list': { roles: ['Reader', 'Manager'], on: 'namespace' },
  'container-registry.image.inspect': { roles: ['Reader', 'Manager'], on: 'namespace' },
  'container-registry.image.delete': { roles: ['Writer', 'Manager'], on: 'namespace' },
  'container-registry.namespace.list': { roles: ['Reader', 'Manager'], on: 'namespace' },
  'container-registry.namespace.create': { roles: ['Manager'], on: 'account' },
  'container-registry.namespace.delete': { roles: ['Manager'], on: 'account' },
  'container-registry.auth.get': { roles: ['Manager', 'Administrator'], on: 'account' },
  'container-registry.auth.set': { roles: ['Manager'], on: 'account' },
  'container-registry.registrytoken.create': { roles: ['Administrator'], on: 'account' },
  'container-registry.registrytoken.delete': { roles: ['Administrator'], on: 'account' },
  'container-registry.registrytoken.get': { roles: ['Administrator'], on: 'account' },
  'container-registry.registrytoken.list': { roles: ['Administrator'], on: 'account' },
  'tidegate.account.create': { roles: ['Administrator'], on: 'account' },
  'iam-identity.apikey.create': { roles: [], on: 'account', self: true },
  'iam-identity.apikey.list': { roles: ['Administrator'], on: 'account', self: true },
  'iam-identity.apikey.get': { roles: ['Administrator'], on: 'account', self: true },
  'iam-identity.apikey.delete': { roles: ['Administrator'], on: 'account', self: true },
} as const satisfies Record<string, ActionRow>;

export type Action = keyof typeof ACTIONS;

/** The row of an action, or undefined for a text that is none. */
export const rowOfAction = (action: Action): ActionRow | undefined =>
  Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;

/** The service an action belongs to: what stands before its first dot. */
export const serviceOf = (action: Action): string => action.slice(0, action.indexOf('.'));

/** The actions a role contains. */
export const actionsOf = (role: Role): ReadonlySet<Action> =>
  new Set((Object.keys(ACTIONS) as Action[]).filter((action) => rowOfAction(action)?.roles.includes(role)));

/** What an action is asked on. Attributes IBM's policies can name; absent means "not about one". */
export interface Resource {
  readonly accountId: string;
  readonly region?: string;
  readonly regionId?: string;
  readonly namespace?: string;
  readonly namespaceId?: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly resourceGroupId?: string;
  /** For IAM actions: whose key or session it is. */
  readonly owner?: string;
}
