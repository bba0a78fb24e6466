/** The face of access: what identities may do, and everything that says so. */
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Job } from '../job.ts';
import type { Log } from '../observe/log.ts';
import type { WarningSource } from '../warning.ts';
import { AccessGroups } from './access-groups/access-groups.ts';
import { CustomRoles } from './custom-roles/custom-roles.ts';
import { Access } from './decision/access.ts';
import { Explainer } from './decision/explain.ts';
import type { People } from './decision/people.ts';
import { RuledGroups } from './decision/ruled-groups.ts';
import { Policies } from './policies/policies.ts';
import { AccessSettings } from './settings/access-settings.ts';
import { accessWarnings } from './warnings/warnings.ts';

export {
  type AccessGroup,
  type GroupMember,
  type GroupRule,
  PUBLIC_ACCESS,
  RULES_PER_GROUP,
} from './access-groups/access-group.ts';
export type { AccessGroups, RuledMember } from './access-groups/access-groups.ts';
export type { MemberOutcome } from './access-groups/writes.ts';
export {
  type Action,
  actionsOf,
  type EntityType,
  isAction,
  type Resource,
  serviceOf,
} from './actions/actions.ts';
export type { Author } from './author.ts';
export type { CustomRole } from './custom-roles/custom-role.ts';
export type { CustomRoles } from './custom-roles/custom-roles.ts';
export type { Access, Governing } from './decision/access.ts';
export type { Attribute } from './decision/attributes.ts';
export { type Decision, describe } from './decision/decide.ts';
export type { Explainer, Explanation } from './decision/explain.ts';
export type { NamePart } from './decision/grants.ts';
export type { RuledMembership } from './decision/ruled-groups.ts';
export type { Steps } from './decision/steps.ts';
export { type Policies, type PolicyOutcome, termsOf, textOf } from './policies/policies.ts';
export type { Policy, SentPolicy } from './policies/policy.ts';
export { faultOfScope } from './policies/policy-check.ts';
export type { PolicyVersion } from './policies/policy-terms.ts';
export {
  crnOfCustomRole,
  crnOfRole,
  describeRole,
  displayNameOf,
  IDENTITY_ROLES,
  PLATFORM_ROLES,
  type Role,
  roleOfCrn,
  SERVICE_ROLES,
} from './roles/roles.ts';
export { rolesOfService, SERVICE_NAMES, servicesOfGroup } from './roles/services.ts';
export type { AccessSettings } from './settings/access-settings.ts';
export type { StoredSettings } from './settings/stored-settings.ts';

export interface AccessParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  readonly people: People;
}

export interface AccessRoom extends AsyncDisposable {
  /** Decides. */
  readonly access: Access;
  /** Tells why. */
  readonly explainer: Explainer;
  readonly policies: Policies;
  readonly customRoles: CustomRoles;
  readonly accessGroups: AccessGroups;
  readonly settings: AccessSettings;
  readonly jobs: readonly Job[];
  readonly warnings: readonly WarningSource[];
}

export const openAccess = ({ database, clock, log, people }: AccessParts): AccessRoom => {
  const ruled = new RuledGroups(database, clock, people);
  const access = new Access(database, clock, log, ruled);
  return {
    access,
    explainer: new Explainer(database, access, clock, ruled),
    policies: new Policies(database, clock),
    customRoles: new CustomRoles(database, clock),
    accessGroups: new AccessGroups(database, clock, ruled),
    settings: new AccessSettings(database, clock),
    jobs: [],
    warnings: accessWarnings({ database }),
    [Symbol.asyncDispose]: async () => {},
  };
};
