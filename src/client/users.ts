import type { Static } from 'typebox';
import {
  Accepted,
  type InvitationAccept,
  InvitedUsers,
  type PasswordChange,
  UserList,
  type UserProfile,
} from '../wire/users.ts';
import type { Client } from './client.ts';
import { listAll } from './pages.ts';
import { segment } from './path.ts';

/** The people of one account. */
export class UserClient {
  readonly #client: Client;
  readonly #path: string;

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#path = `/v2/accounts/${segment(account)}/users`;
  }

  list(): Promise<UserProfile[]> {
    return listAll(this.#client, {
      path: this.#path,
      answer: UserList,
      items: ({ resources }) => resources,
      next: ({ next_url }) => next_url,
      cursor: '_start',
    });
  }

  /** The invitation, with the code to accept it by. The code is in this answer only. */
  async invite(email: string): Promise<InvitedUsers> {
    const json = { users: [{ email, account_role: 'Member' }] };
    return (await this.#client.send({ method: 'POST', path: this.#path, json, answer: InvitedUsers })).body;
  }

  async remove(iamId: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `${this.#path}/${segment(iamId)}` });
  }
}

/**
 * Joins an account by the code of an invitation: as the user that `client` is logged in as, or, with an anonymous
 * client, as a new user with the password in `json`.
 */
export const acceptInvitation = async (
  client: Client,
  json: Static<typeof InvitationAccept>,
): Promise<Accepted> => {
  const call = { method: 'POST', path: '/v1/invitations/accept', json, answer: Accepted } as const;
  return (await client.send(call)).body;
};

/** Sets the password of the user that `client` is logged in as. */
export const changePassword = async (client: Client, json: Static<typeof PasswordChange>): Promise<void> => {
  await client.send({ method: 'PUT', path: '/v1/users/me/password', json });
};
