import { SignedTokenList, SigningKey, SigningKeyList, type SigningKeyRotate } from '../wire/signing-keys.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

/** The keys that sign tokens, for the operator. */
export class SigningKeyClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async list(): Promise<SigningKey[]> {
    const path = '/api/v1/signing-keys';
    return (await this.#client.send({ method: 'GET', path, answer: SigningKeyList })).body.signing_keys;
  }

  async rotate(purpose: SigningKeyRotate['purpose']): Promise<SigningKey> {
    const path = '/api/v1/signing-keys';
    return (await this.#client.send({ method: 'POST', path, json: { purpose }, answer: SigningKey })).body;
  }

  async retire(id: string): Promise<SigningKey> {
    const path = `/api/v1/signing-keys/${segment(id)}/retire`;
    return (await this.#client.send({ method: 'POST', path, answer: SigningKey })).body;
  }

  /** The registry tokens that a key signed, a page at a time. */
  async *tokens(id: string): AsyncGenerator<SignedTokenList['tokens']> {
    let start: string | undefined;
    do {
      const { body } = await this.#client.send({
        method: 'GET',
        path: `/api/v1/signing-keys/${segment(id)}/tokens`,
        query: { start },
        answer: SignedTokenList,
      });
      yield body.tokens;
      start = body.next;
    } while (start !== undefined);
  }
}
