import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { PolicyRow } from '../../database/iam-schema.ts';
import { isIdentity, type Principal } from '../../principal.ts';
import { groupsOfIdentity } from '../access-groups/rows.ts';
import type { Action, Resource } from '../actions/actions.ts';
import { type ActionsByRole, grantOf } from '../policies/policy-grants.ts';
import { listCustomRoles, policiesOfSubjects } from '../policies/rows.ts';
import type { Access } from './access.ts';
import type { Decision } from './decide.ts';
import { indexGrants } from './grants.ts';
import { PUBLIC_ACCESS } from './subjects.ts';

/** What one policy had to say to a question. */
export interface Considered {
  readonly policyId: string;
  /** The identity itself, or the group it holds the policy through. */
  readonly subject: string;
  readonly verdict:
    | 'allows'
    | 'not this action'
    | 'not this resource'
    | 'not at this time'
    | 'not understood';
}

export interface Explanation extends Decision {
  readonly groups: readonly string[];
  readonly considered: readonly Considered[];
}

/** No more policies are told than this; all of them are decided on. */
const MOST_TOLD = 200;

/** Says why somebody may do something or may not, by the decision itself and by what it looked at. */
export class Explainer {
  readonly #database: Database;
  readonly #access: Access;
  readonly #clock: Clock;

  constructor(database: Database, access: Access, clock: Clock) {
    this.#database = database;
    this.#access = access;
    this.#clock = clock;
  }

  async explain(principal: Principal, action: Action, resource: Resource): Promise<Explanation> {
    const decision = await this.#access.decide(principal, action, resource);
    if (!isIdentity(principal)) return { ...decision, groups: [], considered: [] };
    const { db } = this.#database;
    const { accountId, iamId } = principal;
    const groups = await groupsOfIdentity(db, accountId, iamId);
    const rows = await policiesOfSubjects(db, accountId, [iamId, ...groups, PUBLIC_ACCESS]);
    const roles: ActionsByRole = new Map(
      (await listCustomRoles(db, accountId)).map(({ name, actions }) => [name, JSON.parse(actions)]),
    );
    const considered = rows.slice(0, MOST_TOLD).map((row) => ({
      policyId: row.id,
      subject: row.subject,
      verdict: this.#verdict(row, roles, action, resource),
    }));
    return { ...decision, groups, considered };
  }

  #verdict(row: PolicyRow, roles: ActionsByRole, action: Action, resource: Resource): Considered['verdict'] {
    const grant = grantOf(row, roles);
    if (!grant) return 'not understood';
    if (!grant.actions.has(action)) return 'not this action';
    const { during, ...always } = grant;
    const now = this.#clock.now();
    if (!indexGrants([always]).find(action, resource, now)) return 'not this resource';
    return during === undefined || during(now) ? 'allows' : 'not at this time';
  }
}
