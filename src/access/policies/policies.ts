import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { PolicyRow } from '../../database/iam-schema.ts';
import { entityTagSeed, firstEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import type { Attribute } from '../decision/attributes.ts';
import { scopeOfRow } from './policy-grants.ts';
import { type PolicyTerms, type PolicyVersion, readPolicy } from './policy-terms.ts';
import { findPolicy, listPolicies } from './rows.ts';
import { createPolicy, deletePolicy, demandRoles, type PolicyOutcome, replacePolicy } from './writes.ts';

export type Policy = PolicyRow;

/** A policy as it came: its version and its words. */
export interface SentPolicy {
  readonly version: PolicyVersion;
  readonly document: Readonly<Record<string, unknown>>;
}

/** Who writes: the actor for the audit, and the iam_id that the policy names as its author. */
export interface Author {
  readonly actor: Actor;
  readonly iamId: string;
}

/** Policies: stored as they were sent, which is what answers repeat and the only source of what they grant. */
export class Policies {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  find(id: string): Promise<Policy | undefined> {
    return findPolicy(this.#database.db, id);
  }

  /** An account's policies in order of their ids, at most its limit of them; of one subject where that is given. */
  list(accountId: string, subject: string | undefined, state: PolicyRow['state']): Promise<Policy[]> {
    return listPolicies(this.#database.db, accountId, { subject, state });
  }

  /** The active policies of an account that name this namespace: one of the same name would have them again. */
  async naming(accountId: string, namespace: string): Promise<Policy[]> {
    const rows = await this.list(accountId, undefined, 'active');
    return rows.filter((row) =>
      scopeOf(row).some(
        ({ key, operator, value }) =>
          key === 'resource' && operator === 'stringEquals' && value === namespace,
      ),
    );
  }

  /** Throws BAD_REQUEST, ROLE_UNKNOWN, LOCKED, LIMIT_REACHED. */
  create(accountId: string, sent: SentPolicy, author: Author): Promise<PolicyOutcome> {
    const row: PolicyRow = { ...this.#row(accountId, sent, author), id: randomUUID() };
    return this.#database.write(createPolicy, {
      row: { ...row, entity_tag: firstEntityTag(row.entity_tag) },
      actor: author.actor,
    });
  }

  /**
   * Replaces `before`, the version that was decided on: `*` means that one, so that nobody's change in between goes
   * ungoverned. Throws POLICY_UNKNOWN, ENTITY_CHANGED and what `create` does.
   */
  replace(before: Policy, sent: SentPolicy, ifMatch: string, author: Author): Promise<PolicyOutcome> {
    const row = { ...this.#row(before.account_id, sent, author), id: before.id };
    return this.#replace(row, ifMatch === '*' ? before.entity_tag : ifMatch, author);
  }

  /** Makes a deleted policy active again. */
  restore(before: Policy, ifMatch: string, author: Author): Promise<PolicyOutcome> {
    const sent = { version: before.version, document: JSON.parse(before.document) };
    return this.replace(before, sent, ifMatch, author);
  }

  /** Throws BAD_REQUEST or ROLE_UNKNOWN where a policy's roles cannot be given in the account. */
  checkRoles(accountId: string, sent: SentPolicy): Promise<void> {
    return demandRoles(this.#database.db, accountId, termsOf(sent));
  }

  /** Throws POLICY_UNKNOWN; ENTITY_CHANGED when it is not the version any more that was decided on. */
  async delete(before: Policy, author: Author): Promise<void> {
    const input = {
      id: before.id,
      ifMatch: before.entity_tag,
      entropy: entityTagSeed(),
      at: this.#clock.now(),
      by: author.iamId,
      actor: author.actor,
    };
    if (!(await this.#database.write(deletePolicy, input))) throw new RegistryError('POLICY_UNKNOWN');
  }

  async #replace(row: PolicyRow, ifMatch: string, { actor }: Author): Promise<PolicyOutcome> {
    const outcome = await this.#database.write(replacePolicy, { row, ifMatch, actor });
    if (!outcome) throw new RegistryError('POLICY_UNKNOWN');
    return outcome;
  }

  #row(accountId: string, sent: SentPolicy, { iamId }: Author): Omit<PolicyRow, 'id'> {
    const now = this.#clock.now();
    const terms = termsOf(sent);
    return {
      account_id: accountId,
      version: sent.version,
      type: 'access',
      subject: terms.subject,
      document: JSON.stringify(sent.document),
      fingerprint: fingerprintOf(terms),
      state: 'active',
      entity_tag: entityTagSeed(),
      created_at: now,
      created_by: iamId,
      modified_at: now,
      modified_by: iamId,
    };
  }
}

/** What a policy that was sent says. BAD_REQUEST tells what of it cannot be read. */
export const termsOf = ({ version, document }: SentPolicy): PolicyTerms => {
  if (document.type === 'authorization')
    throw new RegistryError('BAD_REQUEST', {
      message: 'policies of type authorization (between services) are not supported; use type access',
    });
  const terms = document.type === 'access' ? readPolicy(version, document) : 'type must be access';
  if (typeof terms === 'string') throw new RegistryError('BAD_REQUEST', { message: terms });
  return terms;
};

/** On what a stored policy is: what whoever changes it must govern. */
export const scopeOf = (policy: Policy): readonly Attribute[] => scopeOfRow(policy);

/** The same for policies that say the same of whom, on what and when, in whichever order and version. */
const fingerprintOf = ({ subject, attributes, rule, pattern }: PolicyTerms): string => {
  const sorted = attributes.map(({ key, operator, value }) => JSON.stringify([key, operator, value])).sort();
  return createHash('sha256')
    .update(JSON.stringify([subject, sorted, rule ?? null, pattern ?? null]))
    .digest('hex');
};
