import { CliError } from '../cli-error.ts';
import type { Command, Context } from '../command.ts';
import type { Login } from '../connection.ts';
import { endpointOf, isExposed, SUGGESTED_ENDPOINT } from '../endpoint.ts';
import { EXIT } from '../exit-codes.ts';
import { isClientError, originOf } from '../failure.ts';
import { loginFrom } from '../login-source.ts';
import type { Remembered, Session } from '../session.ts';
import { targetLines } from './target.ts';

/** What a damaged file remembers is nothing: logging in is how it is mended. */
const rememberedBy = ({ file }: Context): Remembered => {
  try {
    return file.read();
  } catch {
    return {};
  }
};

const endpointFrom = (context: Context, option: string | undefined): string => {
  const endpoint = option ?? rememberedBy(context).endpoint;
  if (endpoint) return endpointOf(endpoint);
  const line = `${context.invokedAs} login -a ${SUGGESTED_ENDPOINT}`;
  throw new CliError(
    EXIT.USAGE,
    `No server address given. Use -a URL, for a server on this machine: ${line}`,
  );
};

const REFUSALS = new Set<unknown>([400, 401, 403]);

/** IAM answers 400 to a wrong key; to whoever logs in it is a refusal like any other. */
const sessionFor = async (endpoint: string, login: Login): Promise<Session> => {
  const { signIn } = await import('../connection.ts');
  try {
    return await signIn(endpoint, login);
  } catch (error) {
    if (!isClientError(error) || !REFUSALS.has(error.status)) throw error;
    const advice =
      'apikey' in login
        ? `Check the API key and that it belongs to ${endpoint}.`
        : 'Check user name and password, or log in with an API key: --apikey KEY.';
    throw new CliError(EXIT.REFUSED, [error.message, advice, originOf(error)].join('\n'), { cause: error });
  }
};

/** What outlives a login: the region targeted, where the server is the same. */
const keptFor = (endpoint: string, { endpoint: before, target }: Remembered) =>
  target && endpoint === before ? { endpoint, target } : { endpoint };

const login: Command = {
  name: 'login',
  summary: 'Log in to a Tidegate',
  flags: [
    { flags: '-a, --api <url>', summary: 'Address of the server; default: the last one logged in to' },
    {
      flags: '--apikey <key>',
      summary: 'The API key, or @FILE to read it from a file, or - for standard input',
    },
    { flags: '-u, --user <name>', summary: 'User name, to log in with a password' },
    { flags: '-p, --password <password>', summary: 'Password of the user' },
  ],
  async run(context, input) {
    const { io, file, clock } = context;
    const endpoint = endpointFrom(context, input.text('api'));
    const login = await loginFrom(io, input, endpoint);
    if (isExposed(endpoint))
      io.complain(
        `Warning: ${endpoint} is not encrypted; others on the way can read the ${'apikey' in login ? 'API key' : 'password'}.`,
      );
    io.begin(`Logging in to ${endpoint}`);
    const session = await sessionFor(endpoint, login);
    const remembered: Remembered = { ...keptFor(endpoint, rememberedBy(context)), session };
    file.write(remembered);
    const { Connection } = await import('../connection.ts');
    io.lines(...(await targetLines(new Connection(endpoint, remembered.target, session, file, clock))));
    io.ok();
  },
};

const logout: Command = {
  name: 'logout',
  summary: 'Forget the session; server and region are kept',
  async run(context) {
    const { io, file } = context;
    io.begin('Logging out');
    const { session, ...kept } = rememberedBy(context);
    if (session) file.write(kept);
    io.say(session ? 'The session is forgotten.' : 'Nobody was logged in.');
    io.ok();
  },
};

export const sessionCommands: readonly Command[] = [login, logout];
