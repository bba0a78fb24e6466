import type { Static } from 'typebox';
import {
  Accepted,
  type InvitationAccept,
  InvitedUsers,
  type PasswordChange,
  UserList,
  type UserPatch,
  UserProfile,
} from '../wire/users.ts';
import type { Client } from './client.ts';
import { cursorIn, listAll } from './pages.ts';
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

  /** One page of them, and what begins the next one. `search`: terms like `email:birds.example`, of which one has to fit. */
  async page(query: {
    limit: number;
    start: string | undefined;
    search: string | undefined;
  }): Promise<{ users: readonly UserProfile[]; next: string | undefined; total: number }> {
    const { body } = await this.#client.send({
      method: 'GET',
      path: this.#path,
      query: { limit: String(query.limit), _start: query.start, search: query.search },
      answer: UserList,
    });
    const next = cursorIn(this.#client, body.next_url, '_start');
    return { users: body.resources, next, total: body.total_results };
  }

  async get(iamId: string): Promise<UserProfile> {
    const path = `${this.#path}/${segment(iamId)}`;
    return (await this.#client.send({ method: 'GET', path, answer: UserProfile })).body;
  }

  /** Switches a member off and on, or changes the caller's own names. */
  async change(iamId: string, json: UserPatch): Promise<void> {
    await this.#client.send({ method: 'PATCH', path: `${this.#path}/${segment(iamId)}`, json });
  }

  /** The invitation, with the code to accept it by. The code is in this answer only. The invited join these groups. */
  async invite(email: string, groups: readonly string[] = []): Promise<InvitedUsers> {
    const json = {
      users: [{ email, account_role: 'Member' }],
      ...(groups.length === 0 ? {} : { access_groups: groups }),
    };
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
