import { LRUCache } from 'lru-cache';
import type { ChangeKind, Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { PUBLIC_ACCESS } from '../access-groups/access-group.ts';
import { groupsOfIdentity } from '../access-groups/rows.ts';
import { actionsOf } from '../actions/actions.ts';
import { customRoleOf } from '../custom-roles/custom-role.ts';
import { listCustomRoles } from '../custom-roles/rows.ts';
import { findAccountSettings, profilesOf } from '../identities.ts';
import { type ActionsByRole, grantOf, namesCustomRole, scopeOfRow } from '../policies/policy-grants.ts';
import { policiesOfSubjects } from '../policies/rows.ts';
import { isPublicAccessOn } from '../settings/stored-settings.ts';
import type { Attribute } from './attributes.ts';
import { anyOf, type Grant, type GrantIndex, indexGrants } from './grants.ts';

/** What a subject's policies give, ready for decisions. */
interface SubjectGrants {
  readonly index: GrantIndex;
  /** On what, policy by policy: an identity that can act as this subject reaches all of it. */
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
  /** What was put together for an identity, or for everyone, since rights last changed anywhere. */
  readonly #joined = new LRUCache<string, GrantIndex>({ max: 10_000 });
  /** Another object after each change of rights. */
  #ticket: object = {};

  constructor(database: Database) {
    this.#database = database;
    this.#groups = new LiveCache(database, ['group-member'], CACHED);
    // a change of a custom role is told as a change of every policy
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
        enabled: isPublicAccessOn(await findAccountSettings(this.#database.db, accountId, 'access_groups')),
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
    const subjects = new Set<string>();
    for (const iamId of [subject, ...(await profilesOf(this.#database.db, accountId, subject))])
      for (const each of [iamId, ...(await this.#groupsOf(accountId, iamId))]) subjects.add(each);
    return (await this.#held(accountId, [...subjects])).flatMap(({ scopes }) => scopes);
  }

  async #groupsOf(accountId: string, iamId: string): Promise<readonly string[]> {
    const known = await this.#groups.get(`${accountId}/${iamId}`, async () => ({
      ids: await groupsOfIdentity(this.#database.db, accountId, iamId),
    }));
    return known?.ids ?? [];
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
      const roles = (await listCustomRoles(this.#database.db, accountId)).map(customRoleOf);
      return { byName: new Map(roles.map(({ name, actions }) => [name, actions])) };
    });
    return known?.byName ?? new Map();
  }
}

const READER = actionsOf('Reader');

const compile = (
  rows: Awaited<ReturnType<typeof policiesOfSubjects>>,
  roles: ActionsByRole,
  forEveryone: boolean,
): SubjectGrants => {
  if (rows.length === 0) return EMPTY;
  const grants: Grant[] = [];
  for (const row of rows) {
    const grant = grantOf(row, roles);
    if (!grant) continue;
    grants.push(forEveryone ? { ...grant, actions: grant.actions.intersection(READER) } : grant);
  }
  return { index: indexGrants(grants), scopes: rows.map(scopeOfRow) };
};
