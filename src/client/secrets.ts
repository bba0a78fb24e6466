import { type SecretEntry, SecretList } from '../wire/secrets.ts';
import type { Client } from './client.ts';

/** What ends soon or is not used, of one account: /api/v1/secrets. */
export class SecretClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  /** Spans as `30d`; either reason is enough. */
  async list(query: { expiring?: string | undefined; unused?: string | undefined }): Promise<SecretEntry[]> {
    const found: SecretEntry[] = [];
    let start: string | undefined;
    do {
      const { body } = await this.#client.send({
        method: 'GET',
        path: '/api/v1/secrets',
        query: { ...query, start },
        headers: this.#headers,
        answer: SecretList,
      });
      found.push(...body.secrets);
      start = body.next;
    } while (start !== undefined);
    return found;
  }
}
