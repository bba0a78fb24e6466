/** The roles IBM defines: service roles for using what a service holds, platform roles for managing it. */
export const SERVICE_ROLES = ['Reader', 'Writer', 'Manager'] as const;
export const PLATFORM_ROLES = ['Viewer', 'Operator', 'Editor', 'Administrator'] as const;
/** Roles of one service alone: what an account has restricted, they may still make. */
export const IDENTITY_ROLES = ['ServiceIdCreator', 'UserApiKeyCreator'] as const;

export type Role =
  | (typeof SERVICE_ROLES)[number]
  | (typeof PLATFORM_ROLES)[number]
  | (typeof IDENTITY_ROLES)[number];

/** Every role that an account has without making it. */
export const BUILT_IN_ROLES: readonly Role[] = [...SERVICE_ROLES, ...IDENTITY_ROLES, ...PLATFORM_ROLES];

const isOneOf = (roles: readonly Role[], role: Role): boolean => roles.includes(role);

/** The CRN a policy names a built-in role by. */
export const crnOfRole = (role: Role): string => {
  if (isOneOf(PLATFORM_ROLES, role)) return `crn:v1:bluemix:public:iam::::role:${role}`;
  const service = isOneOf(IDENTITY_ROLES, role) ? 'iam-identity' : 'iam';
  return `crn:v1:bluemix:public:${service}::::serviceRole:${role}`;
};

const BY_CRN: ReadonlyMap<string, Role> = new Map(BUILT_IN_ROLES.map((role) => [crnOfRole(role), role]));

export const roleOfCrn = (crn: string): Role | undefined => BY_CRN.get(crn);

/** The CRN of a custom role; IBM writes `ibmcloud` here, not `bluemix`. */
export const crnOfCustomRole = (accountId: string, name: string): string =>
  `crn:v1:ibmcloud:public:iam-access-management::a/${accountId}::customRole:${name}`;

/** The name in a custom role's CRN if it is of this account; undefined for anything else. */
export const customRoleOfCrn = (accountId: string, crn: string): string | undefined => {
  const prefix = crnOfCustomRole(accountId, '');
  return crn.startsWith(prefix) && crn.length > prefix.length ? crn.slice(prefix.length) : undefined;
};

interface Words {
  readonly description: string;
  /** Where it is not the role's name. */
  readonly displayName?: string;
}

const WORDS: Readonly<Record<Role, Words>> = {
  Reader: { description: 'Pulls, lists and inspects images.' },
  Writer: { description: 'Pushes, pulls and deletes images.' },
  Manager: { description: 'Does what Readers and Writers do, and configures namespaces and the registry.' },
  Viewer: { description: 'Sees what there is and changes nothing.' },
  Operator: { description: 'Sees what there is and does what keeps it running.' },
  Editor: { description: 'Creates, changes and deletes, but gives no access.' },
  Administrator: { description: 'Does everything an Editor does, and gives others access.' },
  ServiceIdCreator: {
    displayName: 'Service ID creator',
    description: 'Creates service IDs, also where the account has restricted that.',
  },
  UserApiKeyCreator: {
    displayName: 'User API key creator',
    description: 'Creates API keys of its own where the account has restricted that.',
  },
};

export const describeRole = (role: Role): string => WORDS[role].description;

export const displayNameOf = (role: Role): string => WORDS[role].displayName ?? role;
