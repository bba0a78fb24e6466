import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ServiceIdClient } from '../../../client/service-ids.ts';
import { UserClient } from '../../../client/users.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';

export type OwnerKind = 'user' | 'serviceid';

/** Names of identities, by IAM ID. Whose name is not there is shown by the ID. */
export type Names = ReadonlyMap<string, string>;

const NONE: Names = new Map();
const known = signal<{ readonly of: string; readonly names: Names } | undefined>(undefined);

/** The first hundred: of one list, in one request. */
const MOST = 100;

const namesOf = async (kind: OwnerKind): Promise<Names> => {
  if (kind === 'serviceid') {
    const { items } = await new ServiceIdClient(api).page({
      account_id: accountId(),
      pagesize: String(MOST),
    });
    return new Map(items.map(({ iam_id, name }) => [iam_id, name]));
  }
  const { users } = await new UserClient(api, accountId()).page({
    limit: MOST,
    start: undefined,
    search: undefined,
  });
  return new Map(users.map((user) => [user.iam_id, nameOfUser(user)]));
};

export const nameOfUser = (user: { firstname: string; lastname: string; user_id: string }): string =>
  [user.firstname, user.lastname].filter(Boolean).join(' ') || user.user_id;

/** Names of the owners of a list of keys. A reader who may not list identities sees IDs. */
export const useOwners = (kind: OwnerKind | undefined): Names => {
  const of = `${accountId()} ${kind}`;
  useEffect(() => {
    if (kind === undefined) return;
    namesOf(kind).then(
      (names) => {
        known.value = { of, names };
      },
      () => undefined,
    );
  }, [of]);
  return known.value?.of === of ? known.value.names : NONE;
};

/** The identity behind an IAM ID, as rights on it are asked about. */
export const entityOf = (iamId: string): { type: 'user' | 'serviceid'; id: string } =>
  iamId.startsWith('iam-ServiceId-')
    ? { type: 'serviceid', id: iamId.slice('iam-'.length) }
    : { type: 'user', id: iamId };

/** The page of an identity: a service ID is named by its own ID there. */
export const ownerAddress = (iamId: string): string => {
  const { type, id } = entityOf(iamId);
  return address(type === 'serviceid' ? 'service-ids' : 'users', id);
};
