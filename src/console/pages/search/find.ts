import { AccessGroupClient } from '../../../client/access-groups.ts';
import { ApiKeyClient } from '../../../client/api-keys.ts';
import { ListingClient } from '../../../client/listings.ts';
import { NamespaceClient } from '../../../client/namespaces.ts';
import { ProfileClient } from '../../../client/profiles.ts';
import { ServiceIdClient } from '../../../client/service-ids.ts';
import { iamQuery } from '../../kit/iam-page.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import type { Hit } from './hit.ts';

/** As many of each kind as the page shows. */
export const MOST = 8;

export type Kind =
  | 'repositories'
  | 'namespaces'
  | 'service-ids'
  | 'api-keys'
  | 'users'
  | 'groups'
  | 'profiles';

const contains = (name: string, wanted: string): boolean => name.toLowerCase().includes(wanted.toLowerCase());

const hitOf =
  (area: string) =>
  ({ id, name }: { id: string; name: string }): Hit => ({ name, to: address(area, id) });

/** One more than is shown is asked for: it says that there are others. */
const asked = (filter: string): Record<string, string | undefined> => ({
  account_id: accountId(),
  ...iamQuery({ filter, sort: undefined, start: undefined, limit: MOST + 1 }),
});

const FINDERS: Readonly<Record<Kind, (wanted: string) => Promise<readonly Hit[]>>> = {
  repositories: async (filter) => {
    const { repositories } = await new ListingClient(api, accountId()).repositories({
      filter,
      limit: MOST + 1,
    });
    return repositories.map(({ name }) => ({ name, to: address('repositories', name) }));
  },
  namespaces: async (wanted) =>
    (await new NamespaceClient(api, accountId()).list())
      .filter((name) => contains(name, wanted))
      .map((name) => ({ name, to: address('namespaces', name) })),
  'service-ids': async (wanted) =>
    (await new ServiceIdClient(api).page(asked(wanted))).items.map(hitOf('service-ids')),
  'api-keys': async (wanted) =>
    (await new ApiKeyClient(api).page(asked(wanted))).items.map(hitOf('api-keys')),
  users: async (wanted) => (await import('./find-users.ts')).findUsers(wanted, MOST + 1),
  groups: async (wanted) =>
    (await new AccessGroupClient(api, accountId()).list())
      .filter(({ name }) => contains(name, wanted))
      .map(hitOf('groups')),
  profiles: async (wanted) =>
    (await new ProfileClient(api).list({ account_id: accountId() }))
      .filter(({ name }) => contains(name, wanted))
      .map(hitOf('profiles')),
};

/** Things of one kind whose name contains something, as far as the reader may see them. */
export const find = (kind: Kind, wanted: string): Promise<readonly Hit[]> => FINDERS[kind](wanted);
