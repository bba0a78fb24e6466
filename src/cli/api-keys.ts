import type { ApiKey } from '../wire/api-keys.ts';
import { CliError } from './cli-error.ts';
import type { Argument, Suggest } from './command.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import type { Input } from './input.ts';
import { isId, theOne } from './named.ts';

/** The identity whose keys a command works on. */
export interface KeyHolder {
  readonly iamId: string;
  readonly type: 'user' | 'serviceid';
  /** For people: empty, or ` of service ID 'ci'`. */
  readonly of: string;
}

/** Two families of commands differ only in whose keys they work on. */
export interface KeyFamily {
  /** `api-key` or `service-api-key`. */
  readonly word: string;
  /** What a summary says of the key's owner. */
  readonly whose: string;
  /** Arguments that follow the key, and name its owner. */
  readonly owner: readonly Argument[];
  /** The keys there are. The key is typed before its owner. */
  readonly suggest: Suggest;
  holder(connection: Connection, input: Input): Promise<KeyHolder>;
}

export const keysOf = ({ iam, account }: Connection, { iamId, type }: KeyHolder): Promise<ApiKey[]> =>
  iam.apiKeys.list({ account_id: account, iam_id: iamId, scope: 'entity', type });

/** The key that a person named by its name or its id, among the keys of its owner. */
export const keyNamed = async (connection: Connection, holder: KeyHolder, word: string): Promise<ApiKey> => {
  if (!isId('ApiKey', word)) return theOne('API key', await keysOf(connection, holder), word);
  const key = await connection.iam.apiKeys.get(word);
  if (key.iam_id === holder.iamId) return key;
  throw new CliError(EXIT.NOT_FOUND, `There is no API key with the name or ID '${word}'${holder.of}.`);
};

export const keyDetails = (key: ApiKey): string[][] => [
  ['ID', key.id],
  ['Name', key.name],
  ['Description', key.description ?? ''],
  ['Created At', key.created_at ?? ''],
  ['Locked', String(key.locked)],
  ...(key.disabled ? [['Disabled', 'true']] : []),
  ...(key.expires_at ? [['Expires At', key.expires_at]] : []),
  ...(key.activity ? [['Last Login', key.activity.last_authn ?? 'never']] : []),
];
