import { type Static, Type } from 'typebox';
import { Accepted, InvitedUsers } from '../wire/users.ts';
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

  /** The invitation, with the code that lets the person in: nothing can show it again. */
  async invite(email: string): Promise<InvitedUsers> {
    const json = { users: [{ email, account_role: 'Member' }] };
    return (await this.#client.send({ method: 'POST', path: this.#path, json, answer: InvitedUsers })).body;
  }

  async remove(iamId: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `${this.#path}/${segment(iamId)}` });
  }
}

/** Joins an account by an invitation's code: whoever `client` is, or a new person, who then has this password. */
export const acceptInvitation = async (client: Client, json: object): Promise<Accepted> => {
  const call = { method: 'POST', path: '/v1/invitations/accept', json, answer: Accepted } as const;
  return (await client.send(call)).body;
};

/** Sets the password of whoever `client` is. */
export const changePassword = async (
  client: Client,
  json: { old_password?: string; password: string },
): Promise<void> => {
  await client.send({ method: 'PUT', path: '/v1/users/me/password', json });
};
