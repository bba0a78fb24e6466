import {
  AuditCheckpoint,
  AuditCheckpointList,
  AuditEvent,
  AuditEventList,
  AuditHold,
  type AuditQuery,
  AuditSettings,
  AuditVerifyLine,
} from '../wire/audit.ts';
import type { Client } from './client.ts';

/** What narrows a list of events. */
export type AuditFilter = Partial<
  Record<Exclude<keyof AuditQuery, 'order' | 'cursor' | 'after' | 'limit' | 'outcome'>, string>
> & { outcome?: string };

/** The most events an answer holds. */
const PAGE = 200;

/** The audit log. */
export class AuditClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * The newest events, at most `most`, newest first; and where `following` goes on from. An answer may be short and yet not
   * be the last, so it is asked again until there are enough.
   */
  async newest(
    filter: AuditFilter,
    most: number,
  ): Promise<{ events: AuditEvent[]; follow: string | undefined }> {
    const events: AuditEvent[] = [];
    let follow: string | undefined;
    let cursor: string | undefined;
    do {
      const limit = Math.min(PAGE, most - events.length);
      const page = await this.#page({ ...filter, cursor, limit: String(limit) });
      for (const event of page.events) events.push(event);
      follow ??= page.follow;
      cursor = page.next;
    } while (cursor !== undefined && events.length < most);
    return { events, follow };
  }

  /** One page of the newest events, newest first; a page may be short, or empty, and have a cursor. */
  page(
    filter: AuditFilter,
    { cursor, limit }: { cursor?: string; limit?: number } = {},
  ): Promise<AuditEventList> {
    return this.#page({ ...filter, cursor, limit: limit?.toString() });
  }

  /** The newest events, newest first, as they are read: at most `most`. */
  export(filter: AuditFilter, most: number): AsyncIterable<AuditEvent> {
    return this.#client.lines({
      method: 'GET',
      path: '/api/v1/audit/events/export',
      query: { ...filter, limit: String(most) },
      answer: AuditEvent,
    });
  }

  /** A page of the one order of all events, behind a place in it; without one from the beginning. */
  async following(
    filter: AuditFilter,
    cursor: string | undefined,
  ): Promise<{ events: AuditEvent[]; cursor: string | undefined; more: boolean }> {
    const page = await this.#page({ ...filter, cursor, order: 'sequence', limit: String(PAGE) });
    return { events: page.events, cursor: page.next, more: page.more };
  }

  /** A page of the same, behind the event with this number. */
  async behind(
    filter: AuditFilter,
    number: number,
  ): Promise<{ events: AuditEvent[]; cursor: string | undefined; more: boolean }> {
    const after = String(number);
    const page = await this.#page({ ...filter, after, order: 'sequence', limit: String(PAGE) });
    return { events: page.events, cursor: page.next, more: page.more };
  }

  /** Seals what there is, and answers the checkpoint. Operator. */
  async checkpoint(): Promise<AuditCheckpoint> {
    const call = { method: 'POST', path: '/api/v1/audit/checkpoints', answer: AuditCheckpoint } as const;
    return (await this.#client.send(call)).body;
  }

  /** The newest checkpoints. Operator. */
  async checkpoints(limit: number): Promise<AuditCheckpoint[]> {
    const { body } = await this.#client.send({
      method: 'GET',
      path: '/api/v1/audit/checkpoints',
      query: { limit: String(limit) },
      answer: AuditCheckpointList,
    });
    return body.checkpoints;
  }

  /** Findings as they are made; the last line has the kind `end`. Operator. */
  verify(checkpoint: string | undefined): AsyncIterable<AuditVerifyLine> {
    return this.#client.lines({
      method: 'POST',
      path: '/api/v1/audit/verify',
      json: checkpoint === undefined ? {} : { checkpoint },
      answer: AuditVerifyLine,
    });
  }

  async hold(account: string | undefined): Promise<AuditHold> {
    const call = {
      method: 'GET',
      path: '/api/v1/audit/hold',
      query: { account },
      answer: AuditHold,
    } as const;
    return (await this.#client.send(call)).body;
  }

  async setHold(account: string | undefined, reason: string): Promise<AuditHold> {
    const { body } = await this.#client.send({
      method: 'PUT',
      path: '/api/v1/audit/hold',
      query: { account },
      json: { reason },
      answer: AuditHold,
    });
    return body;
  }

  /** Operator. */
  async liftHold(account: string | undefined): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: '/api/v1/audit/hold', query: { account } });
  }

  async settings(): Promise<AuditSettings> {
    const call = { method: 'GET', path: '/api/v1/audit/settings', answer: AuditSettings } as const;
    return (await this.#client.send(call)).body;
  }

  async set(settings: AuditSettings): Promise<AuditSettings> {
    const { body } = await this.#client.send({
      method: 'PUT',
      path: '/api/v1/audit/settings',
      json: settings,
      answer: AuditSettings,
    });
    return body;
  }

  async #page(query: Record<string, string | undefined>): Promise<AuditEventList> {
    const call = { method: 'GET', path: '/api/v1/audit/events', query, answer: AuditEventList } as const;
    return (await this.#client.send(call)).body;
  }
}
