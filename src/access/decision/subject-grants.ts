import { PUBLIC_ACCESS } from '../access-groups/access-group.ts';
import { type Action, actionsOf } from '../actions/actions.ts';
import { grantOf, type RoleActions, scopeOfRow } from '../policies/policy-grants.ts';
import type { PolicyTerms } from '../policies/policy-terms.ts';
import type { DecidedRow } from '../policies/rows.ts';
import type { Attribute } from './attributes.ts';
import { type Grant, type GrantIndex, indexGrants, NOTHING } from './grants.ts';

/** What a subject's policies give, ready for decisions. */
export interface SubjectGrants {
  readonly index: GrantIndex;
  /** On what, policy by policy: an identity that can act as this subject reaches all of it. */
  readonly scopes: readonly (readonly Attribute[])[];
  /** The ids of policies that are larger than a decision reads: they grant nothing. */
  readonly tooLarge: readonly string[];
  /** One, and one more for every kilobyte of the policies. */
  readonly weight: number;
}

export const EMPTY: SubjectGrants = { index: NOTHING, scopes: [], tooLarge: [], weight: 1 };

const READER = actionsOf('Reader');

/** The policies of one subject, gathered row by row. */
export class SubjectPolicies {
  readonly subject: string;
  readonly #forEveryone: boolean;
  readonly #grants: Grant[] = [];
  readonly #scopes: (readonly Attribute[])[] = [];
  readonly #tooLarge: string[] = [];
  /** What of some actions everyone may do. */
  readonly #forAll = new Map<ReadonlySet<Action>, ReadonlySet<Action>>();
  #characters = 0;

  constructor(subject: string) {
    this.subject = subject;
    this.#forEveryone = subject === PUBLIC_ACCESS;
  }

  add(row: DecidedRow, terms: PolicyTerms | undefined, roleActions: RoleActions): void {
    this.#characters += row.document.length;
    this.#scopes.push(scopeOfRow(row, terms));
    if (row.document === '') this.#tooLarge.push(row.id);
    const grant = grantOf(row, roleActions, terms);
    if (!grant) return;
    this.#grants.push(this.#forEveryone ? { ...grant, actions: this.#reading(grant.actions) } : grant);
  }

  #reading(actions: ReadonlySet<Action>): ReadonlySet<Action> {
    const reading = this.#forAll.get(actions) ?? actions.intersection(READER);
    this.#forAll.set(actions, reading);
    return reading;
  }

  done(): SubjectGrants {
    if (this.#scopes.length === 0) return EMPTY;
    return {
      index: indexGrants(this.#grants),
      scopes: this.#scopes,
      tooLarge: this.#tooLarge,
      weight: 1 + (this.#characters >> 10),
    };
  }
}
