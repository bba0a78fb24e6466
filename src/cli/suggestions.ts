import type { RemoteApiImage } from '../wire/images.ts';
import type { Suggest, Suggestion } from './command.ts';
import { hostIn, splitTag } from './image-name.ts';

interface Named {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
}

const named = (items: readonly Named[]): Suggestion[] =>
  items.map(({ id, name, description }) => ({
    word: name,
    id,
    ...(description ? { about: description } : {}),
  }));

export const namespaces: Suggest = async (connection) =>
  (await connection.namespaces.list()).map((word) => ({ word }));

/** Images that are looked at for what they are called: the person who pressed Tab waits for it. */
const LOOKED_AT = 500;

/** Names in the tags of these images, as `nameOf` reads them. */
const namesIn = async (
  images: AsyncIterable<readonly RemoteApiImage[]>,
  nameOf: (reference: string) => string,
): Promise<Set<string>> => {
  const names = new Set<string>();
  let looked = 0;
  for await (const some of images) {
    for (const reference of some.flatMap(({ RepoTags }) => RepoTags))
      names.add(nameOf(reference.slice(reference.indexOf('/') + 1)));
    looked += some.length;
    if (looked >= LOOKED_AT) break;
  }
  return names;
};

const ofHost = (host: string, names: Iterable<string>): Suggestion[] =>
  [...names].sort(byNumbersInNames).map((name) => ({ word: host + name }));

/** v2 comes before v10. */
const byNumbersInNames = new Intl.Collator('en', { numeric: true }).compare;

/** A namespace first, then its repositories. */
export const imageScopes: Suggest = async (connection, _typed, current) => {
  const host = hostIn(current);
  const name = current.slice(host.length);
  const spaces = await connection.namespaces.list();
  const namespace = name.slice(0, Math.max(name.indexOf('/'), 0));
  if (!spaces.includes(namespace)) return ofHost(host, spaces);
  const found = await namesIn(connection.images.list({ namespace }), (reference) => splitTag(reference)[0]);
  return ofHost(host, found);
};

/** A namespace first, then its repositories, then the tags of one. */
export const images: Suggest = async (connection, typed, current) => {
  const host = hostIn(current);
  const [repository] = splitTag(current.slice(host.length));
  if (!current.slice(host.length).includes(':')) {
    const scopes = await imageScopes(connection, typed, current);
    return repository.includes('/') ? scopes : scopes.map(({ word }) => ({ word: `${word}/` }));
  }
  const namespace = repository.split('/')[0] ?? '';
  return ofHost(host, await namesIn(connection.images.list({ namespace, repository }), (each) => each));
};

/** By tags and by digests. */
export const trashedImages: Suggest = async (connection, _typed, current) => {
  const host = hostIn(current);
  const found = Object.entries(await connection.images.trash()).flatMap(([digest, { tags }]) => [
    ...tags,
    digest,
  ]);
  return ofHost(
    host,
    found.map((name) => name.slice(name.indexOf('/') + 1)),
  );
};

export const regions: Suggest = async (connection) =>
  (await connection.regions()).regions.map(({ name, registry }) => ({ word: name, about: registry }));

export const resourceGroups: Suggest = async ({ iam }) => named(await iam.resourceGroups.list());

export const serviceIds: Suggest = async ({ iam, account }) =>
  named(await iam.serviceIds.list({ account_id: account }));

/** Keys of any service ID: the key is typed before the service ID it belongs to. */
export const serviceApiKeys: Suggest = async ({ iam, account }) =>
  named(await iam.apiKeys.list({ account_id: account, scope: 'account', type: 'serviceid' }));

export const profiles: Suggest = async ({ iam, account }) =>
  named(await iam.profiles.list({ account_id: account }));

export const accessGroups: Suggest = async ({ iam }) => named(await iam.accessGroups.list());

export const customRoles: Suggest = async ({ iam }) => named(await iam.customRoles.list());

export const users: Suggest = async ({ iam }) =>
  (await iam.users.list()).map(({ user_id, iam_id }) => ({ word: user_id, id: iam_id }));

/** Rules of the namespace that was typed before. */
export const protectionRules: Suggest = async (connection, typed) =>
  (await connection.protection.list(typed.argument('namespace'))).map(({ id, tags }) => ({
    word: id,
    about: tags,
  }));

/** A token has no name: it is named by its identifier. */
export const registryTokens: Suggest = async (connection) =>
  (await connection.registryTokens.list()).map(({ _id, secondary_owner }) => ({
    word: _id,
    about: secondary_owner,
  }));
