import { AccessGroupClient } from '../../../client/access-groups.ts';
import { ProfileClient } from '../../../client/profiles.ts';
import { ServiceIdClient } from '../../../client/service-ids.ts';
import { UserClient } from '../../../client/users.ts';
import { accountId, api } from '../../session/client.ts';
import { nameOfUser } from '../api-keys/owners.ts';

/** Names that were asked for on this page, by ID. */
const asked = new Map<string, Promise<string>>();
const MOST = 500;

/** The name of what holds a policy. Who may not see it sees the ID. */
export const holderName = (id: string): Promise<string> => {
  const key = `${accountId()} ${id}`;
  const known = asked.get(key);
  if (known) return known;
  if (asked.size >= MOST) asked.clear();
  const name = nameOf(id).catch(() => id);
  asked.set(key, name);
  return name;
};

const nameOf = async (id: string): Promise<string> => {
  const own = id.replace(/^iam-(?=ServiceId-|Profile-)/, '');
  if (own.startsWith('ServiceId-')) return (await new ServiceIdClient(api).get(own)).name;
  if (own.startsWith('Profile-')) return (await new ProfileClient(api).get(own)).name;
  if (own.startsWith('AccessGroupId-')) return (await new AccessGroupClient(api, accountId()).get(own)).name;
  return nameOfUser(await new UserClient(api, accountId()).get(own));
};
