import { type Static, type TSchema, Type } from 'typebox';
import type { Client } from './client.ts';
import { listAll } from './pages.ts';
import { segment } from './path.ts';

/** What the client reads of a member of an account. Source: IBM User Management API, `UserProfile`. */
export const AccountUser = Type.Object({
  iam_id: Type.String(),
  user_id: Type.String(),
  state: Type.String(),
  email: Type.Optional(Type.String()),
  firstname: Type.Optional(Type.String()),
  lastname: Type.Optional(Type.String()),
  added_on: Type.Optional(Type.String()),
});
export type AccountUser = Static<typeof AccountUser>;

/** The people of one account. */
export class UserClient {
  readonly #client: Client;
  readonly #path: string;

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#path = `/v2/accounts/${segment(account)}/users`;
  }

  list(): Promise<AccountUser[]> {
    return listAll(this.#client, {
      path: this.#path,
      answer: Type.Object({ resources: Type.Array(AccountUser), next_url: Type.Optional(Type.String()) }),
      items: ({ resources }) => resources,
      next: ({ next_url }) => next_url,
      cursor: '_start',
    });
  }

  /** Answers what the server says of the invitation: whatever it takes to join is in there, once. */
  async invite(email: string): Promise<Record<string, unknown>> {
    const json = { users: [{ email, account_role: 'Member' }] };
    const answer: TSchema = Type.Record(Type.String(), Type.Unknown());
    const { body } = await this.#client.send({ method: 'POST', path: this.#path, json, answer });
    return body as Record<string, unknown>;
  }

  async remove(iamId: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `${this.#path}/${segment(iamId)}` });
  }
}
