import { setImmediate } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../clock.ts';
import { ANY, type Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { Turns } from '../../turns.ts';
import { rulesOfAccount } from '../access-groups/rows.ts';
import { isMetBy, LONGEST_RULE, type RuleTerms, ruleTermsOf } from '../access-groups/rule-conditions.ts';
import { Pauses } from './pauses.ts';
import type { People, Standing } from './people.ts';
import { Steps } from './steps.ts';

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
}

/** The rules of an account. Another object after each change of one. */
interface AccountRules {
  readonly rules: readonly Rule[];
  readonly conditions: number;
  readonly weight: number;
}

/** Which rules some claims meet: it is so as long as these are the claims and these the rules. */
interface Met {
  readonly of: AccountRules;
  readonly claims: Standing['claims'];
  readonly realmName: string;
  readonly rules: readonly Rule[];
}

const HOUR = 60 * 60 * 1000;
const PAGE = 100;
/** What is kept may weigh so much: one for each kilobyte of rules. */
const CACHED = 50_000;
/** People that a list of a group's members looks at. */
const MOST_LOOKED_AT = 1000;
/** Their claims are read at once: 32 KB of each at the most. */
const PEOPLE_PAGE = 20;
/** Rules are read in parts; after so many characters of them the event loop gets a turn. */
const CHARACTERS_PER_TURN = 128 << 10;
/** What a condition costs beside its characters. */
const CHARACTERS_PER_CONDITION = 500;
/** An account with more conditions than this looks at them for one person after the other. */
const LIGHT_CONDITIONS = 500;

/** Memberships of access groups by rules on what identity providers say of a person, as it is now. */
export class RuledGroups {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly people: People;
  /** By account. */
  readonly #rules: LiveCache<AccountRules>;
  /** What is being read, by account: requests that come at once share it. */
  readonly #reading = new Map<string, Promise<AccountRules>>();
  /** By account, person and issuer. */
  readonly #met = new LRUCache<string, Met>({ maxSize: CACHED });
  readonly #evaluating = new Turns();
  readonly #slices = new Turns();

  constructor(database: Database, clock: Clock, people: People) {
    this.#database = database;
    this.#clock = clock;
    this.people = people;
    this.#rules = new LiveCache(database, ['group-rule'], CACHED, 'rights', ({ weight }) => weight);
    database.onChange((changes) => {
      for (const { kind, id } of changes) {
        if (kind !== 'group-rule') continue;
        if (id === ANY) this.#reading.clear();
        this.#reading.delete(id);
      }
    });
  }

  /** What a person is in by rules now, and until when all of it holds as it is. */
  async of(
    accountId: string,
    iamId: string,
    { ask = true }: { ask?: boolean } = {},
  ): Promise<{ of: object; memberships: readonly RuledMembership[]; until: number }> {
    const { of, standings } = await this.people.standings(iamId, accountId, ask);
    const memberships = await this.among(accountId, iamId, standings);
    const ends = [...standings.map(({ until }) => until), ...memberships.map(({ until }) => until)];
    return { of, memberships, until: Math.min(...ends, Number.POSITIVE_INFINITY) };
  }

  /** What a person is in by rules now, by these standings of theirs. */
  async among(
    accountId: string,
    iamId: string,
    standings: readonly Standing[],
  ): Promise<readonly RuledMembership[]> {
    const found: RuledMembership[] = [];
    for (const standing of standings)
      if (standing.fault === undefined)
        for (const rule of await this.#rulesMet(accountId, iamId, standing))
          found.push(membershipBy(rule, standing));
    const now = this.#clock.now();
    return found.filter(({ until }) => until > now);
  }

  /** The groups that a person may be in by rules, also where that counts only after another sign-in. */
  async possible(accountId: string, iamId: string): Promise<readonly string[]> {
    const { standings } = await this.people.standings(iamId, accountId, false);
    const groups = new Set<string>();
    for (const standing of standings)
      for (const { groupId } of await this.#rulesMet(accountId, iamId, standing)) groups.add(groupId);
    return [...groups];
  }

  /** The people that a group has by rules; of an account with very many people not all are looked at. */
  async membersOf(
    accountId: string,
    groupId: string,
  ): Promise<readonly { iamId: string; membership: RuledMembership }[]> {
    const all = await this.#rulesOf(accountId);
    const rules = all?.rules.filter((rule) => rule.groupId === groupId) ?? [];
    if (rules.length === 0) return [];
    const [steps, pauses] = [new Steps(Number.POSITIVE_INFINITY), new Pauses(this.#slices, accountId)];
    const found: { iamId: string; membership: RuledMembership }[] = [];
    let after = '';
    for (let seen = 0; seen < MOST_LOOKED_AT; seen += PEOPLE_PAGE) {
      const page = await this.people.page(accountId, after, PEOPLE_PAGE);
      for (const { iamId, standings } of page) {
        const membership = this.#membershipIn(rules, standings, steps);
        if (membership) found.push({ iamId, membership });
        await pauses.after(steps.taken);
      }
      after = page.at(-1)?.iamId ?? '';
      if (page.length < PEOPLE_PAGE) break;
      await setImmediate();
    }
    return found;
  }

  #membershipIn(
    rules: readonly Rule[],
    standings: readonly Standing[],
    steps: Steps,
  ): RuledMembership | undefined {
    const now = this.#clock.now();
    for (const standing of standings) {
      if (standing.fault !== undefined) continue;
      for (const rule of rules) {
        if (!isMet(rule, standing, steps)) continue;
        const membership = membershipBy(rule, standing);
        if (membership.until > now) return membership;
      }
    }
    return undefined;
  }

  /** Which rules an account has that a person meets. It is found anew only after the rules or the claims changed. */
  async #rulesMet(accountId: string, iamId: string, standing: Standing): Promise<readonly Rule[]> {
    const of = await this.#rulesOf(accountId);
    if (!of || of.rules.length === 0) return [];
    const key = `${accountId}/${iamId}/${standing.issuer}`;
    const { claims, realmName } = standing;
    const known = (): readonly Rule[] | undefined => {
      const met = this.#met.get(key);
      return met?.of === of && met.claims === claims && met.realmName === realmName ? met.rules : undefined;
    };
    const find = async (): Promise<readonly Rule[]> => {
      const found = known() ?? (await this.#evaluate(accountId, of.rules, standing));
      this.#met.set(key, { of, claims, realmName, rules: found }, { size: 1 + found.length });
      return found;
    };
    return known() ?? (of.conditions <= LIGHT_CONDITIONS ? find() : this.#evaluating.take(accountId, find));
  }

  async #evaluate(accountId: string, rules: readonly Rule[], standing: Standing): Promise<readonly Rule[]> {
    const [steps, pauses] = [new Steps(Number.POSITIVE_INFINITY), new Pauses(this.#slices, accountId)];
    const met: Rule[] = [];
    for (const rule of rules) {
      if (isMet(rule, standing, steps)) met.push(rule);
      await pauses.after(steps.taken);
    }
    return met;
  }

  #rulesOf(accountId: string): Promise<AccountRules | undefined> {
    return this.#rules.get(accountId, () => {
      const running = this.#database.fresh() ? this.#reading.get(accountId) : undefined;
      if (running) return running;
      const reading = this.#read(accountId).finally(() => {
        if (this.#reading.get(accountId) === reading) this.#reading.delete(accountId);
      });
      this.#reading.set(accountId, reading);
      return reading;
    });
  }

  async #read(accountId: string): Promise<AccountRules> {
    const rules: Rule[] = [];
    let conditions = 0;
    let characters = 0;
    let turnAt = CHARACTERS_PER_TURN;
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
        if (terms) rules.push({ ...terms, id, groupId });
        conditions += terms?.conditions.length ?? 0;
        const read = characters + conditions * CHARACTERS_PER_CONDITION;
        if (read < turnAt) continue;
        turnAt = read + CHARACTERS_PER_TURN;
        await setImmediate();
      }
      after = page.at(-1)?.id ?? '';
      if (page.length < PAGE) return { rules, conditions, weight: 1 + (characters >> 10) };
    }
  }
}

/** A rule is for people of one provider: `realm_name` is its `iss`, byte for byte. */
const isMet = (rule: Rule, { realmName, claims }: Standing, steps: Steps): boolean =>
  steps.take(1) && rule.realmName === realmName && isMetBy(rule, claims, steps);

const membershipBy = (
  { id: ruleId, groupId, name: ruleName, conditions, expiration }: Rule,
  { issuer, realmName, claimsAt }: Standing,
): RuledMembership => {
  const until = claimsAt + expiration * HOUR;
  return { groupId, ruleId, ruleName, issuer, realmName, claims: conditions, until };
};
