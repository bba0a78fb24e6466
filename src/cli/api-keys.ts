import type { ApiKey } from '../wire/api-keys.ts';
import { CliError } from './cli-error.ts';
import type { Argument, Suggest } from './command.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import type { Input } from './input.ts';
import type { Io } from './io.ts';
import { isId, theOne } from './named.ts';
import type { SecretFile } from './secret-file.ts';
import { table } from './table.ts';

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

export const keyArgument = ({ suggest }: KeyFamily): Argument => ({
  name: 'key',
  summary: 'Name or ID of the key',
  suggest,
});

export const withoutSecret = ({ apikey: _, ...key }: ApiKey): Omit<ApiKey, 'apikey'> => key;

/** The bare key, or the JSON of IBM's client. `login --apikey @FILE` reads both. */
export const fileText = (
  { name, description = '', created_at: createdAt = '', apikey }: ApiKey,
  json: boolean,
): string =>
  json ? `${JSON.stringify({ name, description, createdAt, apikey }, null, 2)}\n` : `${apikey}\n`;

/** A key whose secret is new, or where the secret was written to. */
export const showSecret = (io: Io, key: ApiKey, file: SecretFile | undefined): void => {
  const secret = file ? [] : [['API Key', key.apikey ?? '']];
  io.say(
    file
      ? `The API key is in ${file.path}. It cannot be shown again.`
      : 'Keep the API key: it cannot be shown again.',
  );
  const { activity: _, ...made } = key;
  io.lines(['', ...table([...keyDetails(made), ...secret])]);
};

/** True for a key that has another secret than its first. */
export const isRotated = ({ secrets = [] }: ApiKey): boolean => secrets.some(({ number }) => number > 1);

/** Which secrets of a key sign in, and where each is used. */
export const secretRows = ({ secrets = [] }: ApiKey): string[][] => [
  ['Secret', 'Created At', 'Ends At', 'Last Used', 'From', 'With', 'Safe To Delete'],
  ...secrets.map((secret) => [
    String(secret.number),
    secret.created_at,
    secret.expires_at ?? '-',
    secret.last_used_at ?? 'never',
    secret.last_used_from ?? '-',
    secret.last_used_with ?? '-',
    secret.expires_at === undefined ? '-' : secret.safe_to_delete ? 'yes' : 'no',
  ]),
];
