import { LRUCache } from 'lru-cache';
import type { ChangeKind, Database } from '../../database/database.ts';
import type { PolicyRow } from '../../database/iam-schema.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { profilesTrusting } from '../../identity/profiles/rows.ts';
import { findAccountSettings } from '../../identity/settings/rows.ts';
import { groupsOfIdentity } from '../access-groups/rows.ts';
import { actionsOf } from '../actions/actions.ts';
import { type ActionsByRole, grantOf, namesCustomRole, scopeOfRow } from '../policies/policy-grants.ts';
import { listCustomRoles, policiesOfSubjects } from '../policies/rows.ts';
import type { Attribute } from './attributes.ts';
import { anyOf, type Grant, type GrantIndex, indexGrants } from './grants.ts';

/** The group every identity, and nobody, is in: its policies are for everyone, and never give more than Reader. */
export const PUBLIC_ACCESS = 'AccessGroupId-PublicAccess';

/** What a subject's policies give, ready to be asked. */
interface SubjectGrants {
  readonly index: GrantIndex;
  /** On what, policy by policy: whoever may act as this subject reaches all of it. */
  readonly scopes: readonly (readonly Attribute[])[];
}

const EMPTY: SubjectGrants = { index: indexGrants([]), scopes: [] };
const CACHED = 50_000;
const JOINED_FROM: ReadonlySet<ChangeKind> = new Set([
  'group-member',
  'policy',
  'custom-role',
  'account-settings',
]);

/**
 * The policies of identities and groups. Cold, an identity takes two indexed queries: its groups, then the policies of
 * itself and of those groups that are not known yet; each is kept until the change feed tells of it.
 */
export class Subjects {
  readonly #database: Database;
  /** By `<account>/<iam_id>`. */
  readonly #groups: LiveCache<{ ids: readonly string[] }>;
  /** By `<account>/<subject>`. */
  readonly #grants: LiveCache<SubjectGrants>;
  readonly #roles: LiveCache<{ byName: ActionsByRole }>;
  readonly #public: LiveCache<{ enabled: boolean }>;
  /** What was put together for an identity, or everyone, since rights last changed at all: not again each request. */
  readonly #joined = new LRUCache<string, GrantIndex>({ max: 10_000 });
  /** Another object after each change of rights. */
  #ticket: object = {};

  constructor(database: Database) {
    this.#database = database;
    this.#groups = new LiveCache(database, ['group-member'], CACHED);
    // whoever changes a custom role says so of every policy: `changed('policy', ANY)`
    this.#grants = new LiveCache(database, ['policy'], CACHED);
    this.#roles = new LiveCache(database, ['custom-role'], 10_000);
    this.#public = new LiveCache(database, ['account-settings'], 10_000);
    database.onChange((changes) => {
      if (!changes.some(({ kind }) => JOINED_FROM.has(kind))) return;
      this.#ticket = {};
      this.#joined.clear();
    });
  }

  /** What an identity holds in an account by its policies and its groups'. */
  ofIdentity(accountId: string, iamId: string): Promise<GrantIndex> {
    return this.#joinedAs(`${accountId}/${iamId}`, async () => {
      const held = await this.#held(accountId, [iamId, ...(await this.#groupsOf(accountId, iamId))]);
      return anyOf(held.map(({ index }) => index));
    });
  }

  /** What everyone holds in an account. */
  ofEveryone(accountId: string): Promise<GrantIndex> {
    return this.#joinedAs(`${accountId}/${PUBLIC_ACCESS}`, async () => {
      const setting = await this.#public.get(`${accountId}/access_groups`, async () => ({
        enabled: await this.#isPublicEnabled(accountId),
      }));
      const [held] = setting?.enabled ? await this.#held(accountId, [PUBLIC_ACCESS]) : [];
      return held?.index ?? EMPTY.index;
    });
  }

  async #joinedAs(key: string, join: () => Promise<GrantIndex>): Promise<GrantIndex> {
    const known = this.#database.fresh() ? this.#joined.get(key) : undefined;
    if (known) return known;
    const ticket = this.#ticket;
    const index = await join();
    if (this.#ticket === ticket && this.#database.fresh()) this.#joined.set(key, index);
    return index;
  }

  /**
   * Everything an identity or group reaches: the scope of each of its policies and of its groups' policies, and the same
   * of the trusted profiles it can become. A profile cannot become another.
   */
  async reachOf(accountId: string, subject: string): Promise<readonly (readonly Attribute[])[]> {
    const profiles = await profilesTrusting(this.#database.db, accountId, subject);
    const subjects = new Set<string>();
    // the iam_id of a profile is its id behind iam- (facts 3.3)
    for (const iamId of [subject, ...profiles.map((id) => `iam-${id}`)])
      for (const each of [iamId, ...(await this.#groupsOf(accountId, iamId))]) subjects.add(each);
    return (await this.#held(accountId, [...subjects])).flatMap(({ scopes }) => scopes);
  }

  async #groupsOf(accountId: string, iamId: string): Promise<readonly string[]> {
    const known = await this.#groups.get(`${accountId}/${iamId}`, async () => ({
      ids: await groupsOfIdentity(this.#database.db, accountId, iamId),
    }));
    return known?.ids ?? [];
  }

  async #isPublicEnabled(accountId: string): Promise<boolean> {
    const row = await findAccountSettings(this.#database.db, accountId, 'access_groups');
    return row === undefined || JSON.parse(row.document).public_access_enabled !== false;
  }

  async #held(accountId: string, subjects: readonly string[]): Promise<SubjectGrants[]> {
    const keys = subjects.map((subject) => `${accountId}/${subject}`);
    const found = await this.#grants.getMany(keys, (missing) => this.#load(accountId, missing));
    return keys.map((key) => found.get(key) ?? EMPTY);
  }

  async #load(accountId: string, keys: readonly string[]): Promise<Map<string, SubjectGrants>> {
    const subjects = keys.map((key) => key.slice(accountId.length + 1));
    const rows = await policiesOfSubjects(this.#database.db, accountId, subjects);
    const roles = rows.some(namesCustomRole) ? await this.#customRoles(accountId) : new Map();
    return new Map(
      subjects.map((subject) => {
        const own = rows.filter((row) => row.subject === subject);
        return [`${accountId}/${subject}`, compile(own, roles, subject === PUBLIC_ACCESS)];
      }),
    );
  }

  async #customRoles(accountId: string): Promise<ActionsByRole> {
    const known = await this.#roles.get(accountId, async () => {
      const rows = await listCustomRoles(this.#database.db, accountId);
      return { byName: new Map(rows.map(({ name, actions }) => [name, JSON.parse(actions) as string[]])) };
    });
    return known?.byName ?? new Map();
  }
}

const READER = actionsOf('Reader');

const compile = (rows: readonly PolicyRow[], roles: ActionsByRole, forEveryone: boolean): SubjectGrants => {
  if (rows.length === 0) return EMPTY;
  const grants: Grant[] = [];
  for (const row of rows) {
    const grant = grantOf(row, roles);
    if (!grant) continue;
    grants.push(forEveryone ? { ...grant, actions: grant.actions.intersection(READER) } : grant);
  }
  return { index: indexGrants(grants), scopes: rows.map(scopeOfRow) };
};
