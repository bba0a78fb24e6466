import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { AccessGroupRow, GroupMemberRow, GroupRuleRow } from '../../database/iam-schema.ts';
import { entityTagSeed, firstEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { findAccount } from '../../identity/accounts/rows.ts';
import { findProfile } from '../../identity/profiles/rows.ts';
import { findServiceId } from '../../identity/service-ids/rows.ts';
import { findUser } from '../../identity/users/rows.ts';
import { prefixedId } from '../../ids.ts';
import { PUBLIC_ACCESS } from '../decision/subjects.ts';
import type { Author } from '../policies/policies.ts';
import * as stored from './rows.ts';
import {
  addMembers,
  changeGroup,
  createGroup,
  createRule,
  deleteGroup,
  deleteRule,
  type MemberOutcome,
  type NewMembers,
  removeMembers,
  replaceRule,
} from './writes.ts';

export type AccessGroup = AccessGroupRow;
export type GroupMember = GroupMemberRow;
export type GroupRule = GroupRuleRow;
export type { MemberOutcome } from './writes.ts';

export const PUBLIC_ACCESS_NAME = 'Public Access';

/** Access groups: policies of a group are its members'. Every account has one more, Public Access, that is no row. */
export class AccessGroups {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** A group of the account; those of others are not there. */
  async find(accountId: string, id: string): Promise<AccessGroup | undefined> {
    if (id === PUBLIC_ACCESS) return this.publicAccess(accountId);
    const row = await stored.findAccessGroup(this.#database.db, id);
    return row?.account_id === accountId ? row : undefined;
  }

  /** The group everyone is in, whether or not they are signed in. */
  async publicAccess(accountId: string): Promise<AccessGroup | undefined> {
    const account = await findAccount(this.#database.db, accountId);
    return (
      account && {
        id: PUBLIC_ACCESS,
        account_id: accountId,
        name: PUBLIC_ACCESS_NAME,
        description: 'Everyone, signed in or not',
        entity_tag: '1-00000000000000000000000000000000',
        created_at: account.created_at,
        created_by: account.owner_iam_id,
        modified_at: account.created_at,
        modified_by: account.owner_iam_id,
      }
    );
  }

  /** An account's groups by name, or those an identity is in; without Public Access. */
  async list(accountId: string, iamId: string | undefined): Promise<AccessGroup[]> {
    const rows = await stored.listAccessGroups(this.#database.db, accountId);
    if (iamId === undefined) return rows;
    const ids = new Set(await stored.groupsOfIdentity(this.#database.db, accountId, iamId));
    return rows.filter(({ id }) => ids.has(id));
  }

  /** Throws NAME_TAKEN, LIMIT_REACHED. */
  async create(
    accountId: string,
    { name, description }: { name: string; description: string },
    { actor, iamId }: Author,
  ): Promise<AccessGroup> {
    const now = this.#clock.now();
    demandFreeName(name);
    const row: AccessGroup = {
      id: prefixedId('AccessGroupId'),
      account_id: accountId,
      name,
      description,
      entity_tag: firstEntityTag(entityTagSeed()),
      created_at: now,
      created_by: iamId,
      modified_at: now,
      modified_by: iamId,
    };
    await this.#database.write(createGroup, { row, actor });
    return row;
  }

  /** Throws NOT_FOUND, NAME_TAKEN, ENTITY_CHANGED. */
  async change(
    id: string,
    set: Partial<Pick<AccessGroup, 'name' | 'description'>>,
    ifMatch: string,
    author: Author,
  ): Promise<AccessGroup> {
    demandOwn(id);
    if (set.name !== undefined) demandFreeName(set.name);
    const row = await this.#database.write(changeGroup, { id, set, ifMatch, ...this.#now(author) });
    return row ?? notThere();
  }

  /** Throws NOT_FOUND, IN_USE. */
  async delete(id: string, force: boolean, { actor }: Author): Promise<void> {
    demandOwn(id);
    if (!(await this.#database.write(deleteGroup, { id, force, at: this.#clock.now(), actor }))) notThere();
  }

  async members(
    groupId: string,
    page: { offset: number; limit: number; type: GroupMember['type'] | undefined },
  ): Promise<{ members: GroupMember[]; total: number }> {
    const { db } = this.#database;
    const [members, total] = await Promise.all([
      stored.listGroupMembers(db, groupId, page),
      stored.countGroupMembers(db, groupId, page.type),
    ]);
    return { members, total };
  }

  member(groupId: string, iamId: string): Promise<GroupMember | undefined> {
    return stored.findGroupMember(this.#database.db, groupId, iamId);
  }

  /** What people call a member: a name, and an address where there is one. */
  async called({ type, iam_id: iamId }: GroupMember): Promise<{ name?: string; email?: string }> {
    const { db } = this.#database;
    if (type === 'user') {
      const user = await findUser(db, iamId);
      return user ? { name: `${user.first_name} ${user.last_name}`, email: user.email } : {};
    }
    const id = iamId.replace(/^iam-/, '');
    const entity = await (type === 'service' ? findServiceId(db, id) : findProfile(db, id));
    return entity ? { name: entity.name } : {};
  }

  /** Throws NOT_FOUND. */
  async add(
    groupId: string,
    members: NewMembers['members'],
    { actor, iamId }: Author,
  ): Promise<MemberOutcome[]> {
    demandOwn(groupId);
    const input = { groupId, members, at: this.#clock.now(), by: iamId, actor };
    return (await this.#database.write(addMembers, input)) ?? notThere();
  }

  /** Answers who of them was in it. */
  async remove(groupId: string, iamIds: readonly string[], { actor }: Author): Promise<ReadonlySet<string>> {
    demandOwn(groupId);
    const input = { groupId, iamIds, at: this.#clock.now(), actor };
    return new Set(await this.#database.write(removeMembers, input));
  }

  rules(groupId: string): Promise<GroupRule[]> {
    return stored.listGroupRules(this.#database.db, groupId);
  }

  async rule(groupId: string, id: string): Promise<GroupRule | undefined> {
    const row = await stored.findGroupRule(this.#database.db, id);
    return row?.group_id === groupId ? row : undefined;
  }

  /** Rules are about claims of federated logins, and there are none here: a rule is kept and matches nobody. */
  async createRule(groupId: string, document: object, { actor, iamId }: Author): Promise<GroupRule> {
    demandOwn(groupId);
    const now = this.#clock.now();
    const row: GroupRule = {
      id: `ClaimRule-${randomUUID()}`,
      group_id: groupId,
      document: JSON.stringify(document),
      entity_tag: firstEntityTag(entityTagSeed()),
      created_at: now,
      created_by: iamId,
      modified_at: now,
      modified_by: iamId,
    };
    if (!(await this.#database.write(createRule, { row, actor }))) notThere();
    return row;
  }

  async replaceRule(
    { groupId, id }: { groupId: string; id: string },
    document: object,
    ifMatch: string,
    author: Author,
  ): Promise<GroupRule> {
    const change = { groupId, id, document: JSON.stringify(document), ifMatch, ...this.#now(author) };
    return (await this.#database.write(replaceRule, change)) ?? notThere();
  }

  async deleteRule({ groupId, id }: { groupId: string; id: string }, { actor }: Author): Promise<void> {
    if (!(await this.#database.write(deleteRule, { groupId, id, at: this.#clock.now(), actor }))) notThere();
  }

  #now({ actor, iamId }: Author) {
    return { entropy: entityTagSeed(), at: this.#clock.now(), by: iamId, actor };
  }
}

const notThere = (): never => {
  throw new RegistryError('NOT_FOUND');
};

const demandOwn = (id: string): void => {
  if (id === PUBLIC_ACCESS)
    throw new RegistryError('BAD_REQUEST', {
      message:
        'the group Public Access holds everyone and is not changed; give it policies, or switch it off at PATCH /v2/groups/settings',
    });
};

const demandFreeName = (name: string): void => {
  if (name.trim().toLowerCase() === PUBLIC_ACCESS_NAME.toLowerCase())
    throw new RegistryError('NAME_TAKEN', {
      message: `every account has a group ${PUBLIC_ACCESS_NAME} already`,
    });
};
