import {
  BackupRun,
  BackupStatus,
  BackupVerifyEvent,
  type BackupVerifyRequest,
  PruneEvent,
  type PruneRequest,
  SnapshotList,
} from '../wire/backups.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

/** Backups, for the operator. */
export class BackupClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  async status(): Promise<BackupStatus> {
    const call = {
      method: 'GET',
      path: '/api/v1/backups',
      headers: this.#headers,
      answer: BackupStatus,
    } as const;
    return (await this.#client.send(call)).body;
  }

  /** Begins a backup. It goes on in the server when the client ends. */
  async begin(to: string | undefined): Promise<BackupRun> {
    const { body } = await this.#client.send({
      method: 'POST',
      path: '/api/v1/backups',
      headers: this.#headers,
      json: to === undefined ? {} : { to },
      answer: BackupRun,
    });
    return body;
  }

  async run(id: string): Promise<BackupRun> {
    const path = `/api/v1/backups/${segment(id)}`;
    const call = { method: 'GET', path, headers: this.#headers, answer: BackupRun } as const;
    return (await this.#client.send(call)).body;
  }

  async list(target: string | undefined): Promise<SnapshotList> {
    const { body } = await this.#client.send({
      method: 'GET',
      path: '/api/v1/backups/snapshots',
      query: { target },
      headers: this.#headers,
      answer: SnapshotList,
    });
    return body;
  }

  /** Findings as they are made; the last line has the kind `end`. */
  verify(request: BackupVerifyRequest): AsyncIterable<BackupVerifyEvent> {
    return this.#client.lines({
      method: 'POST',
      path: '/api/v1/backups/verify',
      headers: this.#headers,
      json: request,
      answer: BackupVerifyEvent,
    });
  }

  /** A line for each backup that goes; the last line has the kind `end`. */
  prune(request: PruneRequest): AsyncIterable<PruneEvent> {
    return this.#client.lines({
      method: 'POST',
      path: '/api/v1/backups/prune',
      headers: this.#headers,
      json: request,
      answer: PruneEvent,
    });
  }

  async confirmKey(key: string): Promise<void> {
    const path = '/api/v1/backups/key';
    await this.#client.send({ method: 'POST', path, headers: this.#headers, json: { key } });
  }
}
