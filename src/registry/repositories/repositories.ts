import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { pages, rowsInTurns } from '../../database/windows.ts';
import type { ListedNamespace, ListedRepository } from '../listed.ts';
import type { RepositoryTarget } from '../target.ts';
import {
  findRepository,
  listRepositoryNames,
  type Repository,
  repositoriesAfter,
  repositoriesNamed,
} from './rows.ts';

/** Repositories that one statement reads. */
const PAGE = 200;

/** A repository of which a list tells. */
export interface Listed extends ListedRepository {
  readonly id: string;
}

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

  /** The repositories of a namespace of which a list tells, by name, page by page. */
  async *listed({ id: namespaceId, repositories }: ListedNamespace): AsyncIterable<readonly Listed[]> {
    const { db } = this.#database;
    if (!repositories) {
      const read = pages<{ id: string; name: string }>(PAGE, (last) =>
        repositoriesAfter(db, { namespaceId, after: last?.name ?? '', limit: PAGE }),
      );
      for await (const page of read) yield page.map((each) => ({ ...each, tags: undefined }));
      return;
    }
    for await (const page of repositories.pages()) {
      const tagsOf = new Map(page.map(({ name, tags }) => [name, tags]));
      const found = await repositoriesNamed(db, { namespaceId, names: [...tagsOf.keys()] });
      yield found.map((each) => ({ ...each, tags: tagsOf.get(each.name) }));
    }
  }

  /** Repository names of these namespaces for the catalog: the door says which the caller may see. */
  names(namespaceIds: readonly string[], after: string, limit: number): Promise<string[]> {
    return rowsInTurns<string>(limit, (last = after, most) =>
      listRepositoryNames(this.#database.db, { namespaceIds, after: last, limit: most }),
    );
  }
}
