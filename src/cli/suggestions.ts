import type { Suggest, Suggestion } from './command.ts';

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
