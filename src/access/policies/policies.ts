import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { entityTagSeed } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import type { Author } from '../author.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type Policy, policyOf, type SentPolicy } from './policy.ts';
import { faultOfBounds } from './policy-bounds.ts';
import { faultOfRule } from './policy-check.ts';
import { type PolicyTerms, readPolicy } from './policy-terms.ts';
import { findPolicy, listPolicies, MOST_BYTES, policiesContaining, policySizes } from './rows.ts';
import { createPolicy, deletePolicy, type PolicyText, replacePolicy, type WriteOutcome } from './writes.ts';

export type { SentPolicy } from './policy.ts';

export interface OversizedPolicy extends Pick<Policy, 'id' | 'accountId' | 'subject' | 'state'> {
  readonly bytes: number;
}

/** Policies that are read at once. */
const PART = 50;
const MOST_NAMING = 100;
const PARTS_OF_SIZES = 50;
const SIZES_PER_PART = 200;

/** What was written, or the policy that stands in the way. */
export type PolicyOutcome = { readonly written: Policy } | { readonly conflict: Policy };

/** Policies are stored as they were sent. The stored words are what answers repeat, and the only source of rights. */
export class Policies {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async find(id: string): Promise<Policy | undefined> {
    const row = await findPolicy(this.#database.db, id);
    return row && policyOf(row);
  }

  /** An account's policies in order of their ids, after the id `after`; read in parts, so that a list holds up nothing. */
  async *each(
    accountId: string,
    { subject, state, after = '' }: { subject?: string | undefined; state: Policy['state']; after?: string },
  ): AsyncGenerator<Policy> {
    for (let last = after; ; ) {
      const part = { subject, state, after: last, limit: PART };
      const rows = await listPolicies(this.#database.db, accountId, part);
      for (const row of rows) yield policyOf(row);
      if (rows.length < PART) return;
      last = rows.at(-1)?.id ?? last;
      await setImmediate();
    }
  }

  /**
   * Policies of all accounts that are larger than a decision reads, and so grant nothing. They were stored before there
   * was a bound. Looks at a part of all policies, after the id `after`; `next` is where the next part begins.
   */
  async oversized(after: string): Promise<{ policies: OversizedPolicy[]; next: string | undefined }> {
    const found: OversizedPolicy[] = [];
    let last = after;
    for (let part = 0; part < PARTS_OF_SIZES; part++) {
      const rows = await policySizes(this.#database.db, { after: last, limit: SIZES_PER_PART });
      for (const { id, account_id: accountId, subject, state, bytes } of rows)
        if (bytes > MOST_BYTES) found.push({ id, accountId, subject, state, bytes });
      last = rows.at(-1)?.id ?? last;
      if (rows.length < SIZES_PER_PART) return { policies: found, next: undefined };
      await setImmediate();
    }
    return { policies: found, next: last };
  }

  /** Active policies of an account that name this namespace. A new namespace of the same name would have them again. */
  async naming(accountId: string, namespace: string): Promise<Policy[]> {
    const page = { after: '', limit: MOST_NAMING };
    const rows = await policiesContaining(this.#database.db, accountId, JSON.stringify(namespace), page);
    return rows
      .map(policyOf)
      .filter(({ scope }) =>
        scope.some(
          ({ key, operator, value }) =>
            key === 'resource' && operator === 'stringEquals' && value === namespace,
        ),
      );
  }

  /** Throws BAD_REQUEST, ROLE_UNKNOWN, LOCKED, LIMIT_REACHED. */
  async create(accountId: string, sent: SentPolicy, author: Author): Promise<PolicyOutcome> {
    const input = { id: randomUUID(), accountId, policy: textOf(sent), ...this.#change(author) };
    return outcomeOf(await this.#database.write(createPolicy, input));
  }

  /**
   * Replaces `before`, the version that the caller's rights were decided on. `*` means that version too: a change made in
   * between was not decided on. Throws POLICY_UNKNOWN, ENTITY_CHANGED and what `create` does.
   */
  async replace(before: Policy, sent: SentPolicy, ifMatch: string, author: Author): Promise<PolicyOutcome> {
    const outcome = await this.#database.write(replacePolicy, {
      id: before.id,
      accountId: before.accountId,
      policy: textOf(sent),
      ifMatch: ifMatch === '*' ? before.entityTag : ifMatch,
      ...this.#change(author),
    });
    if (!outcome) throw new RegistryError('POLICY_UNKNOWN');
    return outcomeOf(outcome);
  }

  /** Makes a deleted policy active again. */
  restore(before: Policy, ifMatch: string, author: Author): Promise<PolicyOutcome> {
    return this.replace(before, before, ifMatch, author);
  }

  /** Throws POLICY_UNKNOWN; ENTITY_CHANGED when it is no longer the version that was decided on. */
  async delete(before: Policy, author: Author): Promise<void> {
    const input = { id: before.id, ifMatch: before.entityTag, ...this.#change(author) };
    if (!(await this.#database.write(deletePolicy, input))) throw new RegistryError('POLICY_UNKNOWN');
  }

  #change({ actor, iamId }: Author) {
    return { entropy: entityTagSeed(), at: this.#clock.now(), by: iamId, actor };
  }
}

/** What a policy that was sent says. BAD_REQUEST tells what of it cannot be read, or is too large. */
export const termsOf = ({ version, document }: SentPolicy): PolicyTerms => {
  if (document.type === 'authorization')
    throw new RegistryError('BAD_REQUEST', {
      message: 'policies of type authorization (between services) are not supported; use type access',
    });
  const terms = document.type === 'access' ? readPolicy(version, document) : 'type must be access';
  if (typeof terms === 'string') throw new RegistryError('BAD_REQUEST', { message: terms });
  const fault = faultOfRule(terms) ?? faultOfBounds(document);
  if (fault !== undefined) throw new RegistryError('BAD_REQUEST', { message: fault });
  return terms;
};

/** The same as it is stored. */
export const textOf = (sent: SentPolicy): PolicyText => {
  const terms = termsOf(sent);
  return {
    version: sent.version,
    subject: terms.subject,
    document: JSON.stringify(sent.document),
    fingerprint: fingerprintOf(terms),
  };
};

const outcomeOf = (outcome: WriteOutcome): PolicyOutcome =>
  'written' in outcome ? { written: policyOf(outcome.written) } : { conflict: policyOf(outcome.conflict) };
