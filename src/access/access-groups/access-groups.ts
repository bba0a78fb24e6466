import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { entityTagSeed } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { prefixedId } from '../../ids.ts';
import type { Author } from '../author.ts';
import type { RuledGroups, RuledMembership } from '../decision/ruled-groups.ts';
import { findIdentity, findOwner, findPerson } from '../identities.ts';
import {
  type AccessGroup,
  type GroupMember,
  type GroupRule,
  groupOf,
  type MemberType,
  memberOf,
  PUBLIC_ACCESS,
  ruleOf,
} from './access-group.ts';
import * as stored from './rows.ts';
import { faultOfConditions, LONGEST_RULE, type RuleCondition } from './rule-conditions.ts';
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

/** How members come to be in a group: someone added them, or a rule lets them in as long as their provider's claims meet it. */
export type Membership = 'static' | 'dynamic' | 'all';

export interface RuledMember {
  readonly iamId: string;
  readonly type: 'user';
  readonly membership: RuledMembership;
}

export const PUBLIC_ACCESS_NAME = 'Public Access';

/** Access groups: policies of a group are its members'. Every account also has Public Access, which has no row. */
export class AccessGroups {
  readonly #database: Database;
  readonly #clock: Clock;

  readonly #ruled: RuledGroups;

  constructor(database: Database, clock: Clock, ruled: RuledGroups) {
    this.#ruled = ruled;
    this.#database = database;
    this.#clock = clock;
  }

  /** A group of the account; undefined for a group of another account. */
  async find(accountId: string, id: string): Promise<AccessGroup | undefined> {
    if (id === PUBLIC_ACCESS) return this.publicAccess(accountId);
    const row = await stored.findAccessGroup(this.#database.db, id);
    return row?.account_id === accountId ? groupOf(row) : undefined;
  }

  /** The group that everyone is in, signed in or not. */
  async publicAccess(accountId: string): Promise<AccessGroup | undefined> {
    const owner = await findOwner(this.#database.db, accountId);
    return (
      owner && {
        id: PUBLIC_ACCESS,
        accountId,
        name: PUBLIC_ACCESS_NAME,
        description: 'Everyone, signed in or not',
        entityTag: '1-00000000000000000000000000000000',
        createdAt: owner.since,
        createdBy: owner.iamId,
        modifiedAt: owner.since,
        modifiedBy: owner.iamId,
      }
    );
  }

  /** An account's groups by name, or those an identity is in; without Public Access. */
  async list(
    accountId: string,
    iamId: string | undefined,
    by: Membership = 'static',
  ): Promise<AccessGroup[]> {
    const groups = (await stored.listAccessGroups(this.#database.db, accountId)).map(groupOf);
    if (iamId === undefined) return groups;
    const added = by === 'dynamic' ? [] : await stored.groupsOfIdentity(this.#database.db, accountId, iamId);
    const ruled = by === 'static' ? [] : (await this.#ruled.of(accountId, iamId, { ask: false })).memberships;
    const ids = new Set([...added, ...ruled.map(({ groupId }) => groupId)]);
    return groups.filter(({ id }) => ids.has(id));
  }

  /** Throws NAME_TAKEN, LIMIT_REACHED. */
  async create(
    accountId: string,
    { name, description }: { name: string; description: string },
    author: Author,
  ): Promise<AccessGroup> {
    refuseReservedName(name);
    const id = prefixedId('AccessGroupId');
    const input = { id, accountId, name, description, ...this.#change(author) };
    return groupOf(await this.#database.write(createGroup, input));
  }

  /** Throws NOT_FOUND, NAME_TAKEN, ENTITY_CHANGED. */
  async change(
    id: string,
    set: Partial<Pick<AccessGroup, 'name' | 'description'>>,
    ifMatch: string,
    author: Author,
  ): Promise<AccessGroup> {
    refusePublicAccess(id);
    if (set.name !== undefined) refuseReservedName(set.name);
    const row = await this.#database.write(changeGroup, { id, set, ifMatch, ...this.#change(author) });
    return groupOf(row ?? refuseAbsent());
  }

  /** Throws NOT_FOUND, IN_USE. */
  async delete(id: string, force: boolean, { actor }: Author): Promise<void> {
    refusePublicAccess(id);
    if (!(await this.#database.write(deleteGroup, { id, force, at: this.#clock.now(), actor })))
      refuseAbsent();
  }

  async members(
    groupId: string,
    page: { offset: number; limit: number; type: MemberType | undefined },
  ): Promise<{ members: GroupMember[]; total: number }> {
    const { db } = this.#database;
    const [rows, total] = await Promise.all([
      stored.listGroupMembers(db, groupId, page),
      stored.countGroupMembers(db, groupId, page.type),
    ]);
    return { members: rows.map(memberOf), total };
  }

  /** Those who are in it by its rules now. Of an account with very many people not all are looked at. */
  async ruledMembers({ accountId, id }: AccessGroup): Promise<RuledMember[]> {
    return (await this.#ruled.membersOf(accountId, id)).map(({ iamId, membership }) => ({
      iamId,
      type: 'user',
      membership,
    }));
  }

  async hasMember(groupId: string, iamId: string): Promise<boolean> {
    return (await stored.findGroupMember(this.#database.db, groupId, iamId)) !== undefined;
  }

  /** The name of a member of a group, and its e-mail address where it has one; nothing of who is not in the account. */
  async called(
    accountId: string,
    { type, iamId }: Pick<GroupMember, 'type' | 'iamId'>,
  ): Promise<{ name?: string; email?: string }> {
    const { db } = this.#database;
    if (type === 'user') return (await findPerson(db, accountId, iamId)) ?? {};
    const name = (await findIdentity(db, accountId, iamId))?.name;
    return name === undefined ? {} : { name };
  }

  /** Throws NOT_FOUND. */
  async add(groupId: string, members: NewMembers['members'], author: Author): Promise<MemberOutcome[]> {
    refusePublicAccess(groupId);
    const { at, by, actor } = this.#change(author);
    return (await this.#database.write(addMembers, { groupId, members, at, by, actor })) ?? refuseAbsent();
  }

  /** Answers which of them were in it. */
  async remove(groupId: string, iamIds: readonly string[], { actor }: Author): Promise<ReadonlySet<string>> {
    refusePublicAccess(groupId);
    const input = { groupId, iamIds, at: this.#clock.now(), actor };
    return new Set(await this.#database.write(removeMembers, input));
  }

  async rules(groupId: string): Promise<GroupRule[]> {
    return (await stored.listGroupRules(this.#database.db, groupId)).map(ruleOf);
  }

  async rule(groupId: string, id: string): Promise<GroupRule | undefined> {
    const row = await stored.findGroupRule(this.#database.db, id);
    return row?.group_id === groupId ? ruleOf(row) : undefined;
  }

  /** Rules are about what identity providers say of people. Throws BAD_REQUEST for one that would let in everyone. */
  async createRule(groupId: string, document: RuleDocument, author: Author): Promise<GroupRule> {
    refusePublicAccess(groupId);
    refuseFaulty(document);
    const id = `ClaimRule-${randomUUID()}`;
    const input = { groupId, id, document: JSON.stringify(document), ...this.#change(author) };
    return ruleOf((await this.#database.write(createRule, input)) ?? refuseAbsent());
  }

  async replaceRule(
    { groupId, id }: { groupId: string; id: string },
    document: RuleDocument,
    ifMatch: string,
    author: Author,
  ): Promise<GroupRule> {
    refuseFaulty(document);
    const input = { groupId, id, document: JSON.stringify(document), ifMatch, ...this.#change(author) };
    return ruleOf((await this.#database.write(replaceRule, input)) ?? refuseAbsent());
  }

  async deleteRule({ groupId, id }: { groupId: string; id: string }, { actor }: Author): Promise<void> {
    if (!(await this.#database.write(deleteRule, { groupId, id, at: this.#clock.now(), actor })))
      refuseAbsent();
  }

  #change({ actor, iamId }: Author) {
    return { entropy: entityTagSeed(), at: this.#clock.now(), by: iamId, actor };
  }
}

const refuseAbsent = (): never => {
  throw new RegistryError('NOT_FOUND');
};

const refusePublicAccess = (id: string): void => {
  if (id === PUBLIC_ACCESS)
    throw new RegistryError('BAD_REQUEST', {
      message:
        'the group Public Access has everyone in it and cannot be changed; give it policies, or switch it off at PATCH /v2/groups/settings',
    });
};

interface RuleDocument {
  readonly conditions: readonly RuleCondition[];
}

const refuseFaulty = (document: RuleDocument): void => {
  const isLong = JSON.stringify(document).length > LONGEST_RULE;
  const message = isLong ? 'the rule is too long: make two of it' : faultOfConditions(document.conditions);
  if (message !== undefined) throw new RegistryError('BAD_REQUEST', { message });
};

const refuseReservedName = (name: string): void => {
  if (name.trim().toLowerCase() === PUBLIC_ACCESS_NAME.toLowerCase())
    throw new RegistryError('NAME_TAKEN', {
      message: `every account has a group ${PUBLIC_ACCESS_NAME}; choose another name`,
    });
};
