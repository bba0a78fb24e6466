import { UserClient } from '../../../client/users.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { nameOfUser } from '../api-keys/owners.ts';
import { userSearch } from '../users/user-search.ts';
import type { Hit } from './hit.ts';

/** Users of whom a part of a name or address is this. */
export const findUsers = async (wanted: string, limit: number): Promise<Hit[]> => {
  const search = userSearch(wanted);
  const { users } = await new UserClient(api, accountId()).page({ limit, start: undefined, search });
  return users.map((user) => ({ name: nameOfUser(user), to: address('users', user.iam_id) }));
};
