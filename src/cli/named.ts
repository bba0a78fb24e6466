import type { AccessGroup } from '../wire/access-groups.ts';
import type { Profile } from '../wire/profiles.ts';
import type { ServiceId } from '../wire/service-ids.ts';
import { CliError } from './cli-error.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** Whether a text has the form of an entity's id: `ServiceId-<uuid>`. */
export const isId = (prefix: string, text: string): boolean => new RegExp(`^${prefix}-${UUID}$`).test(text);

/** The IAM id of a user. */
const IAM_ID = /^IBMid-[A-Za-z0-9]+$/;

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The item that a person named by its name or its id. Throws where none or several have that name. */
export const theOne = <Item extends Named>(kind: string, items: readonly Item[], word: string): Item => {
  const byId = items.find(({ id }) => id === word);
  if (byId) return byId;
  const named = items.filter(({ name }) => name === word);
  const [only] = named;
  if (only && named.length === 1) return only;
  if (!only) throw new CliError(EXIT.NOT_FOUND, `There is no ${kind} with the name or ID '${word}'.`);
  const ids = named.map(({ id }) => id).join('\n');
  const complaint = `${named.length} ${kind}s have the name '${word}'. Name one by its ID:\n${ids}`;
  throw new CliError(EXIT.FAILED, complaint);
};

/** An id is looked up directly, so that a caller without the right to list can name what it may see. */
export const serviceIdNamed = async ({ iam, account }: Connection, word: string): Promise<ServiceId> => {
  const id = word.replace(/^iam-(?=ServiceId-)/, '');
  if (isId('ServiceId', id)) return iam.serviceIds.get(id);
  return theOne('service ID', await iam.serviceIds.list({ account_id: account, name: word }), word);
};

export const profileNamed = async ({ iam, account }: Connection, word: string): Promise<Profile> => {
  const id = word.replace(/^iam-(?=Profile-)/, '');
  if (isId('Profile', id)) return iam.profiles.get(id);
  return theOne('trusted profile', await iam.profiles.list({ account_id: account, name: word }), word);
};

export const accessGroupNamed = async ({ iam }: Connection, word: string): Promise<AccessGroup> =>
  word.startsWith('AccessGroupId-')
    ? iam.accessGroups.get(word)
    : theOne('access group', await iam.accessGroups.list(), word);

/** A user, and whether they are a member of the account. */
export interface NamedUser extends Named {
  readonly isMember: boolean;
}

/**
 * A member of the account, named by e-mail, user name or IAM id. An IAM id may also be of a user who is not a member:
 * policies and memberships for it can be given, seen and taken back.
 */
export const userNamed = async (connection: Connection, word: string): Promise<NamedUser> => {
  const { claims } = connection.accessTokens;
  const own = claims.sub_type === undefined && [claims.iam_id, claims.sub, claims.email].includes(word);
  if (own) return { id: claims.iam_id, name: connection.user, isMember: true };
  const users = await connection.iam.users.list();
  const meant = word.toLowerCase();
  const found = users.filter(
    ({ iam_id, user_id, email }) =>
      iam_id === word || user_id.toLowerCase() === meant || email?.toLowerCase() === meant,
  );
  const people = found.map(({ iam_id, user_id }) => ({ id: iam_id, name: user_id, isMember: true }));
  const [only] = people;
  if (only && people.length === 1) return only;
  if (!only && IAM_ID.test(word)) return { id: word, name: word, isMember: false };
  return theOne(
    'user',
    people.map((each) => ({ ...each, name: word })),
    word,
  );
};

/** Warns where a user is not a member: what they are given has no effect yet, and the IAM id may be mistyped. */
export const warnOfNonMember = (io: Io, { id, isMember }: NamedUser): void => {
  if (isMember) return;
  const warning = `Warning: '${id}' is not a member of the account.`;
  io.complain(`${warning} What you give it counts as soon as it is one.`);
};

/** The resource group of this name or id. */
export const resourceGroupNamed = async ({ iam }: Connection, word: string): Promise<Named> =>
  theOne('resource group', await iam.resourceGroups.list(), word);
