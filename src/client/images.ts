import { type RemoteApiImage, RemoteApiImageList } from '../wire/images.ts';
import type { Client } from './client.ts';

export interface ImageRestriction {
  namespace?: string;
  /** `namespace/repository`. */
  repository?: string;
}

/** Images of one account in the region `client` calls. */
export class ImageClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  async list(restriction: ImageRestriction = {}): Promise<RemoteApiImage[]> {
    const { body } = await this.#client.send({
      method: 'GET',
      path: '/api/v1/images',
      query: { ...restriction },
      headers: this.#headers,
      answer: RemoteApiImageList,
    });
    return body;
  }
}
