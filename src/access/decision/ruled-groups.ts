import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { rulesOfAccount } from '../access-groups/rows.ts';
import { LONGEST_RULE, outcomesIn, type RuleTerms, ruleTermsOf } from '../access-groups/rule-conditions.ts';
import type { People, Standing } from './people.ts';

/** A membership by rule: it is decided anew each time and stands in no table. */
export interface RuledMembership {
  readonly groupId: string;
  readonly ruleId: string;
  readonly ruleName: string | undefined;
  readonly issuer: string;
  readonly realmName: string;
  /** The claims that the rule is about, as the provider said them. */
  readonly claims: readonly { readonly claim: string; readonly operator: string; readonly value: string }[];
  /** Until then, if the provider says the same by then. */
  readonly until: number;
}

interface Rule extends RuleTerms {
  readonly id: string;
  readonly groupId: string;
  readonly name: string | undefined;
}

const HOUR = 60 * 60 * 1000;
const PAGE = 100;
/** What is kept may weigh so much: one for each kilobyte of rules. */
const CACHED = 50_000;
/** People that a list of a group's members looks at. */
const MOST_LOOKED_AT = 1000;
const PEOPLE_PAGE = 50;

/** Memberships of access groups by rules on what identity providers say of a person, as it is now. */
export class RuledGroups {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly people: People;
  /** By account. */
  readonly #rules: LiveCache<{ rules: readonly Rule[]; weight: number }>;

  constructor(database: Database, clock: Clock, people: People) {
    this.#database = database;
    this.#clock = clock;
    this.people = people;
    this.#rules = new LiveCache(database, ['group-rule'], CACHED, 'rights', ({ weight }) => weight);
  }

  /** What a person is in by rules now, and until when all of it holds as it is. */
  async of(
    accountId: string,
    iamId: string,
    { ask = true }: { ask?: boolean } = {},
  ): Promise<{ of: object; memberships: readonly RuledMembership[]; until: number }> {
    const { of, standings } = await this.people.standings(iamId, accountId, ask);
    const memberships = await this.among(accountId, standings);
    const ends = [...standings.map(({ until }) => until), ...memberships.map(({ until }) => until)];
    return { of, memberships, until: Math.min(...ends, Number.POSITIVE_INFINITY) };
  }

  async among(accountId: string, standings: readonly Standing[]): Promise<readonly RuledMembership[]> {
    if (standings.length === 0) return [];
    const now = this.#clock.now();
    const rules = await this.#rulesOf(accountId);
    return standings
      .filter(({ fault }) => fault === undefined)
      .flatMap((standing) => rules.flatMap((rule) => membershipBy(rule, standing) ?? []))
      .filter(({ until }) => until > now);
  }

  /** The groups that a person may be in by rules, also where that counts only after another sign-in. */
  async possible(accountId: string, iamId: string): Promise<readonly string[]> {
    const { standings } = await this.people.standings(iamId, accountId, false);
    if (standings.length === 0) return [];
    const rules = await this.#rulesOf(accountId);
    const fits = (rule: Rule): boolean => standings.some((standing) => isMet(rule, standing));
    return [...new Set(rules.filter(fits).map(({ groupId }) => groupId))];
  }

  /** The people that a group has by rules; of an account with very many people not all are looked at. */
  async membersOf(
    accountId: string,
    groupId: string,
  ): Promise<readonly { iamId: string; membership: RuledMembership }[]> {
    const rules = await this.#rulesOf(accountId);
    if (!rules.some((rule) => rule.groupId === groupId)) return [];
    const found: { iamId: string; membership: RuledMembership }[] = [];
    let after = '';
    for (let seen = 0; seen < MOST_LOOKED_AT; seen += PEOPLE_PAGE) {
      const page = await this.people.page(accountId, after, PEOPLE_PAGE);
      for (const { iamId, standings } of page) {
        const [membership] = (await this.among(accountId, standings)).filter(
          (each) => each.groupId === groupId,
        );
        if (membership) found.push({ iamId, membership });
      }
      after = page.at(-1)?.iamId ?? '';
      if (page.length < PEOPLE_PAGE) break;
      await setImmediate();
    }
    return found;
  }

  async #rulesOf(accountId: string): Promise<readonly Rule[]> {
    const known = await this.#rules.get(accountId, () => this.#read(accountId));
    return known?.rules ?? [];
  }

  async #read(accountId: string): Promise<{ rules: readonly Rule[]; weight: number }> {
    const rules: Rule[] = [];
    let characters = 0;
    for (let after = ''; ; await setImmediate()) {
      const page = await rulesOfAccount(this.#database.db, {
        accountId,
        after,
        limit: PAGE,
        longest: LONGEST_RULE,
      });
      for (const { id, group_id: groupId, document } of page) {
        characters += document.length;
        const terms = ruleTermsOf(document);
        if (terms) rules.push({ ...terms, id, groupId, name: JSON.parse(document).name });
      }
      after = page.at(-1)?.id ?? '';
      if (page.length < PAGE) return { rules, weight: 1 + (characters >> 10) };
    }
  }
}

/** A rule is for people of one provider: `realm_name` is its `iss`, byte for byte. */
const isMet = (rule: Rule, { realmName, claims }: Standing): boolean =>
  rule.realmName === realmName && outcomesIn(rule, claims).every(({ holds }) => holds);

const membershipBy = (rule: Rule, standing: Standing): RuledMembership | undefined => {
  if (!isMet(rule, standing)) return undefined;
  const { id: ruleId, groupId, name: ruleName, conditions, expiration } = rule;
  const { issuer, realmName, claimsAt } = standing;
  const until = claimsAt + expiration * HOUR;
  return { groupId, ruleId, ruleName, issuer, realmName, claims: conditions, until };
};
