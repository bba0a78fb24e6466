import type { Database } from '../../database/database.ts';
import { rowsInTurns } from '../../database/windows.ts';
import { RegistryError } from '../../errors.ts';
import type { Repositories } from '../repositories/repositories.ts';
import type { RepositoryTarget } from '../target.ts';
import { listTags } from './rows.ts';

export class Tags {
  readonly #database: Database;
  readonly #repositories: Repositories;

  constructor(database: Database, repositories: Repositories) {
    this.#database = database;
    this.#repositories = repositories;
  }

  /** A page of tag names in byte order after `after`, and whether more follow. Throws NAME_UNKNOWN. */
  async list(
    target: RepositoryTarget,
    after: string,
    limit: number,
  ): Promise<{ tags: string[]; more: boolean }> {
    const repository = await this.#repositories.find(target);
    if (!repository) throw new RegistryError('NAME_UNKNOWN', { detail: { name: target.name } });
    const { db } = this.#database;
    const tags = await rowsInTurns<string>(limit === 0 ? 0 : limit + 1, (last = after, most) =>
      listTags(db, repository.id, last, most),
    );
    return { tags: tags.slice(0, limit), more: tags.length > limit };
  }
}
