import { setImmediate } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../clock.ts';
import type { ChangeKind, Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import type { Log } from '../../observe/log.ts';
import { PUBLIC_ACCESS } from '../access-groups/access-group.ts';
import { belongingOf } from '../access-groups/rows.ts';
import { customRoleOf } from '../custom-roles/custom-role.ts';
import { listCustomRoles } from '../custom-roles/rows.ts';
import { findSettings, isActiveAccount, profilesOf } from '../identities.ts';
import {
  type ActionsByRole,
  namesCustomRole,
  rolesOfAccount,
  termsOfRow,
} from '../policies/policy-grants.ts';
import { policiesOfSubjects } from '../policies/rows.ts';
import { isPublicAccessOn } from '../settings/stored-settings.ts';
import type { Attribute } from './attributes.ts';
import { anyOf, type GrantIndex } from './grants.ts';
import type { RuledGroups } from './ruled-groups.ts';
import { EMPTY, type SubjectGrants, SubjectPolicies } from './subject-grants.ts';

/** What is kept may weigh so much: each subject counts one, and one more for every kilobyte of its policies. */
const CACHED = 50_000;
const JOINED_FROM: ReadonlySet<ChangeKind> = new Set([
  'group-member',
  'group-rule',
  'policy',
  'custom-role',
  'account-settings',
  // a suspended account opens nothing to everyone
  'account',
  // what an issuer said counts no more once it is disabled
  'issuer',
]);

/** What an identity holds, put together. */
interface Joined {
  readonly index: GrantIndex;
  /** Some of it is by rules: it holds as long as this is so. */
  readonly ruled?: { readonly of: object; readonly until: number } | undefined;
  /** What providers said of it last, when it was put together. */
  readonly said?: object | undefined;
}

/** Policies are read in parts of so many; after so many characters of them the event loop gets a turn. */
const PART = 200;
const CHARACTERS_PER_TURN = 128 << 10;

/**
 * The policies of identities and groups. Cold, an identity takes two indexed queries: its groups, then the policies of
 * itself and of those groups that are not known yet; each is kept until the change feed tells of it.
 */
export class Subjects {
  readonly #database: Database;
  readonly #log: Pick<Log, 'warn'> | undefined;
  readonly #clock: Clock;
  readonly #ruled: RuledGroups;
  /** By iam_id: whether providers say anything of it. */
  readonly #federated: LiveCache<{ isFederated: boolean }>;
  /** By `<account>/<iam_id>`. */
  readonly #groups: LiveCache<{ ids: readonly string[] }>;
  /** By `<account>/<subject>`. */
  readonly #grants: LiveCache<SubjectGrants>;
  readonly #roles: LiveCache<{ byName: ActionsByRole }>;
  readonly #public: LiveCache<{ enabled: boolean }>;
  readonly #accounts: LiveCache<{ isActive: boolean }>;
  /** What was put together for an identity, or for everyone, since rights last changed anywhere. */
  readonly #joined = new LRUCache<string, Joined>({ maxSize: CACHED });
  /** By iam_id: another object after each change of what providers say of a person. */
  readonly #said = new LRUCache<string, object>({ max: 10_000 });
  /** What is being read, since rights last changed anywhere: requests that come at once share it. */
  readonly #reading = new Map<string, Promise<ReadonlyMap<string, SubjectGrants>>>();
  /** Another object after each change of rights. */
  #ticket: object = {};

  constructor(database: Database, clock: Clock, ruled: RuledGroups, log?: Pick<Log, 'warn'>) {
    this.#database = database;
    this.#clock = clock;
    this.#ruled = ruled;
    this.#federated = new LiveCache(database, ['federated-identity'], CACHED);
    this.#log = log;
    this.#groups = new LiveCache(database, ['group-member'], CACHED);
    // a change of a custom role is told as a change of the policies that give it
    this.#grants = new LiveCache(database, ['policy'], CACHED, 'rights', ({ weight }) => weight);
    this.#roles = new LiveCache(database, ['custom-role'], 10_000);
    this.#public = new LiveCache(database, ['account-settings'], 10_000);
    this.#accounts = new LiveCache(database, ['account'], 10_000);
    database.onChange((changes) => {
      for (const { kind, id } of changes) if (kind === 'federated-identity') this.#said.set(id, {});
      if (!changes.some(({ kind }) => JOINED_FROM.has(kind))) return;
      this.#ticket = {};
      this.#joined.clear();
      this.#reading.clear();
    });
  }

  /** What an identity holds in an account by its policies and those of its groups, also those it is in by rules now. */
  ofIdentity(accountId: string, iamId: string): GrantIndex | Promise<GrantIndex> {
    const known = this.#known(`${accountId}/${iamId}`);
    if (!known || known.said !== this.#said.get(iamId)) return this.#joinIdentity(accountId, iamId);
    return known.ruled ? this.#whileRuled(known, accountId, iamId) : known.index;
  }

  async #whileRuled({ index, ruled }: Joined, accountId: string, iamId: string): Promise<GrantIndex> {
    const isAsIs =
      ruled && this.#clock.now() < ruled.until && (await this.#ruled.people.versionOf(iamId)) === ruled.of;
    return isAsIs ? index : this.#joinIdentity(accountId, iamId);
  }

  #joinIdentity(accountId: string, iamId: string): Promise<GrantIndex> {
    const said = this.#said.get(iamId);
    return this.#join(`${accountId}/${iamId}`, async () => {
      const { groups, isFederated } = await this.#belonging(accountId, iamId);
      const ruled = isFederated ? await this.#ruled.of(accountId, iamId) : undefined;
      const byRule = ruled?.memberships.map(({ groupId }) => groupId) ?? [];
      const held = await this.#held(accountId, [...new Set([iamId, ...groups, ...byRule])]);
      return { held, ruled, said };
    });
  }

  /** What everyone holds in an account. */
  ofEveryone(accountId: string): GrantIndex | Promise<GrantIndex> {
    const key = `${accountId}/${PUBLIC_ACCESS}`;
    const hold = async (): Promise<readonly SubjectGrants[]> => {
      const account = await this.#accounts.get(accountId, async () => ({
        isActive: await isActiveAccount(this.#database.db, accountId),
      }));
      if (!account?.isActive) return [];
      const setting = await this.#public.get(`${accountId}/access_groups`, async () => ({
        enabled: isPublicAccessOn(await findSettings(this.#database.db, accountId, 'access_groups')),
      }));
      return setting?.enabled ? this.#held(accountId, [PUBLIC_ACCESS]) : [];
    };
    const known = this.#known(key);
    return known ? known.index : this.#join(key, async () => ({ held: await hold() }));
  }

  #known(key: string): Joined | undefined {
    return this.#database.fresh() ? this.#joined.get(key) : undefined;
  }

  async #join(
    key: string,
    hold: () => Promise<Omit<Joined, 'index'> & { held: readonly SubjectGrants[] }>,
  ): Promise<GrantIndex> {
    const ticket = this.#ticket;
    const { held, ...more } = await hold();
    const index = anyOf(held.map((each) => each.index));
    const size = held.reduce((sum, { weight }) => sum + weight, 1);
    if (this.#ticket === ticket && this.#database.fresh())
      this.#joined.set(key, { index, ...more }, { size });
    return index;
  }

  /**
   * Everything an identity or group reaches: the scope of each of its policies and of its groups' policies, and the same
   * of the trusted profiles it can become. A profile cannot become another.
   */
  async reachOf(accountId: string, subject: string): Promise<readonly (readonly Attribute[])[]> {
    const subjects = new Set<string>();
    for (const iamId of [subject, ...(await profilesOf(this.#database.db, accountId, subject))]) {
      const { groups, isFederated } = await this.#belonging(accountId, iamId);
      const byRule = isFederated ? await this.#ruled.possible(accountId, iamId) : [];
      for (const each of [iamId, ...groups, ...byRule]) subjects.add(each);
    }
    return (await this.#held(accountId, [...subjects])).flatMap(({ scopes }) => scopes);
  }

  /** On what the policies are that name this subject. */
  async policyScopesOf(accountId: string, subject: string): Promise<readonly (readonly Attribute[])[]> {
    return (await this.#held(accountId, [subject])).flatMap(({ scopes }) => scopes);
  }

  /** The groups it was added to, and whether it may be in more by rules. */
  async #belonging(
    accountId: string,
    iamId: string,
  ): Promise<{ groups: readonly string[]; isFederated: boolean }> {
    let found: { groups: string[]; isFederated: boolean } | undefined;
    const read = () =>
      this.#groups.get(`${accountId}/${iamId}`, async () => {
        found = await belongingOf(this.#database.db, accountId, iamId);
        return { ids: found.groups };
      });
    let groups: { ids: readonly string[] } | undefined;
    const federated = await this.#federated.get(iamId, async () => {
      groups = await read();
      found ??= await belongingOf(this.#database.db, accountId, iamId);
      return { isFederated: found.isFederated };
    });
    groups ??= await read();
    return { groups: groups?.ids ?? [], isFederated: federated?.isFederated ?? false };
  }

  async #held(accountId: string, subjects: readonly string[]): Promise<SubjectGrants[]> {
    const keys = subjects.map((subject) => `${accountId}/${subject}`);
    const found = await this.#grants.getMany(keys, (missing) => this.#load(accountId, missing));
    return keys.map((key) => found.get(key) ?? EMPTY);
  }

  async #load(accountId: string, keys: readonly string[]): Promise<Map<string, SubjectGrants>> {
    const shared = this.#database.fresh() ? this.#reading : new Map();
    const missing = keys.filter((key) => !shared.has(key));
    const reading = keys.map((key) => shared.get(key));
    if (missing.length > 0) {
      const own = this.#read(accountId, missing);
      reading.push(own);
      for (const key of missing) shared.set(key, own);
      const forget = (): void => {
        for (const key of missing) if (shared.get(key) === own) shared.delete(key);
      };
      own.then(forget, forget);
    }
    const found = (await Promise.all(reading)).flatMap((part) => [...(part ?? [])]);
    return new Map(found.filter(([key]) => keys.includes(key)));
  }

  async #read(accountId: string, keys: readonly string[]): Promise<ReadonlyMap<string, SubjectGrants>> {
    const subjects = keys.map((key) => key.slice(accountId.length + 1));
    const compiled = new Map(subjects.map((subject) => [subject, new SubjectPolicies(subject)]));
    let actions = rolesOfAccount(accountId, new Map());
    let custom = false;
    let characters = 0;
    for (let after: { subject: string; id: string } | undefined; ; ) {
      const rows = await policiesOfSubjects(this.#database.db, accountId, subjects, { after, limit: PART });
      for (const row of rows) {
        const terms = termsOfRow(row);
        if (terms && !custom && namesCustomRole(terms)) {
          custom = true;
          actions = rolesOfAccount(accountId, await this.#customRoles(accountId));
        }
        compiled.get(row.subject)?.add(row, terms, actions);
        characters += row.document.length;
        if (characters < CHARACTERS_PER_TURN) continue;
        characters = 0;
        await setImmediate();
      }
      after = rows.at(-1);
      if (rows.length < PART) break;
    }
    return new Map(
      compiled.values().map((each) => [`${accountId}/${each.subject}`, this.#told(accountId, each)]),
    );
  }

  #told(accountId: string, policies: SubjectPolicies): SubjectGrants {
    const grants = policies.done();
    if (grants.tooLarge.length > 0)
      this.#log?.warn(
        { account: accountId, subject: policies.subject, policies: grants.tooLarge.slice(0, 10) },
        'policies are larger than a decision reads and grant nothing; GET /api/v1/oversized-policies lists them',
      );
    return grants;
  }

  async #customRoles(accountId: string): Promise<ActionsByRole> {
    const known = await this.#roles.get(accountId, async () => {
      const roles = (await listCustomRoles(this.#database.db, accountId)).map(customRoleOf);
      return { byName: new Map(roles.map(({ name, actions }) => [name, actions])) };
    });
    return known?.byName ?? new Map();
  }
}
