import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { pages } from '../../database/windows.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import type { QuotaPlace } from '../quotas/writes.ts';
import { type Exemption, exemptionOf } from './exemption.ts';
import { refuseIssue } from './issue-types.ts';
import { type ExemptionKey, findExemption, listExemptions } from './rows.ts';
import { printScope, type Scope, scopesAround } from './scope.ts';
import { addExemption, removeExemption, removeSomeExemptions } from './writes.ts';

/** The most rows that one statement reads or removes. */
const PAGE = 200;

/** An issue where it is exempt. */
export interface ExemptIssue {
  readonly scope: Scope;
  readonly issueType: string;
  readonly issueId: string;
}

/** Issues that an account does not want counted, per region. Scopes are names: what they name need not be there. */
export class Exemptions {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Throws NOT_FOUND. */
  async find(place: QuotaPlace, issue: ExemptIssue): Promise<Exemption> {
    const row = await findExemption(this.#database.db, place, keyOf(issue));
    if (!row) throw notHere(issue);
    return exemptionOf(row);
  }

  /** In pages; `scope`: those for exactly this one. */
  async *list(place: QuotaPlace, scope?: Scope): AsyncIterable<readonly Exemption[]> {
    const found = pages<ExemptionKey & Parameters<typeof exemptionOf>[0]>(PAGE, (after) =>
      listExemptions(this.#database.db, { place, scope, after, limit: PAGE }),
    );
    for await (const page of found) yield page.map(exemptionOf);
  }

  /** Those that hold for what the scope names: its own and those of wider scopes, the widest first. */
  async *holdingFor(place: QuotaPlace, scope: Scope): AsyncIterable<readonly Exemption[]> {
    for (const each of scopesAround(scope)) yield* this.list(place, each);
  }

  /** The same again changes nothing. Throws BAD_REQUEST, LIMIT_REACHED. */
  async add(place: QuotaPlace, issue: ExemptIssue, actor: Actor): Promise<Exemption> {
    refuseIssue(issue.issueType, issue.issueId);
    const row = {
      account_id: place.accountId,
      region_id: place.regionId,
      ...keyOf(issue),
      created_at: this.#clock.now(),
      created_by: actor.principal,
    };
    await this.#database.write(addExemption, { row, actor });
    return exemptionOf(row);
  }

  /** Throws NOT_FOUND. */
  async remove(place: QuotaPlace, issue: ExemptIssue, actor: Actor): Promise<void> {
    const input = { place, key: keyOf(issue), at: this.#clock.now(), actor };
    if (!(await this.#database.write(removeExemption, input))) throw notHere(issue);
  }

  /** Removes all of an account in a region, a bounded number with each write; answers how many. */
  async removeAll(place: QuotaPlace, actor: Actor): Promise<number> {
    for (let removed = 0; ; ) {
      const at = this.#clock.now();
      const some = await this.#database.write(removeSomeExemptions, { place, limit: PAGE, at, actor });
      removed += some;
      if (some < PAGE) return removed;
    }
  }
}

const keyOf = ({ scope, issueType, issueId }: ExemptIssue): ExemptionKey => ({
  namespace: scope.namespace,
  repository: scope.repository,
  reference: scope.reference,
  issue_type: issueType,
  issue_id: issueId,
});

const notHere = ({ scope, issueType, issueId }: ExemptIssue): RegistryError =>
  new RegistryError('NOT_FOUND', {
    message: `the account has no exemption for ${issueType} ${issueId} in the scope ${printScope(scope)}`,
  });
