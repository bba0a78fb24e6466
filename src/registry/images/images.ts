import type { Database } from '../../database/database.ts';
import { type ListedImage, listTaggedImages } from './rows.ts';

/** The image view of the registry: tagged manifests as people list them. */
export class Images {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Tagged images of namespaces that the door found the caller may list, one entry per tag. */
  async list(namespaceIds: readonly string[], repository: string | undefined): Promise<ListedImage[]> {
    return namespaceIds.length === 0 ? [] : listTaggedImages(this.#database.db, namespaceIds, repository);
  }
}
