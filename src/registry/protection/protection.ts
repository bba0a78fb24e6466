import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { refuseUntilUpgraded } from '../upgrade.ts';
import { type ProtectionRule, ruleOf } from './protection-rule.ts';
import { rulesOf } from './refuse-protected.ts';
import { addRule, removeRule } from './writes.ts';

/** What a new rule protects; see ProtectionRule. */
export interface NewRule {
  readonly tags: string;
  readonly repositories: string | undefined;
  readonly exceptions: readonly string[];
}

/** Tags that stay where they are. The write that would move or delete one asks the rules (refuse-protected.ts). */
export class Protection {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** The rules of a namespace, oldest first. */
  list(namespaceId: string): Promise<ProtectionRule[]> {
    return rulesOf(this.#database.db, namespaceId);
  }

  /** It holds from the next push on, also for tags that are there. Throws NAME_UNKNOWN, LIMIT_REACHED. */
  async add(namespaceId: string, rule: NewRule, actor: Actor): Promise<ProtectionRule> {
    await refuseUntilUpgraded(this.#database, 'tags can be protected');
    const row = {
      id: randomUUID(),
      namespace_id: namespaceId,
      tags: rule.tags,
      repositories: rule.repositories ?? null,
      exceptions: JSON.stringify(rule.exceptions),
      created_at: this.#clock.now(),
      created_by: actor.principal,
    };
    await this.#database.write(addRule, { row, actor });
    return ruleOf(row);
  }

  /** Throws NOT_FOUND. */
  async remove(namespaceId: string, id: string, actor: Actor): Promise<void> {
    const input = { id, namespaceId, at: this.#clock.now(), actor };
    if (await this.#database.write(removeRule, input)) return;
    throw new RegistryError('NOT_FOUND', { message: `there is no protection rule ${id}` });
  }
}
