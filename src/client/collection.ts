import { CollectionRun, CollectionStatus, Holders, VerifyEvent } from '../wire/collection.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

/** Garbage collection, for the operator. */
export class CollectionClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  async status(): Promise<CollectionStatus> {
    const call = {
      method: 'GET',
      path: '/api/v1/gc',
      headers: this.#headers,
      answer: CollectionStatus,
    } as const;
    return (await this.#client.send(call)).body;
  }

  /** Begins a run. It goes on in the server when the client ends. */
  async begin(dryRun: boolean): Promise<CollectionRun> {
    const { body } = await this.#client.send({
      method: 'POST',
      path: '/api/v1/gc/runs',
      headers: this.#headers,
      json: { dry_run: dryRun },
      answer: CollectionRun,
    });
    return body;
  }

  async run(id: string): Promise<CollectionRun> {
    const path = `/api/v1/gc/runs/${segment(id)}`;
    const call = { method: 'GET', path, headers: this.#headers, answer: CollectionRun } as const;
    return (await this.#client.send(call)).body;
  }

  async holders(digest: string): Promise<Holders> {
    const path = `/api/v1/gc/holders/${segment(digest)}`;
    const call = { method: 'GET', path, headers: this.#headers, answer: Holders } as const;
    return (await this.#client.send(call)).body;
  }

  /** Findings as they are made; the last line has the kind `end`. */
  verify(repair: boolean): AsyncIterable<VerifyEvent> {
    return this.#client.lines({
      method: 'POST',
      path: '/api/v1/gc/verify',
      headers: this.#headers,
      json: { repair },
      answer: VerifyEvent,
    });
  }
}
