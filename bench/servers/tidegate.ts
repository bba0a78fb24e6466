import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BuildPlatform } from '../build-platform.ts';
import { assertDelayed, delayFsync } from '../fsync-delay.ts';
import { observe } from '../process.ts';
import { Target } from '../target.ts';
import { freePort, StartedServer, temporaryFolder } from './server.ts';

const CHECKOUT = path.join(import.meta.dirname, '../..');
const NAMESPACE = 'bench';
/** What a checkout has that takes tokens of builds; one of before refuses a setting that it does not know. */
const ISSUERS = 'src/identity/issuers';

export interface TidegateOptions {
  /** The folder of another checkout, whose server is started in the place of this one's. */
  readonly checkout?: string | undefined;
  /** Milliseconds every fsync of the server takes longer. */
  readonly fsyncDelay?: number | undefined;
  /** Settings by their names in the environment, `TIDEGATE_DATABASE_URL` and the like. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Starts a checkout's server with a data folder and an owner's key of its own; `stack` stops it and removes the
 * folder. The bench's own `TIDEGATE_*` environment is not handed on: it may point at a registry in use.
 */
export const startTidegate = async (
  options: TidegateOptions,
  stack: AsyncDisposableStack,
): Promise<Target> => {
  const folder = stack.use(await temporaryFolder('tidegate'));
  const listen = `127.0.0.1:${await freePort()}`;
  const apiKey = randomBytes(33).toString('base64url');
  const builds = await BuildPlatform.declare(folder.path);
  const isDeclared = existsSync(path.join(options.checkout ?? CHECKOUT, ISSUERS));
  const env = {
    ...inheritedEnvironment(),
    ...(isDeclared ? { TIDEGATE_ISSUERS_FILE: builds.file } : {}),
    ...(await clusterSettings(folder.path, options.settings ?? {}, listen)),
    TIDEGATE_LISTEN: listen,
    TIDEGATE_DATA: path.join(folder.path, 'data'),
    TIDEGATE_BOOTSTRAP_APIKEY: apiKey,
    ...(options.fsyncDelay === undefined ? {} : await delayFsync(folder.path, options.fsyncDelay)),
  };
  await mkdir(env.TIDEGATE_DATA, { mode: 0o700 });
  // The Node and the flags this program runs with are those the launcher gives the server.
  const args = [...process.execArgv, path.join(options.checkout ?? CHECKOUT, 'src/main.ts'), 'serve'];
  const logFile = path.join(folder.path, 'server.log');
  const server = stack.use(new StartedServer({ program: process.execPath, args, env, logFile }));
  const url = new URL(`http://${listen}`);
  const readyAfter = await server.ready(new URL('/healthz', url));
  if (options.fsyncDelay !== undefined) assertDelayed(server.pid);

  const login = { user: 'iamapikey', password: apiKey };
  const detail = [`ready after ${Math.round(readyAfter)} ms`, ...conditions(options)].join(', ');
  const target = await Target.open({
    name: 'Tidegate',
    detail,
    url,
    namespace: NAMESPACE,
    login,
    process: observe([server.pid]),
    data: env.TIDEGATE_DATA,
    ...(isDeclared ? { platform: builds.platform } : {}),
  });
  const account = await target.account();
  if (account === undefined) throw new Error('the server does not sign in the API key it was started with');
  await account.addNamespace(NAMESPACE);
  assertStoresUsed(env.TIDEGATE_DATA, options.settings ?? {});
  return target;
};

/** The names of settings only: their values may hold secrets. */
const conditions = ({ checkout, fsyncDelay, settings = {} }: TidegateOptions): string[] => [
  ...(checkout === undefined ? [] : [`of ${checkout}`]),
  ...(fsyncDelay === undefined ? [] : [`every fsync ${fsyncDelay} ms slower`]),
  ...Object.keys(settings).map((name) => `with ${name}`),
];

const inheritedEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TIDEGATE_')));

/** What the data folder holds when no other store is set. */
const IN_DATA_FOLDER = { TIDEGATE_DATABASE_URL: 'tidegate.db', TIDEGATE_BLOBS_URL: 'blobs' };

/** Throws if the server wrote to the data folder what was to go elsewhere: the figures would bear the wrong name. */
const assertStoresUsed = (dataFolder: string, settings: Readonly<Record<string, string>>): void => {
  for (const [setting, name] of Object.entries(IN_DATA_FOLDER)) {
    if (setting in settings && existsSync(path.join(dataFolder, name))) {
      throw new Error(`${setting} was given, but the server keeps ${name} in its data folder`);
    }
  }
};

/** With PostgreSQL the server wants its address and its master key from outside: a new one, since the database is to be empty. */
const clusterSettings = async (
  folder: string,
  given: Readonly<Record<string, string>>,
  listen: string,
): Promise<Readonly<Record<string, string>>> => {
  if (given.TIDEGATE_DATABASE_URL === undefined) return given;
  const settings: Readonly<Record<string, string>> = {
    TIDEGATE_EXTERNAL_URL: `http://${listen}`,
    ...given,
  };
  if ('TIDEGATE_MASTER_KEY_FILE' in settings) return settings;
  const keyFile = path.join(folder, 'master-key');
  await writeFile(keyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  return { ...settings, TIDEGATE_MASTER_KEY_FILE: keyFile };
};
