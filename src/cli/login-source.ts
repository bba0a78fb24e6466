import { readFile } from 'node:fs/promises';
import { CliError } from './cli-error.ts';
import type { Login } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import type { Input } from './input.ts';
import type { Io } from './io.ts';
import { askSecret, askText } from './prompt.ts';
import { keyIn, secretOf } from './secret.ts';

const fromFile = async (path: string): Promise<string> => {
  try {
    return keyIn(await readFile(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.USAGE, `Cannot read the API key: ${reason}.`, { cause: error });
  }
};

const withKey = (apikey: string): Login => {
  if (apikey) return { apikey };
  throw new CliError(EXIT.USAGE, 'The API key is empty.');
};

const fromOption = async (io: Io, option: string): Promise<Login> => {
  if (option === '-') return withKey(keyIn(await io.read()));
  return withKey(option.startsWith('@') ? await fromFile(option.slice(1)) : option.trim());
};

const fromUser = async (io: Io, user: string, password: string | undefined): Promise<Login> => {
  if (!user) throw new CliError(EXIT.USAGE, 'The user name is empty.');
  if (password !== undefined) return { user, password: await secretOf(io, password, 'password') };
  if (io.interactive) return { user, password: await askSecret(io, 'Password>') };
  throw new CliError(
    EXIT.USAGE,
    'No password given. Use -p @FILE, -p - (standard input) or -p PASSWORD, or log in with --apikey.',
  );
};

/** A one-time code: for `-` from a terminal, or else from standard input. */
const fromPasscode = async (io: Io, option: string): Promise<Login> => {
  const asked = option === '-' && io.interactive;
  const passcode = (
    asked ? await askSecret(io, 'One-time code>') : await secretOf(io, option, 'one-time code')
  ).trim();
  if (passcode) return { passcode };
  throw new CliError(EXIT.USAGE, 'The one-time code is empty.');
};

/** Only a person can allow a login in a browser. */
const byBrowser = (io: Io, device: boolean): Login => {
  const { CI } = io.env;
  if (io.interactive && (!CI || CI === 'false')) return { sso: true, device };
  throw new CliError(
    EXIT.USAGE,
    [
      'A login in the browser needs a person at a terminal.',
      'A build logs in keyless, with the token of its platform: set TIDEGATE_REGISTRY and TIDEGATE_PROFILE, and let',
      'docker-credential-tidegate log docker in (docs/guides/keyless-ci.md). Or log in with --apikey, or --passcode -.',
    ].join('\n'),
  );
};

/** The questions of IBM's client of 2017. A person without a user name has an API key. */
const fromQuestions = async (io: Io): Promise<Login> => {
  const user = (await askText(io, 'Email>')).trim();
  if (user) return fromUser(io, user, undefined);
  return withKey((await askSecret(io, 'API key>')).trim());
};

/**
 * The credentials of a login to `endpoint`: from `--apikey` (a value, `@file`, `-`), from `-u` and `-p`, from `--passcode`, or in a browser by `--sso`;
 * else from the environment; else from questions on a terminal.
 */
export const loginFrom = async (io: Io, input: Input, endpoint: string): Promise<Login> => {
  const [apikey, user, password] = [input.text('apikey'), input.text('user'), input.text('password')];
  if (apikey !== undefined && (user ?? password) !== undefined) {
    throw new CliError(EXIT.USAGE, 'Use either --apikey or -u and -p.');
  }
  const [passcode, device] = [input.text('passcode'), input.on('device')];
  if (input.on('sso') || device || passcode !== undefined) {
    if ((apikey ?? user ?? password) !== undefined || (device && passcode !== undefined))
      throw new CliError(EXIT.USAGE, 'Use either --sso or another way to log in.');
    return passcode === undefined ? byBrowser(io, device) : fromPasscode(io, passcode);
  }
  if (apikey !== undefined) return fromOption(io, apikey);
  if (user !== undefined) return fromUser(io, user, password);
  if (password !== undefined) throw new CliError(EXIT.USAGE, 'No user name given. Use -u USER with -p.');
  const { IBMCLOUD_API_KEY } = io.env;
  if (IBMCLOUD_API_KEY) return withKey(IBMCLOUD_API_KEY.trim());
  if (io.interactive) {
    io.complain(`API endpoint: ${endpoint}`);
    return fromQuestions(io);
  }
  const ways =
    '--apikey KEY, --apikey @FILE, --apikey - (standard input) or the environment variable IBMCLOUD_API_KEY';
  throw new CliError(EXIT.USAGE, `No API key given. Use ${ways}.`);
};
