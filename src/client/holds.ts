import { HeldImage, type Hold, HoldList, type NewHold } from '../wire/holds.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

const PATH = '/api/v1/holds';

/** Images that cannot be deleted, of one account in the region `client` calls. */
export class HoldClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  /** Those of one namespace, or of all that the caller may list. */
  async list(namespace?: string): Promise<Hold[]> {
    const query = { namespace };
    const call = { method: 'GET', path: PATH, query, headers: this.#headers, answer: HoldList } as const;
    return (await this.#client.send(call)).body;
  }

  /** Answers the image with its digest. */
  async add(image: string, json: NewHold): Promise<HeldImage> {
    const path = `${PATH}/${segment(image)}`;
    const call = { method: 'PUT', path, headers: this.#headers, json, answer: HeldImage } as const;
    return (await this.#client.send(call)).body;
  }

  async remove(image: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `${PATH}/${segment(image)}`, headers: this.#headers });
  }
}
