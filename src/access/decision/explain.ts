import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { isIdentity, type Principal } from '../../principal.ts';
import { PUBLIC_ACCESS } from '../access-groups/access-group.ts';
import { groupsOfIdentity } from '../access-groups/rows.ts';
import type { Action, Resource } from '../actions/actions.ts';
import { customRoleOf } from '../custom-roles/custom-role.ts';
import { listCustomRoles } from '../custom-roles/rows.ts';
import { grantOf, rolesOfAccount } from '../policies/policy-grants.ts';
import { policiesOfSubjects } from '../policies/rows.ts';
import type { Access } from './access.ts';
import { DECISION_STEPS, type Decision } from './decide.ts';
import { type Grant, indexGrants } from './grants.ts';
import type { Standing } from './people.ts';
import type { RuledGroups, RuledMembership } from './ruled-groups.ts';
import { Steps } from './steps.ts';

/** What one policy answers to a question. */
export interface Considered {
  readonly policyId: string;
  /** The identity itself, or the group it holds the policy through. */
  readonly subject: string;
  readonly verdict:
    | 'allows'
    | 'not this action'
    | 'not this resource'
    | 'not at this time'
    | 'not understood'
    | 'too large';
}

export interface Explanation extends Decision {
  readonly groups: readonly string[];
  /** By which rules it is in some of them, and until when. */
  readonly memberships: readonly RuledMembership[];
  /** What providers say of it that does not count, or lacks groups: why. */
  readonly standings: readonly Standing[];
  readonly considered: readonly Considered[];
}

/** At most so many policies are told; all of them are decided on. */
const MOST_TOLD = 200;

/** Tells why a principal may do something or may not: the decision, and the policies it looked at. */
export class Explainer {
  readonly #database: Database;
  readonly #access: Access;
  readonly #clock: Clock;

  readonly #ruled: RuledGroups;

  constructor(database: Database, access: Access, clock: Clock, ruled: RuledGroups) {
    this.#ruled = ruled;
    this.#database = database;
    this.#access = access;
    this.#clock = clock;
  }

  async explain(principal: Principal, action: Action, resource: Resource): Promise<Explanation> {
    const decision = await this.#access.decide(principal, action, resource);
    if (!isIdentity(principal))
      return { ...decision, groups: [], memberships: [], standings: [], considered: [] };
    const { db } = this.#database;
    const { accountId, iamId } = principal;
    const { standings } = await this.#ruled.people.standings(iamId, accountId, false);
    const memberships = await this.#ruled.among(accountId, iamId, standings);
    const added = await groupsOfIdentity(db, accountId, iamId);
    const groups = [...new Set([...added, ...memberships.map(({ groupId }) => groupId)])];
    const subjects = [iamId, ...groups, PUBLIC_ACCESS];
    const rows = await policiesOfSubjects(db, accountId, subjects, { limit: MOST_TOLD });
    const custom = (await listCustomRoles(db, accountId)).map(customRoleOf);
    const roles = rolesOfAccount(accountId, new Map(custom.map(({ name, actions }) => [name, actions])));
    const considered = rows.map((row) => ({
      policyId: row.id,
      subject: row.subject,
      verdict: row.document === '' ? 'too large' : this.#verdict(grantOf(row, roles), action, resource),
    }));
    return { ...decision, groups, memberships, standings, considered };
  }

  #verdict(grant: Grant | undefined, action: Action, resource: Resource): Considered['verdict'] {
    if (!grant) return 'not understood';
    if (!grant.actions.has(action)) return 'not this action';
    const { during, ...always } = grant;
    const now = this.#clock.now();
    const steps = new Steps(DECISION_STEPS);
    if (!indexGrants([always]).find(action, resource, now, steps)) return 'not this resource';
    return during === undefined || during(now) ? 'allows' : 'not at this time';
  }
}
