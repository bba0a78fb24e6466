import { AccessGroupClient } from '../../../client/access-groups.ts';
import { ProfileClient } from '../../../client/profiles.ts';
import { ServiceIdClient } from '../../../client/service-ids.ts';
import { UserClient } from '../../../client/users.ts';
import { accountId, api } from '../../session/client.ts';
import { askRights } from '../../session/questions.ts';
import { nameOfUser } from '../api-keys/owners.ts';

/** One request for each kind of holder that a page has: holders beyond it are shown by their IDs. */
const MOST = 100;

interface Kind {
  readonly holds: (id: string) => boolean;
  /** What the list of these needs. */
  readonly action: string;
  /** IDs and names of the first ones. */
  readonly names: () => Promise<readonly (readonly [id: string, name: string])[]>;
}

const KINDS: readonly Kind[] = [
  {
    holds: (id) => id.startsWith('iam-ServiceId-'),
    action: 'iam-identity.serviceid.list',
    names: async () => {
      const { items } = await new ServiceIdClient(api).page({
        account_id: accountId(),
        pagesize: String(MOST),
      });
      return items.map(({ iam_id, name }) => [iam_id, name] as const);
    },
  },
  {
    holds: (id) => id.startsWith('iam-Profile-'),
    action: 'iam-identity.profile.list',
    names: async () => {
      const { items } = await new ProfileClient(api).page({
        account_id: accountId(),
        pagesize: String(MOST),
      });
      return items.map(({ iam_id, name }) => [iam_id, name] as const);
    },
  },
  {
    holds: (id) => id.startsWith('AccessGroupId-'),
    action: 'iam-groups.groups.list',
    names: async () =>
      (await new AccessGroupClient(api, accountId()).page(MOST)).map(({ id, name }) => [id, name] as const),
  },
  {
    holds: (id) => id.startsWith('IBMid-'),
    action: 'user-management.user.list',
    names: async () => {
      const asked = { limit: MOST, start: undefined, search: undefined };
      const { users } = await new UserClient(api, accountId()).page(asked);
      return users.map((user) => [user.iam_id, nameOfUser(user)] as const);
    },
  },
];

/** Names of what holds policies, by ID. Where the reader may not list them there is none. */
export const holderNames = async (ids: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  const kinds = KINDS.filter(({ holds }) => ids.some(holds));
  if (kinds.length === 0) return new Map();
  const rights = await askRights(kinds.map(({ action }) => ({ action }))).catch(() => []);
  const found = await Promise.allSettled(
    kinds.filter((_, index) => rights[index]?.isAllowed).map(({ names }) => names()),
  );
  return new Map(found.flatMap((each) => (each.status === 'fulfilled' ? each.value : [])));
};
