import { readFile } from 'node:fs/promises';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { askSecret } from './prompt.ts';

/** The secret in a file: bare, or in the JSON that `iam api-key-create --file` writes. */
const secretIn = (text: string): string => {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return trimmed;
  try {
    const { apikey }: { apikey?: unknown } = JSON.parse(trimmed);
    return typeof apikey === 'string' ? apikey : '';
  } catch {
    return '';
  }
};

const fromFile = async (path: string): Promise<string> => {
  try {
    return secretIn(await readFile(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.USAGE, `Cannot read the API key: ${reason}.`, { cause: error });
  }
};

const found = async (io: Io, option: string | undefined): Promise<string> => {
  if (option === '-') return secretIn(await io.read());
  if (option?.startsWith('@')) return fromFile(option.slice(1));
  if (option !== undefined) return option.trim();
  const { IBMCLOUD_API_KEY } = io.env;
  if (IBMCLOUD_API_KEY) return IBMCLOUD_API_KEY.trim();
  if (io.interactive) return (await askSecret(io, 'API key')).trim();
  const ways =
    '--apikey KEY, --apikey @FILE, --apikey - (standard input) or the environment variable IBMCLOUD_API_KEY';
  throw new CliError(EXIT.USAGE, `No API key given. Use ${ways}.`);
};

/** The API key to log in with: `--apikey` (a value, `@file`, `-`), else the environment, else a question. */
export const apiKeyFrom = async (io: Io, option: string | undefined): Promise<string> => {
  const apikey = await found(io, option);
  if (apikey) return apikey;
  throw new CliError(EXIT.USAGE, 'The API key is empty.');
};
