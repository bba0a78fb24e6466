import type { Metadata } from '../metadata/database.ts';
import { LiveCache } from '../metadata/live-cache.ts';
import { findRepository, listRepositoryNames } from '../metadata/repositories.ts';
import type { RepositoryRow } from '../metadata/schema.ts';
import type { RepositoryTarget } from './target.ts';

export class Repositories {
  readonly #metadata: Metadata;
  readonly #byName: LiveCache<RepositoryRow>;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
    this.#byName = new LiveCache(metadata, ['repository'], 50_000, 'content');
  }

  /** The repository, if it exists in the very namespace the door decided on. */
  async find({ regionId, namespace, name }: RepositoryTarget): Promise<RepositoryRow | undefined> {
    const row = await this.#byName.get(`${regionId}/${name}`, () =>
      findRepository(this.#metadata.db, regionId, name),
    );
    return row?.namespace_id === namespace.id ? row : undefined;
  }

  /** Repository names of these namespaces for the catalog: the door says which the caller may see. */
  names(namespaceIds: readonly string[], after: string, limit: number): Promise<string[]> {
    return listRepositoryNames(this.#metadata.db, { namespaceIds, after, limit });
  }
}
