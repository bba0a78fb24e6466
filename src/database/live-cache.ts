import { LRUCache } from 'lru-cache';
import { ANY, type Change, type ChangeKind, type Database } from './database.ts';

/**
 * Rows by id, kept until the change feed says they changed (P1: a revocation bites on the next request). A value that
 * was being read while its change arrived is handed to its reader but not kept. Absence is never kept.
 */
export class LiveCache<Value extends object> {
  readonly #database: Database;
  readonly #values: LRUCache<string, Value>;
  readonly #enabled: boolean;
  readonly #loading = new Map<string, object>();

  /**
   * `content` rows (tags, links, repositories) are kept only where no other process can change them. `weigh` says how many
   * of the `max` a value counts for. `wholly`: kinds of which any change forgets all, for values made of several rows.
   */
  constructor(
    database: Database,
    kinds: readonly ChangeKind[],
    max: number,
    holds: 'rights' | 'content' = 'rights',
    weigh: (value: Value) => number = () => 1,
    wholly: readonly ChangeKind[] = [],
  ) {
    this.#database = database;
    this.#enabled = holds === 'rights' || database.alone;
    // by size: with `max` it would take the memory of all entries at once, 40 bytes each
    this.#values = new LRUCache({ maxSize: max, sizeCalculation: weigh });
    database.onChange((changes) => this.#forget(kinds, wholly, changes));
  }

  async get(id: string, load: (id: string) => Promise<Value | undefined>): Promise<Value | undefined> {
    const usable = this.#enabled && this.#database.fresh();
    const kept = usable ? this.#values.get(id) : undefined;
    if (kept) return kept;
    const ticket = {};
    this.#loading.set(id, ticket);
    try {
      const value = await load(id);
      if (value && usable && this.#loading.get(id) === ticket) this.#values.set(id, value);
      return value;
    } finally {
      if (this.#loading.get(id) === ticket) this.#loading.delete(id);
    }
  }

  /** Several at once: those not kept are loaded together. `load` answers them by id; what it leaves out is absent. */
  async getMany(
    ids: readonly string[],
    load: (missing: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  ): Promise<Map<string, Value>> {
    const usable = this.#enabled && this.#database.fresh();
    const found = new Map<string, Value>();
    const missing: string[] = [];
    for (const id of ids) {
      const kept = usable ? this.#values.get(id) : undefined;
      if (kept) found.set(id, kept);
      else missing.push(id);
    }
    if (missing.length === 0) return found;
    const ticket = {};
    for (const id of missing) this.#loading.set(id, ticket);
    try {
      for (const [id, value] of await load(missing)) {
        found.set(id, value);
        if (usable && this.#loading.get(id) === ticket) this.#values.set(id, value);
      }
      return found;
    } finally {
      for (const id of missing) if (this.#loading.get(id) === ticket) this.#loading.delete(id);
    }
  }

  #forget(kinds: readonly ChangeKind[], wholly: readonly ChangeKind[], changes: readonly Change[]): void {
    for (const { kind, id } of changes) {
      if (wholly.includes(kind)) this.#forgetAll();
      if (!kinds.includes(kind)) continue;
      if (id === ANY) this.#forgetAll();
      this.#values.delete(id);
      this.#loading.delete(id);
    }
  }
  #forgetAll(): void {
    this.#values.clear();
    this.#loading.clear();
  }
}
