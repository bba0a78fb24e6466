import { createHash } from 'node:crypto';
import { changesBetween, recordEvent } from '../../audit/events/tx.ts';
import { type Db, defineWrite, type Tx } from '../../database/database.ts';
import type { PolicyRow } from '../../database/iam-schema.ts';
import { changedEntityTag, firstEntityTag, nextEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { listCustomRoles } from '../custom-roles/rows.ts';
import { isFirstAccount, onIdentityRemoved, onInvitationAccepted, onInvited } from '../identities.ts';
import { forIdentity } from './other-subject.ts';
import { faultOfRoles, faultOfRule, faultOfScope } from './policy-check.ts';
import { termsOfRow } from './policy-grants.ts';
import type { PolicyTerms } from './policy-terms.ts';
import * as policies from './rows.ts';
import { refuseSubject } from './subject-check.ts';

/** IBM's limits. */
const PER_ACCOUNT = 4020;
const PER_SUBJECT = 1000;

/** How long a deleted policy can be brought back. */
const KEPT_DELETED = 30 * 86_400_000;

/** What was written, or the policy that stands in the way. */
export type WriteOutcome = { readonly written: PolicyRow } | { readonly conflict: PolicyRow };

/** What a policy says: its document as JSON, and what is looked up of it. */
export type PolicyText = Pick<PolicyRow, 'version' | 'subject' | 'document' | 'fingerprint'>;

/** Who changes something, and when. */
interface Change {
  readonly at: number;
  readonly by: string;
  readonly actor: Actor;
  /** Random, for the next entity tag. */
  readonly entropy: string;
}

interface PolicyChange extends Change {
  readonly id: string;
  readonly accountId: string;
  readonly policy: PolicyText;
}

/** Creates a policy. BAD_REQUEST, ROLE_UNKNOWN, LOCKED, LIMIT_REACHED; the policy it would repeat is answered. */
export const createPolicy = defineWrite(
  'access.policy.create',
  async (tx: Tx, { id, accountId, policy, ...change }: PolicyChange): Promise<WriteOutcome> => {
    const row = newRow({ id, accountId, policy }, change);
    const conflict = await refusePolicy(tx.db, row);
    if (conflict) return { conflict };
    await policies.insertPolicy(tx, row);
    await audit(tx, 'create', { after: row }, change);
    return { written: row };
  },
);

const newRow = (
  { id, accountId, policy }: Pick<PolicyChange, 'id' | 'accountId' | 'policy'>,
  { at, by, entropy }: Change,
): PolicyRow => ({
  ...policy,
  id,
  account_id: accountId,
  type: 'access',
  state: 'active',
  entity_tag: firstEntityTag(entropy),
  created_at: at,
  created_by: by,
  modified_at: at,
  modified_by: by,
});

/** Replaces a policy as a whole, or brings a deleted one back. ENTITY_CHANGED when it is not the one that was read. */
export const replacePolicy = defineWrite(
  'access.policy.replace',
  async (
    tx: Tx,
    { id, accountId, policy, ifMatch, ...change }: PolicyChange & { ifMatch: string },
  ): Promise<WriteOutcome | undefined> => {
    const before = await policies.findPolicy(tx.db, id);
    if (before?.account_id !== accountId) return undefined;
    const after: PolicyRow = {
      ...before,
      ...policy,
      type: 'access',
      state: 'active',
      entity_tag: changedEntityTag(before.entity_tag, ifMatch, change.entropy),
      modified_at: change.at,
      modified_by: change.by,
    };
    const conflict = await refusePolicy(tx.db, after, before);
    if (conflict) return { conflict };
    await policies.updatePolicy(tx, { before, after });
    await audit(tx, 'update', { before, after }, change);
    return { written: after };
  },
);

/** Deletes an active policy; false where there is none. It can be brought back for a while. */
export const deletePolicy = defineWrite(
  'access.policy.delete',
  async (tx: Tx, { id, ifMatch, ...change }: Change & { id: string; ifMatch: string }): Promise<boolean> => {
    const before = await policies.findPolicy(tx.db, id);
    if (before?.state !== 'active') return false;
    const after: PolicyRow = {
      ...before,
      state: 'deleted',
      entity_tag: changedEntityTag(before.entity_tag, ifMatch, change.entropy),
      modified_at: change.at,
      modified_by: change.by,
    };
    await policies.updatePolicy(tx, { before, after });
    await policies.dropDeletedPolicies(tx, before.account_id, change.at - KEPT_DELETED);
    await audit(tx, 'delete', { before }, change);
    return true;
  },
);

/**
 * Refuses a policy that its account cannot have: by its subject, its roles, its resources or a limit. Answers the policy
 * it would repeat.
 */
const refusePolicy = async (db: Db, row: PolicyRow, before?: PolicyRow): Promise<PolicyRow | undefined> => {
  const conflict = await refuseContent(db, row);
  if (conflict) return conflict;
  const isMore = before?.state !== 'active';
  if (isMore) refuseFull(await placesIn(db, row.account_id));
  if (isMore || before.subject !== row.subject) refuseFull(await placesIn(db, row.account_id, row.subject));
  return undefined;
};

/** The same without the limits. */
const refuseContent = async (db: Db, row: PolicyRow): Promise<PolicyRow | undefined> => {
  const terms = termsOfRow(row);
  if (!terms) throw new RegistryError('BAD_REQUEST', { message: 'the policy cannot be read' });
  const fault = faultOfScope(terms.attributes, row.account_id) ?? faultOfRule(terms);
  if (fault) throw new RegistryError('BAD_REQUEST', { message: fault });
  await refuseSubject(db, row.account_id, terms);
  await refuseRoles(db, row.account_id, terms);
  const alike = await policies.policiesAlike(db, row.account_id, row.fingerprint);
  return alike.find((other) => other.id !== row.id && repeats(other, terms));
};

/** Two policies on the same repeat each other if one gives a role the other gives too. */
const repeats = (other: PolicyRow, { roles }: PolicyTerms): boolean =>
  termsOfRow(other)?.roles.some((role) => roles.includes(role)) ?? false;

/** Throws BAD_REQUEST or ROLE_UNKNOWN for roles that cannot be given there. */
const refuseRoles = async (db: Db, accountId: string, terms: PolicyTerms): Promise<void> => {
  const custom = await listCustomRoles(db, accountId);
  const fault = faultOfRoles(terms, {
    accountId,
    isFirstAccount: await isFirstAccount(db, accountId),
    customRoles: new Map(custom.map(({ name, service_name }) => [name, service_name])),
  });
  if (fault) throw new RegistryError(fault.code, { message: fault.message });
};

/** How many more policies an account, or one subject in it, may have. */
interface Places {
  readonly limit: number;
  readonly whose: string;
  left: number;
}

const placesIn = async (db: Db, accountId: string, subject?: string): Promise<Places> => {
  const [limit, whose] =
    subject === undefined ? [PER_ACCOUNT, 'an account'] : [PER_SUBJECT, 'an identity or group'];
  return { limit, whose, left: limit - (await policies.countPolicies(db, accountId, subject)) };
};

/** Takes a place. */
const refuseFull = (places: Places): void => {
  places.left--;
  if (places.left >= 0) return;
  throw new RegistryError('LIMIT_REACHED', {
    message: `${places.whose} has at most ${places.limit} policies; delete one first, or use an access group`,
  });
};

const audit = (
  tx: Tx,
  verb: string,
  { before, after }: { before?: PolicyRow; after?: PolicyRow },
  { at, actor }: Change,
): Promise<void> => {
  const row = after ?? before;
  return recordEvent(tx, actor, {
    accountId: row?.account_id ?? null,
    at,
    action: `iam-access-management.policy.${verb}`,
    target: row?.id ?? '',
    reason: row?.subject,
    changed: changesBetween(before && grantOf(before), after && grantOf(after), [
      'subject',
      'roles',
      'access',
    ]),
  });
};

/** Whom a policy gives what, as an event tells it. */
const grantOf = (row: PolicyRow): Record<'subject' | 'roles' | 'access', string | string[]> => {
  const terms = termsOfRow(row);
  return {
    subject: row.subject,
    roles: [...(terms?.roles ?? [])],
    access: (terms?.attributes ?? []).map(({ key, operator, value }) => `${key} ${operator} ${value}`),
  };
};

/** They grant nothing before the invitation is accepted. What an invitation that is renewed has already is not made again. */
onInvited.add(async (tx, { accountId, iamIds, policies: given, at, by, actor, seed }) => {
  if (given.length === 0) return;
  const change = { at, by, actor, entropy: seed };
  const ofAccount = await placesIn(tx.db, accountId);
  for (const iamId of iamIds) {
    const ofSubject = await placesIn(tx.db, accountId, iamId);
    for (const [index, policy] of given.entries()) {
      const id = uuidOf(`${seed} ${iamId} ${index}`);
      const row = forIdentity(newRow({ id, accountId, policy }, change), iamId);
      if (!row) throw new RegistryError('BAD_REQUEST', { message: 'the policy cannot be read' });
      if (await refuseContent(tx.db, row)) continue;
      refuseFull(ofAccount);
      refuseFull(ofSubject);
      await policies.insertPolicy(tx, row);
      await audit(tx, 'create', { after: row }, change);
    }
  }
});

/** An id in the form of a random one. A write has no randomness: it comes with the text. */
const uuidOf = (text: string): string => {
  const hex = createHash('sha256').update(text).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
};

/** Deleted policies of the invitation are not kept: they cannot be brought back for its id. */
onInvitationAccepted.add(async (tx, { accountId, from, to, at, seed }) => {
  const all = { subject: from, state: 'active', after: '', limit: PER_SUBJECT } as const;
  for (const before of await policies.listPolicies(tx.db, accountId, all)) {
    const after = forIdentity(before, to);
    if (!after) continue;
    const version = { entity_tag: nextEntityTag(before.entity_tag, seed), modified_at: at };
    await policies.updatePolicy(tx, { before, after: { ...after, ...version } });
  }
  await policies.deletePoliciesOfSubject(tx, accountId, from);
});

onIdentityRemoved.add((tx, { accountId, iamId }) => policies.deletePoliciesOfSubject(tx, accountId, iamId));
