import type { Metadata } from '../metadata/database.ts';
import { type ListedImage, listTaggedImages } from '../metadata/manifests.ts';

export type { ListedImage } from '../metadata/manifests.ts';

/** The image view of the registry: tagged manifests as people list them. */
export class Images {
  readonly #metadata: Metadata;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  /** Tagged images of namespaces the door decided the caller may list, one entry per tag. */
  async list(namespaceIds: readonly string[], repository: string | undefined): Promise<ListedImage[]> {
    return namespaceIds.length === 0 ? [] : listTaggedImages(this.#metadata.db, namespaceIds, repository);
  }
}
