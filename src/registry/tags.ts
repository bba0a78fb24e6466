import { RegistryError } from '../errors.ts';
import type { Metadata } from '../metadata/database.ts';
import { listTags } from '../metadata/tags.ts';
import type { Repositories } from './repositories.ts';
import type { RepositoryTarget } from './target.ts';

export class Tags {
  readonly #metadata: Metadata;
  readonly #repositories: Repositories;

  constructor(metadata: Metadata, repositories: Repositories) {
    this.#metadata = metadata;
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
    const tags = await listTags(this.#metadata.db, repository.id, after, limit === 0 ? 0 : limit + 1);
    return { tags: tags.slice(0, limit), more: tags.length > limit };
  }
}
