import { type AuditEvent, AuditEventList, type AuditQuery, AuditSettings } from '../wire/audit.ts';
import type { Client } from './client.ts';

/** What narrows a list of events. */
export type AuditFilter = Partial<
  Record<Exclude<keyof AuditQuery, 'order' | 'cursor' | 'limit' | 'outcome'>, string>
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

  /** A page of the one order of all events, behind a place in it; without one from the beginning. */
  async following(
    filter: AuditFilter,
    cursor: string | undefined,
  ): Promise<{ events: AuditEvent[]; cursor: string | undefined; more: boolean }> {
    const page = await this.#page({ ...filter, cursor, order: 'sequence', limit: String(PAGE) });
    return { events: page.events, cursor: page.next, more: page.more };
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
