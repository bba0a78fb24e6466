import { apiKeyFrom } from '../api-key-source.ts';
import { CliError } from '../cli-error.ts';
import type { Command, Context } from '../command.ts';
import type { Connection } from '../connection.ts';
import { endpointOf, isExposed, SUGGESTED_ENDPOINT } from '../endpoint.ts';
import { EXIT } from '../exit-codes.ts';
import { isClientError, originOf } from '../failure.ts';
import type { Remembered, Session } from '../session.ts';
import { table } from '../table.ts';

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

const targetOf = async (connection: Connection): Promise<string[]> => {
  const { name, registry } = await connection.region();
  return table([
    ['API endpoint:', connection.endpoint],
    ['Region:', name],
    ['Registry:', registry],
    ['Account:', connection.account],
    ['User:', connection.user],
  ]);
};

const REFUSALS = new Set<unknown>([400, 401, 403]);

/** IAM answers 400 to a wrong key; to whoever logs in it is a refusal like any other. */
const sessionFor = async (endpoint: string, apikey: string): Promise<Session> => {
  const { signIn } = await import('../connection.ts');
  try {
    return await signIn(endpoint, apikey);
  } catch (error) {
    if (!isClientError(error) || !REFUSALS.has(error.status)) throw error;
    const advice = `Check the API key and that it belongs to ${endpoint}.`;
    throw new CliError(EXIT.REFUSED, [error.message, advice, originOf(error)].join('\n'), { cause: error });
  }
};

const login: Command = {
  name: 'login',
  summary: 'Log in to a Tidegate with an API key',
  flags: [
    { flags: '-a, --api <url>', summary: 'Address of the server; default: the last one logged in to' },
    {
      flags: '--apikey <key>',
      summary: 'The API key, or @FILE to read it from a file, or - for standard input',
    },
  ],
  async run(context, input) {
    const { io, file, clock } = context;
    const endpoint = endpointFrom(context, input.text('api'));
    const apikey = await apiKeyFrom(io, input.text('apikey'));
    if (isExposed(endpoint))
      io.complain(`Warning: ${endpoint} is not encrypted; others on the way can read the API key.`);
    io.begin(`Logging in to ${endpoint}`);
    const session = await sessionFor(endpoint, apikey);
    file.write({ endpoint, session });
    const { Connection } = await import('../connection.ts');
    io.lines(...(await targetOf(new Connection(endpoint, session, file, clock))));
    io.ok();
  },
};

const logout: Command = {
  name: 'logout',
  summary: 'Forget the session; the address of the server is kept',
  async run(context) {
    const { io, file } = context;
    io.begin('Logging out');
    const { endpoint, session } = rememberedBy(context);
    if (session) file.write(endpoint ? { endpoint } : {});
    io.say(session ? 'The session is forgotten.' : 'Nobody was logged in.');
    io.ok();
  },
};

const target: Command = {
  name: 'target',
  summary: 'Show the server, region, registry and account in use',
  async run({ io, connect }) {
    io.lines(...(await targetOf(await connect())));
    io.ok();
  },
};

export const sessionCommands: readonly Command[] = [login, logout, target];
