import { recordEvent } from '../../audit/events/tx.ts';
import { type Db, defineWrite, type Tx } from '../../database/database.ts';
import type { PolicyRow } from '../../database/iam-schema.ts';
import { changedEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { firstAccount } from '../../identity/accounts/rows.ts';
import { onIdentityRemoved } from '../../identity/extension-points.ts';
import type { Actor } from '../../principal.ts';
import { faultOfRoles, faultOfRule, faultOfScope } from './policy-check.ts';
import { termsOfRow } from './policy-grants.ts';
import type { PolicyTerms } from './policy-terms.ts';
import * as policies from './rows.ts';
import { demandSubject } from './subject-check.ts';

/** IBM's limits. */
const PER_ACCOUNT = 4020;
const PER_SUBJECT = 1000;

/** How long a deleted policy can be brought back. */
const KEPT_DELETED = 30 * 86_400_000;

/** What was written, or the policy that stands in the way. */
export type PolicyOutcome = { readonly written: PolicyRow } | { readonly conflict: PolicyRow };

/** Creates a policy. BAD_REQUEST, ROLE_UNKNOWN, LOCKED, LIMIT_REACHED; the policy it would repeat is answered. */
export const createPolicy = defineWrite(
  'access.policy.create',
  async (tx: Tx, { row, actor }: { row: PolicyRow; actor: Actor }): Promise<PolicyOutcome> => {
    const conflict = await admit(tx.db, row);
    if (conflict) return { conflict };
    await policies.insertPolicy(tx.db, row);
    await note(tx, 'create', row, actor);
    return { written: row };
  },
);

export interface PolicyChange {
  /** The row as it is to be; its entity tag is the text that makes the next one new. */
  readonly row: PolicyRow;
  /** What the caller has read; `*` for whatever there is. */
  readonly ifMatch: string;
  readonly actor: Actor;
}

/** Replaces a policy as a whole, or brings a deleted one back. ENTITY_CHANGED when it is not the one that was read. */
export const replacePolicy = defineWrite(
  'access.policy.replace',
  async (tx: Tx, { row, ifMatch, actor }: PolicyChange): Promise<PolicyOutcome | undefined> => {
    const before = await policies.findPolicy(tx.db, row.id);
    if (before?.account_id !== row.account_id) return undefined;
    const after: PolicyRow = {
      ...row,
      entity_tag: changedEntityTag(before.entity_tag, ifMatch, row.entity_tag),
      created_at: before.created_at,
      created_by: before.created_by,
    };
    const conflict = await admit(tx.db, after, before);
    if (conflict) return { conflict };
    await policies.updatePolicy(tx.db, after);
    if (before.subject !== after.subject) tx.changed('policy', subjectKey(before));
    await note(tx, 'update', after, actor);
    return { written: after };
  },
);

/** Deletes an active policy; false where there is none. It can be brought back for a while. */
export const deletePolicy = defineWrite(
  'access.policy.delete',
  async (
    tx: Tx,
    input: { id: string; ifMatch: string; entropy: string; at: number; by: string; actor: Actor },
  ): Promise<boolean> => {
    const row = await policies.findPolicy(tx.db, input.id);
    if (row?.state !== 'active') return false;
    const after: PolicyRow = {
      ...row,
      state: 'deleted',
      entity_tag: changedEntityTag(row.entity_tag, input.ifMatch, input.entropy),
      modified_at: input.at,
      modified_by: input.by,
    };
    await policies.updatePolicy(tx.db, after);
    await policies.dropDeletedPolicies(tx.db, row.account_id, input.at - KEPT_DELETED);
    await note(tx, 'delete', after, input.actor);
    return true;
  },
);

/** Holds a policy against the account it is in: the subject, the roles, the limits. Answers the one it would repeat. */
const admit = async (db: Db, row: PolicyRow, before?: PolicyRow): Promise<PolicyRow | undefined> => {
  const terms = termsOfRow(row);
  if (!terms) throw new RegistryError('BAD_REQUEST', { message: 'the policy cannot be read' });
  const fault = faultOfScope(terms.attributes, row.account_id) ?? faultOfRule(terms);
  if (fault) throw new RegistryError('BAD_REQUEST', { message: fault });
  await demandSubject(db, row.account_id, terms);
  await demandRoles(db, row.account_id, terms);
  const alike = await policies.policiesAlike(db, row.account_id, row.fingerprint);
  const conflict = alike.find((other) => other.id !== row.id && repeats(other, terms));
  if (conflict) return conflict;
  const isMore = before?.state !== 'active';
  if (isMore) await demandRoom(db, PER_ACCOUNT, row.account_id);
  if (isMore || before.subject !== row.subject)
    await demandRoom(db, PER_SUBJECT, row.account_id, row.subject);
  return undefined;
};

/** Two policies on the same repeat each other if one gives a role the other gives too. */
const repeats = (other: PolicyRow, { roles }: PolicyTerms): boolean =>
  termsOfRow(other)?.roles.some((role) => roles.includes(role)) ?? false;

/** Throws BAD_REQUEST or ROLE_UNKNOWN for roles that cannot be given there. */
export const demandRoles = async (db: Db, accountId: string, terms: PolicyTerms): Promise<void> => {
  const custom = await policies.listCustomRoles(db, accountId);
  const fault = faultOfRoles(terms, {
    accountId,
    isFirstAccount: (await firstAccount(db))?.id === accountId,
    customRoles: new Map(custom.map(({ name, service_name }) => [name, service_name])),
  });
  if (fault) throw new RegistryError(fault.code, { message: fault.message });
};

const demandRoom = async (db: Db, limit: number, accountId: string, subject?: string): Promise<void> => {
  if ((await policies.countPolicies(db, accountId, subject)) < limit) return;
  const whose = subject === undefined ? 'an account' : 'an identity or group';
  throw new RegistryError('LIMIT_REACHED', {
    message: `${whose} has at most ${limit} policies; delete one first, or use an access group`,
  });
};

/** How the change feed names whose policies changed. */
const subjectKey = ({ account_id, subject }: PolicyRow): string => `${account_id}/${subject}`;

const note = (tx: Tx, verb: string, row: PolicyRow, actor: Actor): Promise<void> => {
  tx.changed('policy', subjectKey(row));
  const event = {
    accountId: row.account_id,
    at: row.modified_at,
    action: `iam-access-management.policy.${verb}`,
    target: row.id,
    reason: row.subject,
  };
  return recordEvent(tx, actor, event);
};

onIdentityRemoved.add(async (tx, { accountId, iamId }) => {
  await policies.deletePoliciesOfSubject(tx.db, accountId, iamId);
  tx.changed('policy', `${accountId}/${iamId}`);
});
