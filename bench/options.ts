import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Login } from './credentials.ts';
import type { Workload } from './workloads/workload.ts';
import { selectWorkloads, WORKLOADS } from './workloads.ts';

export interface Options {
  /** Absent: the bench starts a Tidegate of its own. */
  readonly url: URL | undefined;
  /** Another replica of the registry at `url`. */
  readonly replica: URL | undefined;
  readonly login: Login | undefined;
  readonly namespace: string;
  readonly pids: readonly number[];
  readonly workloads: readonly Workload<unknown>[];
  readonly seconds: number;
  readonly json: boolean;
  readonly fsyncDelay: number | undefined;
  readonly peer: boolean;
  /** The folder of another checkout of this program, to be measured as the peer. */
  readonly beside: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
  /** Count what revoked credentials still open, so many trials of each kind, instead of the workloads. */
  readonly revocation: number | undefined;
  /** Measure decisions and logins over a database of so many policies and keys, instead of the workloads. */
  readonly decision: number | undefined;
}

interface Flags {
  url?: URL;
  replica?: URL;
  user?: string;
  passwordFile?: string;
  namespace: string;
  pid?: number[];
  only?: readonly Workload<unknown>[];
  seconds: number;
  json?: true;
  fsyncDelay?: number;
  peer?: true;
  beside?: string;
  database?: string;
  blobs?: string;
  setting?: Record<string, string>;
  revocation?: number | true;
  decision?: number | true;
}

/**
 * The options of a command line, without program and script; `env` is where `--database env` and `--blobs env` look.
 * Throws CommanderError, its message already printed, for a wrong command line and for --help.
 */
export const parseOptions = (args: readonly string[], env: NodeJS.ProcessEnv): Options => {
  const command = describe();
  command.parse(args, { from: 'user' });
  const flags = command.opts<Flags>();
  try {
    return optionsOf(flags, env);
  } catch (error) {
    return command.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const describe = (): Command =>
  new Command('npm run bench --')
    .exitOverride()
    .description('measures what a registry costs: server CPU per unit, latency, memory')
    .option(
      '--url <url>',
      'the registry to measure; without it, a fresh Tidegate is started and removed again',
      toUrl,
    )
    .option(
      '--replica <url>',
      'another replica of the registry at --url: what is revoked there is asked for here',
      toUrl,
    )
    .option('--user <name>', 'user name for the registry, iamapikey for an API key')
    .option('--password-file <file>', 'file that holds the password or API key')
    .option('--namespace <name>', 'existing namespace to write into, with --url', 'birds')
    .option('--pid <pid,…>', 'process(es) of the registry on this machine, for CPU and memory', toPids)
    .option(
      '--only <workload,…>',
      `these workloads only, of ${WORKLOADS.map(({ name }) => name).join(', ')}`,
      toWorkloads,
    )
    .option('--seconds <n>', 'shortest time to measure each workload', toPositive, 5)
    .option('--revocation [trials]', 'count what revoked credentials still open, of each kind', toCount)
    .option('--decision [rows]', 'measure decisions with so many policies and keys in the database', toCount)
    .option('--json', 'print JSON instead of the table')
    .option('--fsync-delay <ms>', 'let every fsync of the started Tidegate take so much longer', toPositive)
    .option('--peer', "measure Debian's docker-registry beside it")
    .option('--beside <folder>', 'measure the Tidegate of another checkout beside it', toCheckout)
    .option(
      '--database <url>',
      'TIDEGATE_DATABASE_URL of the started Tidegate; env takes it from the environment',
    )
    .option('--blobs <url>', 'TIDEGATE_BLOBS_URL of the started Tidegate; env takes it from the environment')
    .option(
      '--setting <name=value>',
      'any other TIDEGATE_* setting of the started Tidegate; repeatable',
      addSetting,
    );

const optionsOf = (flags: Flags, env: NodeJS.ProcessEnv): Options => {
  const settings = {
    ...flags.setting,
    ...storeSetting('TIDEGATE_DATABASE_URL', flags.database, env),
    ...storeSetting('TIDEGATE_BLOBS_URL', flags.blobs, env),
  };
  if (flags.url !== undefined && (flags.fsyncDelay !== undefined || Object.keys(settings).length > 0)) {
    throw new Error(
      '--fsync-delay, --database, --blobs and --setting are for a Tidegate the bench starts: leave --url out',
    );
  }
  if (flags.url !== undefined && flags.decision !== undefined)
    throw new Error('--decision fills the database of a Tidegate the bench starts: leave --url out');
  if (flags.url === undefined && (flags.user ?? flags.pid ?? flags.replica) !== undefined) {
    throw new Error('--user, --password-file, --pid and --replica belong to --url');
  }
  if (flags.peer && flags.beside !== undefined)
    throw new Error('only one is measured beside it: --peer or --beside');
  if (flags.beside !== undefined && ('TIDEGATE_DATABASE_URL' in settings || 'TIDEGATE_BLOBS_URL' in settings))
    throw new Error(
      'with --beside two servers are started, and --database and --blobs name the stores of one',
    );
  return {
    url: flags.url,
    replica: flags.replica,
    login: loginOf(flags.user, flags.passwordFile),
    namespace: flags.namespace,
    pids: flags.pid ?? [],
    workloads: flags.only ?? WORKLOADS,
    seconds: flags.seconds,
    json: flags.json === true,
    fsyncDelay: flags.fsyncDelay,
    peer: flags.peer === true,
    beside: flags.beside,
    settings,
    revocation: flags.revocation === true ? TRIALS : flags.revocation,
    decision: flags.decision === true ? ROWS : flags.decision,
  };
};

const loginOf = (user: string | undefined, passwordFile: string | undefined): Login | undefined => {
  if (user === undefined && passwordFile === undefined) return undefined;
  if (user === undefined || passwordFile === undefined)
    throw new Error('--user and --password-file go together');
  return { user, password: readFileSync(passwordFile, 'utf8').trimEnd() };
};

/** A password on the command line is in every process list: such a URL has to come through the environment. */
const storeSetting = (
  name: string,
  value: string | undefined,
  env: NodeJS.ProcessEnv,
): Record<string, string> => {
  if (value === undefined) return {};
  if (value !== 'env') {
    if (URL.parse(value)?.password)
      throw new Error(`put a URL with a password into ${name} and give env instead of it`);
    return { [name]: value };
  }
  const inherited = env[name];
  if (inherited === undefined) throw new Error(`${name} is not set`);
  return { [name]: inherited };
};

const toUrl = (text: string): URL => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('not an http or https URL');
  return url;
};

const toCheckout = (text: string): string => {
  if (!existsSync(path.join(text, 'src/main.ts')))
    throw new InvalidArgumentError('not a folder of Tidegate: it has no src/main.ts');
  return path.resolve(text);
};

const toPositive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('not a number above 0');
  return value;
};

const TRIALS = 1000;
const ROWS = 1_000_000;

const toCount = (text: string): number => {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('not a number from 1 to 9999999');
};

const toPids = (text: string): number[] =>
  text.split(',').map((pid) => {
    if (!/^[1-9]\d*$/.test(pid)) throw new InvalidArgumentError('not a list of process ids');
    return Number(pid);
  });

const toWorkloads = (text: string): readonly Workload<unknown>[] => {
  try {
    return selectWorkloads(text.split(','));
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
};

const addSetting = (text: string, settings: Record<string, string> = {}): Record<string, string> => {
  const [, name, value] = /^(TIDEGATE_[A-Z_]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('not of the form TIDEGATE_NAME=value');
  return { ...settings, [name]: value };
};
