import { CliError } from '../cli-error.ts';
import type { Command, Context } from '../command.ts';
import type { Connection, Login } from '../connection.ts';
import { endpointOf, isExposed, SUGGESTED_ENDPOINT } from '../endpoint.ts';
import { EXIT } from '../exit-codes.ts';
import { isClientError, originOf } from '../failure.ts';
import { loginFrom } from '../login-source.ts';
import type { Remembered, Session } from '../session.ts';
import { regions, resourceGroups } from '../suggestions.ts';
import { targetGroup, targetLines } from './target.ts';

/** Nothing where the file is damaged: the login writes it anew. */
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

/** IAM answers 400 to a wrong key. For the person it is a refusal like 401. */
const sessionFor = async (
  context: Context,
  endpoint: string,
  login: Login,
  account: string | undefined,
): Promise<Session> => {
  const { inAccount, signIn } = await import('../connection.ts');
  try {
    const session = await signIn(context, endpoint, login);
    return account === undefined ? session : await inAccount(endpoint, session, account);
  } catch (error) {
    if (!isClientError(error) || !REFUSALS.has(error.status)) throw error;
    const advice = adviceFor(login, endpoint);
    throw new CliError(EXIT.REFUSED, [error.message, advice, originOf(error)].join('\n'), { cause: error });
  }
};

const adviceFor = (login: Login, endpoint: string): string => {
  if ('apikey' in login) return `Check the API key and that it belongs to ${endpoint}.`;
  if ('passcode' in login) return 'Get a new one-time code: each works once, and for a short time.';
  if ('sso' in login) return 'Begin the login again, and allow it in the browser.';
  return 'Check user name and password, or log in with an API key: --apikey KEY.';
};

/** What a login keeps: the region in use, where the server is the same. */
const keptFor = (endpoint: string, { endpoint: before, target }: Remembered) =>
  target && endpoint === before ? { endpoint, target } : { endpoint };

const wordFor = (login: Login): string => {
  if ('apikey' in login) return 'API key';
  if ('passcode' in login) return 'one-time code';
  return 'sso' in login ? 'session' : 'password';
};

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
    {
      flags: '-p, --password <password>',
      summary: 'Password of the user, or @FILE to read it from a file, or - for standard input',
    },
    {
      flags: '--sso',
      summary: 'Log in with the browser of this machine, or where it has none of another one',
    },
    { flags: '--device', summary: 'The same with the browser of another machine' },
    {
      flags: '--passcode <code>',
      summary:
        'Log in with a one-time code, or @FILE to read it from a file, or - to be asked or for standard input',
    },
    { flags: '-c, --account <account>', summary: 'ID of the account to use, for members of several' },
    {
      flags: '-r, --region <region>',
      summary: 'Target this region, as cr region-set does',
      suggest: regions,
    },
    {
      flags: '-g, --resource-group <group>',
      summary: 'Put new namespaces into this resource group',
      suggest: resourceGroups,
    },
  ],
  async run(context, input) {
    const { io, file, clock } = context;
    const endpoint = endpointFrom(context, input.text('api'));
    const login = await loginFrom(io, input, endpoint);
    if (isExposed(endpoint))
      io.complain(
        `Warning: ${endpoint} is not encrypted; others on the network can read the ${wordFor(login)}.`,
      );
    io.begin(`Logging in to ${endpoint}`);
    const session = await sessionFor(context, endpoint, login, input.text('account'));
    const remembered: Remembered = { ...keptFor(endpoint, rememberedBy(context)), session };
    file.write(remembered);
    const { Connection } = await import('../connection.ts');
    const connection = new Connection(endpoint, remembered.target, session, file, clock);
    const group = input.text('resourceGroup');
    if (group !== undefined) await targetGroup(context, connection, group);
    io.lines(await targetLines(await aimed(context, connection, input.text('region'))));
    io.ok();
  },
};

const aimed = async (context: Context, connection: Connection, region: string | undefined) => {
  if (region === undefined) return connection;
  const { targetRegion } = await import('../region-choice.ts');
  return targetRegion(context, connection, await connection.regions(), region);
};

/** False where there is no session to end: service IDs have none, and another may have ended already. */
const endSession = async ({ accessTokens, iam }: Connection, io: Context['io']): Promise<boolean> => {
  const { session_id: id } = accessTokens.claims;
  if (id === undefined) return false;
  try {
    await iam.sessions.end(id);
    return true;
  } catch (error) {
    if (isClientError(error) && (error.code === 'SESSION_ENDED' || error.status === 404)) return false;
    io.complain('The session is forgotten here, but the server did not end it.');
    throw error;
  }
};

const logout: Command = {
  name: 'logout',
  summary: 'End the session, here and on the server',
  async run(context) {
    const { io, file } = context;
    io.begin('Logging out');
    const { session, resourceGroup: _, ...kept } = rememberedBy(context);
    if (!session) {
      io.say('You were not logged in.');
      return io.ok();
    }
    const connection = await context.connect();
    // forgotten first: the login ends on this machine, whatever the server answers
    file.write(kept);
    const ended = await endSession(connection, io);
    io.say(ended ? 'The session has ended.' : 'The session is forgotten.');
    io.ok();
  },
};

export const sessionCommands: readonly Command[] = [login, logout];
