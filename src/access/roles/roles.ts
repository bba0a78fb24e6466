/** The roles IBM defines: service roles for what a service holds, platform roles for managing it (facts section 4). */
export const SERVICE_ROLES = ['Reader', 'Writer', 'Manager'] as const;
export const PLATFORM_ROLES = ['Viewer', 'Operator', 'Editor', 'Administrator'] as const;

export type Role = (typeof SERVICE_ROLES)[number] | (typeof PLATFORM_ROLES)[number];

const SERVICE_ROLE = 'crn:v1:bluemix:public:iam::::serviceRole:';
const PLATFORM_ROLE = 'crn:v1:bluemix:public:iam::::role:';

/** The CRN a policy names a built-in role by. */
export const crnOfRole = (role: Role): string =>
  `${(SERVICE_ROLES as readonly string[]).includes(role) ? SERVICE_ROLE : PLATFORM_ROLE}${role}`;

const BY_CRN: ReadonlyMap<string, Role> = new Map(
  [...SERVICE_ROLES, ...PLATFORM_ROLES].map((role) => [crnOfRole(role), role]),
);

export const roleOfCrn = (crn: string): Role | undefined => BY_CRN.get(crn);

/** The CRN of an account's own role; IBM writes `ibmcloud` here, not `bluemix`. */
export const crnOfCustomRole = (accountId: string, name: string): string =>
  `crn:v1:ibmcloud:public:iam-access-management::a/${accountId}::customRole:${name}`;

/** The name in a custom role's CRN if it is of this account; undefined for anything else. */
export const customRoleOfCrn = (accountId: string, crn: string): string | undefined => {
  const prefix = crnOfCustomRole(accountId, '');
  return crn.startsWith(prefix) && crn.length > prefix.length ? crn.slice(prefix.length) : undefined;
};

const DESCRIPTIONS: Readonly<Record<Role, string>> = {
  Reader: 'Pulls, lists and inspects images.',
  Writer: 'Pushes, pulls and deletes images.',
  Manager: 'Does what Readers and Writers do, and configures namespaces and the registry.',
  Viewer: 'Sees what there is and changes nothing.',
  Operator: 'Sees what there is and does what keeps it running.',
  Editor: 'Creates, changes and deletes, but gives nobody access.',
  Administrator: 'Does everything an Editor does, and gives others access.',
};

export const describeRole = (role: Role): string => DESCRIPTIONS[role];
