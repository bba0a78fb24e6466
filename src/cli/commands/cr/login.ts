import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { CliError } from '../../cli-error.ts';
import type { Command } from '../../command.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Io } from '../../io.ts';

const CLIENTS = ['docker', 'podman'] as const;

type ContainerClient = (typeof CLIENTS)[number];

interface Login {
  registry: string;
  refreshToken: string;
  /** Whether the registry is reached without TLS. */
  plain: boolean;
}

const argumentsFor = (client: ContainerClient, { registry, plain }: Login): string[] => {
  // docker speaks plain HTTP to loopback addresses by itself, and to other hosts where its engine is configured so
  const insecure = client === 'podman' && plain ? ['--tls-verify=false'] : [];
  return ['login', ...insecure, '--username', 'iamrefresh', '--password-stdin', registry];
};

const NO_TLS = [
  'The registry has no TLS. Docker accepts that on loopback addresses while its engine runs,',
  'and on other hosts if the engine lists the registry under insecure-registries.',
];

/** Docker's own message does not say what is missing: without its engine, docker makes no exception from TLS. */
const adviceOn = (words: string): string =>
  words.includes('HTTP response to HTTPS client') ? ['', ...NO_TLS].join('\n') : '';

const start = async (io: Io, client: ContainerClient, login: Login) => {
  const child = spawn(client, argumentsFor(client, login), { env: { ...io.env }, stdio: 'pipe' });
  try {
    await once(child, 'spawn');
    return child;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new CliError(EXIT.FAILED, `Cannot run ${client}: ${String(error)}`, { cause: error });
  }
};

/** False where this program is not installed. The refresh token is sent over standard input: others can see arguments. */
const logIn = async (io: Io, client: ContainerClient, login: Login): Promise<boolean> => {
  const child = await start(io, client, login);
  if (!child) return false;
  const closed = once(child, 'close');
  io.begin(`Logging '${client}' in to '${login.registry}'`);
  child.stdin.on('error', () => {}); // a client that fails early does not read its password
  child.stdin.end(login.refreshToken);
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  if (code === 0) return true;
  const words = (errors || output).trim();
  const complaint = `${client} could not log in to '${login.registry}':\n${words}${adviceOn(words)}`;
  throw new CliError(EXIT.FAILED, complaint);
};

const loginCommand: Command = {
  name: 'login',
  summary: 'Log docker or podman in to the registry',
  flags: [
    {
      flags: '--client <client>',
      summary: 'Default: docker if it is installed, else podman',
      choices: CLIENTS,
    },
  ],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { registry } = await connection.region();
    const { accessTokens } = connection;
    // the client is given the refresh token, so it is used once here: a session that has ended is then reported as that
    await accessTokens.renew(await accessTokens.current());
    const { refreshToken } = accessTokens;
    const wanted = CLIENTS.filter((client) => client === (input.text('client') ?? client));
    const login = { registry, refreshToken, plain: connection.registryEndpoint.startsWith('http:') };
    for (const client of wanted) {
      if (!(await logIn(io, client, login))) continue;
      io.say(`Logged in to '${registry}'.`);
      return io.ok();
    }
    throw new CliError(
      EXIT.FAILED,
      `There is no ${wanted.join(' and no ')} on this machine's PATH. Install one first.`,
    );
  },
};

export const loginCommands: readonly Command[] = [loginCommand];
