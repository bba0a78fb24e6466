import { ImageInspection } from '../wire/image-inspection.ts';
import {
  DeletedImage,
  ImageDigest,
  type ImageDigestQuery,
  RemoteApiImage,
  Untagged,
} from '../wire/images.ts';
import {
  type BulkDelete,
  BulkDeleted,
  NEXT_START,
  RestoredTags,
  TrashEmptied,
  TrashList,
} from '../wire/trash.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

export interface ImageRestriction {
  namespace?: string;
  /** `namespace/repository`. */
  repository?: string;
}

/** Images of one account in the region `client` calls. Names are as people write them; the server reads them. */
export class ImageClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  /** Tagged images, some at a time as they come: the list may be longer than memory. */
  list(restriction: ImageRestriction = {}): AsyncIterable<readonly RemoteApiImage[]> {
    return this.#client.items({
      method: 'GET',
      path: '/api/v1/images',
      query: { ...restriction },
      headers: this.#headers,
      answer: RemoteApiImage,
    });
  }

  /** Digests, tagged or not, some at a time as they come. */
  digests(query: ImageDigestQuery = {}): AsyncIterable<readonly ImageDigest[]> {
    return this.#client.items({
      method: 'POST',
      path: '/api/v1/images/digests',
      headers: this.#headers,
      json: query,
      answer: ImageDigest,
    });
  }

  async inspect(image: string, { attestations = false } = {}): Promise<ImageInspection> {
    const { body } = await this.#client.send({
      method: 'GET',
      path: `/api/v1/images/${segment(image)}/json`,
      query: attestations ? { attestations: 'true' } : {},
      headers: this.#headers,
      answer: ImageInspection,
    });
    return body;
  }

  /** The manifest, as it was pushed. */
  manifest(image: string): Promise<string> {
    const path = `/api/v1/images/${segment(image)}/manifest`;
    return this.#client.text({ method: 'GET', path, headers: this.#headers });
  }

  /** Gives an image a tag. */
  async tag(fromimage: string, toimage: string): Promise<void> {
    const query = { fromimage, toimage };
    const call = { method: 'POST', path: '/api/v1/images/tags', query, endless: true } as const;
    await this.#client.send({ ...call, headers: this.#headers });
  }

  /** Takes a tag away. Answers the name it was, in full. */
  async untag(image: string): Promise<string> {
    const { body } = await this.#client.send({
      method: 'DELETE',
      path: `/api/v1/tags/${segment(image)}`,
      headers: this.#headers,
      answer: Untagged,
    });
    return body.Untagged;
  }

  /** Deletes an image with all its tags; it goes to the trash. Answers how it can be restored. */
  async remove(image: string): Promise<DeletedImage> {
    const { body } = await this.#client.send({
      method: 'DELETE',
      path: `/api/v1/images/${segment(image)}`,
      headers: this.#headers,
      answer: DeletedImage,
    });
    return body;
  }

  /** Deletes at most 200 images. */
  async removeMany(names: BulkDelete): Promise<BulkDeleted> {
    const { body } = await this.#client.send({
      method: 'POST',
      path: '/api/v1/images/bulkdelete',
      json: names,
      endless: true,
      headers: this.#headers,
      answer: BulkDeleted,
    });
    return body;
  }

  /** What can be restored, by host/namespace/repository@digest. */
  async trash(namespace?: string): Promise<TrashList> {
    const { body } = await this.#client.send({
      method: 'GET',
      path: '/api/v1/trash',
      query: { namespace },
      endless: true,
      headers: this.#headers,
      answer: TrashList,
    });
    return body;
  }

  /** Some of the same, in the order of namespaces; `next` is where the page behind it starts. */
  async trashPage(query: {
    namespace?: string | undefined;
    limit: number;
    start?: string | undefined;
  }): Promise<{ images: TrashList; next: string | undefined }> {
    const { body, headers } = await this.#client.send({
      method: 'GET',
      path: '/api/v1/trash',
      query: { ...query, limit: String(query.limit) },
      headers: this.#headers,
      answer: TrashList,
    });
    return { images: body, next: headers.get(NEXT_START) ?? undefined };
  }

  /** Restores an image by a tag, with that tag alone. */
  async restore(image: string): Promise<void> {
    const path = `/api/v1/trash/${segment(image)}/restore`;
    await this.#client.send({ method: 'POST', path, headers: this.#headers });
  }

  /** Restores an image by its digest. */
  async restoreTags(image: string): Promise<RestoredTags> {
    const path = `/api/v1/trash/${segment(image)}/restoretags`;
    const call = { method: 'POST', path, headers: this.#headers, answer: RestoredTags } as const;
    return (await this.#client.send(call)).body;
  }

  /** What is in the trash of a namespace cannot be restored any more. Answers how many images that were. */
  async emptyTrash(namespace: string): Promise<number> {
    const query = { namespace };
    const call = { method: 'DELETE', path: '/api/v1/trash', query, answer: TrashEmptied } as const;
    return (await this.#client.send({ ...call, endless: true, headers: this.#headers })).body.removed;
  }
}
