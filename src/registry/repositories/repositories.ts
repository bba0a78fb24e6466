import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { pages } from '../../database/windows.ts';
import type { RepositoryTarget } from '../target.ts';
import { findRepository, listRepositoryNames, type Repository, repositoriesAfter } from './rows.ts';

/** Repositories that one statement reads. */
const PAGE = 100;

export class Repositories {
  readonly #database: Database;
  readonly #byName: LiveCache<Repository>;

  constructor(database: Database) {
    this.#database = database;
    this.#byName = new LiveCache(database, ['repository'], 50_000, 'content');
  }

  /** The repository, if it exists in the namespace that the door decided on, and not in one that was recreated since. */
  async find({ regionId, namespace, name }: RepositoryTarget): Promise<Repository | undefined> {
    const found = await this.#byName.get(`${regionId}/${name}`, () =>
      findRepository(this.#database.db, regionId, name),
    );
    return found?.namespaceId === namespace.id ? found : undefined;
  }

  /** The repositories of a namespace by name, page by page. */
  pages(namespaceId: string): AsyncIterable<readonly { id: string; name: string }[]> {
    return pages<{ id: string; name: string }>(PAGE, (last) =>
      repositoriesAfter(this.#database.db, { namespaceId, after: last?.name ?? '', limit: PAGE }),
    );
  }

  /** Repository names of these namespaces for the catalog: the door says which the caller may see. */
  names(namespaceIds: readonly string[], after: string, limit: number): Promise<string[]> {
    return listRepositoryNames(this.#database.db, { namespaceIds, after, limit });
  }
}
