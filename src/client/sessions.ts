import { type Session, SessionList } from '../wire/sessions.ts';
import { Passcode } from '../wire/tokens.ts';
import type { Client } from './client.ts';
import { listAll } from './pages.ts';
import { segment } from './path.ts';

/** Logins of an identity. */
export class SessionClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Where an identity is logged in, the latest first; without one, the caller. */
  async list(iamId?: string): Promise<Session[]> {
    return listAll(this.#client, {
      path: '/v1/sessions',
      query: { iam_id: iamId },
      answer: SessionList,
      items: ({ sessions }) => sessions,
      next: ({ next }) => next,
      cursor: 'pagetoken',
    });
  }

  /** Ends a session on the server: it refuses everything that came from the session from then on. */
  async end(id: string): Promise<void> {
    const path = `/v1/sessions/${segment(id)}/state`;
    await this.#client.send({ method: 'PATCH', path, json: { state: 'invalid' } });
  }

  /** A one-time code for another login of the same user. */
  async passcode(): Promise<Passcode> {
    return (await this.#client.send({ method: 'POST', path: '/identity/passcode', answer: Passcode })).body;
  }
}
