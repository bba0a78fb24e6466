import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import type { RepositoryRow } from '../../database/schema.ts';
import type { RepositoryTarget } from '../target.ts';
import { findRepository, listRepositoryNames } from './rows.ts';

export class Repositories {
  readonly #database: Database;
  readonly #byName: LiveCache<RepositoryRow>;

  constructor(database: Database) {
    this.#database = database;
    this.#byName = new LiveCache(database, ['repository'], 50_000, 'content');
  }

  /** The repository, if it exists in the very namespace the door decided on. */
  async find({ regionId, namespace, name }: RepositoryTarget): Promise<RepositoryRow | undefined> {
    const row = await this.#byName.get(`${regionId}/${name}`, () =>
      findRepository(this.#database.db, regionId, name),
    );
    return row?.namespace_id === namespace.id ? row : undefined;
  }

  /** Repository names of these namespaces for the catalog: the door says which the caller may see. */
  names(namespaceIds: readonly string[], after: string, limit: number): Promise<string[]> {
    return listRepositoryNames(this.#database.db, { namespaceIds, after, limit });
  }
}
