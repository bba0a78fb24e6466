import { shellWord } from '../../text/values.ts';

export type Scope = 'everything' | 'management' | 'service' | 'namespace' | 'repository';

/** A policy that is being written. */
export interface Draft {
  /** An iam_id, or the id of an access group. */
  readonly holder: string;
  readonly roles: readonly string[];
  readonly scope: Scope;
  readonly namespace: string;
  /** A name or a pattern, without the namespace. */
  readonly repository: string;
}

const OF_REGISTRY = ['Reader', 'Writer', 'Manager', 'Administrator'] as const;
const OF_MANAGEMENT = ['Viewer', 'Editor', 'Administrator'] as const;

/** The roles that there are at a place: the registry refuses others. */
export const ROLES = {
  service: OF_REGISTRY,
  namespace: OF_REGISTRY,
  repository: OF_REGISTRY,
  management: OF_MANAGEMENT,
  everything: ['Reader', 'Writer', 'Manager', 'Viewer', 'Editor', 'Administrator'],
} as const;

/** The same at another place, with the roles that there are at that one too. */
export const movedTo = (draft: Draft, scope: Scope): Draft => {
  const known: readonly string[] = ROLES[scope];
  const roles = draft.roles.filter((role) => known.includes(role));
  return { ...draft, scope, roles: roles.length > 0 ? roles : known.slice(0, 1) };
};

const PLATFORM = new Set(['Viewer', 'Operator', 'Editor', 'Administrator']);

/** IBM's names of the roles that every account has. */
const roleId = (role: string): string =>
  `crn:v1:bluemix:public:iam::::${PLATFORM.has(role) ? 'role' : 'serviceRole'}:${role}`;

const equals = (key: string, value: string) => ({ key, operator: 'stringEquals', value });

/** The document of IBM's version 2. */
export const documentOf = (
  { holder, roles, scope, namespace, repository }: Draft,
  account: string,
): object => {
  const path = `${namespace.trim()}/${repository.trim()}`;
  const isPattern = /[*?]/.test(repository);
  const places = {
    everything: [equals('serviceType', 'service')],
    management: [equals('serviceType', 'platform_service')],
    service: [equals('serviceName', 'container-registry')],
    namespace: [
      equals('serviceName', 'container-registry'),
      equals('resourceType', 'namespace'),
      equals('resource', namespace.trim()),
    ],
    repository: [
      equals('serviceName', 'container-registry'),
      equals('resourceType', 'namespace'),
      equals('resource', namespace.trim()),
      { key: 'repository', operator: isPattern ? 'stringMatch' : 'stringEquals', value: path },
    ],
  };
  const subject = holder.startsWith('AccessGroupId-') ? 'access_group_id' : 'iam_id';
  return {
    type: 'access',
    subject: { attributes: [equals(subject, holder.trim())] },
    control: { grant: { roles: roles.map((role) => ({ role_id: roleId(role) })) } },
    resource: { attributes: [equals('accountId', account), ...places[scope]] },
  };
};

const kindOf = (holder: string): string => {
  if (holder.startsWith('AccessGroupId-')) return 'access-group';
  if (holder.includes('ServiceId-')) return 'service';
  return holder.includes('Profile-') ? 'trusted-profile' : 'user';
};

/** The same as a command. */
export const commandOf = ({ holder, roles, scope, namespace, repository }: Draft): string =>
  [
    `tidegate iam ${kindOf(holder)}-policy-create ${shellWord(holder.trim() || 'WHO')}`,
    `--roles ${shellWord(roles.join(',') || (ROLES[scope][0] ?? ''))}`,
    ...(scope === 'everything' ? ['--all-services'] : []),
    ...(scope === 'management' ? ['--account-management'] : []),
    ...(scope === 'service' ? ['--service-name container-registry'] : []),
    ...(scope === 'namespace' ? [`--namespace ${shellWord(namespace.trim() || 'NAMESPACE')}`] : []),
    ...(scope === 'repository'
      ? [`--repository ${shellWord(`${namespace.trim() || 'NAMESPACE'}/${repository.trim() || '*'}`)}`]
      : []),
  ].join(' ');
