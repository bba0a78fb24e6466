import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Config, flagOf, SETTINGS, type SettingKey, yamlKeyOf } from './settings.ts';
import { SettingError } from './values.ts';
import { yamlIn } from './yaml-file.ts';

/** Where a setting's value came from, for `tidegate config`. */
export type Source = 'flag' | 'environment' | 'file' | 'default' | 'unset';

export interface Loaded {
  readonly config: Config;
  readonly sources: Readonly<Record<SettingKey, Source>>;
  /** As given, for printing; secrets are left out. */
  readonly texts: Readonly<Record<SettingKey, string | undefined>>;
}

/** Bad settings: one message with everything that is wrong, each with its fix. */
export class ConfigError extends Error {
  /** Whether flags are among what is wrong, and not the environment or a file alone. */
  readonly isOfCommandLine: boolean;

  constructor(message: string, isOfCommandLine = false) {
    super(message);
    this.isOfCommandLine = isOfCommandLine;
  }
}

const KEYS = Object.keys(SETTINGS) as SettingKey[];

/** The settings file that is read where no other one is named: the one that `tidegate init` writes. */
export const SETTINGS_FILE = 'tidegate.yaml';

/**
 * Flags, then environment, then the YAML file (--config, TIDEGATE_CONFIG, or tidegate.yaml where the program was
 * started), then defaults. The only reader of the environment: secrets are removed from `env` once read, so that no child process inherits them.
 */
export const loadConfig = (flags: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): Loaded => {
  const problems: string[] = [];
  const file = readFile(flags['--config'] ?? env.TIDEGATE_CONFIG ?? foundFile(problems), problems);
  let isOfCommandLine = refuseUnknown(flags, env, file, problems);
  const values: Partial<Record<SettingKey, unknown>> = {};
  const sources = {} as Record<SettingKey, Source>;
  const texts = {} as Record<SettingKey, string | undefined>;
  for (const key of KEYS) {
    const row = SETTINGS[key];
    const [text, source, pointed] = find(key, flags, env, file, problems);
    sources[key] = source;
    texts[key] = 'secret' in row && text !== undefined ? '(set)' : text;
    try {
      values[key] = text === undefined ? undefined : row.parse(text);
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      const isEmpty = text === '' ? ' (which is empty)' : '';
      const where = pointed === undefined ? '' : `, given in ${pointed}${isEmpty},`;
      problems.push(`${row.env} (${flagOf(key)})${where} ${error.message}`);
      isOfCommandLine ||= source === 'flag' || `${flagOf(key)}-file` in flags;
    }
    if ('secret' in row) {
      delete env[row.env];
      delete env[`${row.env}_FILE`];
    }
  }
  if (problems.length > 0) throw new ConfigError(problems.join('\n'), isOfCommandLine);
  const config = values as Config;
  const missing = contradictionsIn(config);
  if (missing.length > 0) throw new ConfigError(missing.join('\n'), Object.values(sources).includes('flag'));
  return { config, sources, texts };
};

/** A file that was not named decides where everything is kept and sent: it must be this user's, or root's. */
const foundFile = (problems: string[]): string | undefined => {
  const found = statSync(SETTINGS_FILE, { throwIfNoEntry: false });
  if (!found) return undefined;
  const isOthers = found.uid !== 0 && found.uid !== process.getuid?.();
  if (!isOthers && (found.mode & 0o002) === 0) return SETTINGS_FILE;
  problems.push(
    `${resolve(SETTINGS_FILE)} can be written by other users: name it with --config ${SETTINGS_FILE} if it is meant, or take their right away (chmod 600)`,
  );
  return undefined;
};

const find = (
  key: SettingKey,
  flags: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
  file: FileSettings,
  problems: string[],
): [text: string | undefined, source: Source, pointed?: string] => {
  const row = SETTINGS[key];
  const flag = flags[flagOf(key)];
  if (flag !== undefined) return [flag, 'flag'];
  const inEnv = env[row.env];
  if (inEnv !== undefined && inEnv !== '') return [inEnv, 'environment'];
  const pointed = 'fromFile' in row ? (flags[`${flagOf(key)}-file`] ?? env[`${row.env}_FILE`]) : undefined;
  if (pointed) return [readSecret(row.env, pointed, problems), 'file', pointed];
  const inFile = file[yamlKeyOf(key)];
  if (inFile !== undefined) return [inFile, 'file'];
  const named = 'fromFile' in row ? file[`${yamlKeyOf(key)}_file`] : undefined;
  if (named) return [readSecret(row.env, named, problems), 'file', named];
  return row.fallback === undefined ? [undefined, 'unset'] : [row.fallback, 'default'];
};

const readSecret = (env: string, file: string, problems: string[]): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    problems.push(`${env}_FILE: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
    return undefined;
  }
};

/** The keys of the settings file. Undefined: nothing stands behind the key, as if it were not there. */
type FileSettings = Readonly<Record<string, string | undefined>>;

const readFile = (path: string | undefined, problems: string[]): FileSettings => {
  if (!path) return {};
  try {
    const tree: unknown = yamlIn(path) ?? {};
    if (typeof tree !== 'object' || Array.isArray(tree)) throw new Error('it is not a list of settings');
    return Object.fromEntries(
      Object.entries(tree as Record<string, unknown>).map(([key, value]) => [
        key,
        textIn(key, value, problems),
      ]),
    );
  } catch (error) {
    problems.push(`the configuration file ${path} cannot be used: ${(error as Error).message}`);
    return {};
  }
};

const textIn = (key: string, value: unknown, problems: string[]): string | undefined => {
  if (value === null) return undefined;
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (parts.every((each) => each !== null && typeof each !== 'object')) return parts.join(',');
  problems.push(`the configuration file: ${shown(key)} must be a text or a list of texts`);
  return undefined;
};

/** A key as an error may show it: what is no name may be a secret without a space behind its colon. */
const shown = (key: string): string => (/^\w{1,40}$/.test(key) ? key : 'a key that is no name');

/** An unknown setting is refused: it is usually a misspelt one, and would silently mean the default. Answers whether one is a flag. */
const refuseUnknown = (
  flags: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
  file: FileSettings,
  problems: string[],
): boolean => {
  const fileFlags = KEYS.filter((key) => 'fromFile' in SETTINGS[key]);
  const knownFlags = new Set([
    '--config',
    ...KEYS.map(flagOf),
    ...fileFlags.map((key) => `${flagOf(key)}-file`),
  ]);
  const unknown = Object.keys(flags).filter((flag) => !knownFlags.has(flag));
  for (const flag of unknown) problems.push(`there is no flag ${flag}; tidegate config lists them`);
  const knownYaml = new Set([...KEYS.map(yamlKeyOf), ...fileFlags.map((key) => `${yamlKeyOf(key)}_file`)]);
  for (const key of Object.keys(file))
    if (!knownYaml.has(key)) problems.push(`the configuration file has an unknown key ${shown(key)}`);
  const knownEnv = new Set([
    'TIDEGATE_CONFIG',
    ...OF_THE_CLIENT,
    ...KEYS.map((key) => SETTINGS[key].env as string),
    ...fileFlags.map((key) => `${SETTINGS[key].env}_FILE`),
  ]);
  for (const name of Object.keys(env)) {
    if (/^TIDEGATE_(?!TEST_)/.test(name) && !knownEnv.has(name))
      problems.push(`there is no setting ${name}; tidegate config lists them`);
  }
  return unknown.length > 0;
};

/** What the client and its credential helper read: a shell may have them for both. */
const OF_THE_CLIENT = [
  'TIDEGATE_HOME',
  'TIDEGATE_REGISTRY',
  'TIDEGATE_PROFILE',
  'TIDEGATE_AUDIENCE',
  'TIDEGATE_ID_TOKEN',
  'TIDEGATE_ID_TOKEN_FILE',
];

const LOOPBACK = /^(127\.|::1$|localhost$)/;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** What settings lack that go together, or say against each other. */
const contradictionsIn = (config: Config): readonly string[] => {
  const problems: string[] = [];
  const { listen, externalUrl, tls, tlsCert, tlsKey } = config;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    problems.push('TIDEGATE_TLS_CERT and TIDEGATE_TLS_KEY go together: set both');
  if (tls !== undefined && (tlsCert !== undefined || tlsKey !== undefined))
    problems.push('TIDEGATE_TLS stands for TIDEGATE_TLS_CERT and TIDEGATE_TLS_KEY: set it, or the two');
  if (tls !== undefined && externalUrl?.protocol === 'http:')
    problems.push('TIDEGATE_EXTERNAL_URL must begin with https:// where TIDEGATE_TLS is set');
  const isWildcard = listen.host === '0.0.0.0' || listen.host === '::';
  if ((isWildcard || config.regionsFile !== undefined) && !externalUrl) {
    problems.push(
      'TIDEGATE_EXTERNAL_URL is required with a wildcard listen address or several regions: set it to the address clients use',
    );
  }
  if (config.databaseUrl !== undefined && !externalUrl) {
    problems.push(
      'TIDEGATE_EXTERNAL_URL must be given with TIDEGATE_DATABASE_URL: it is the issuer of tokens, and every replica needs the same one',
    );
  }
  if (config.blobRedirect !== undefined && config.blobsUrl === undefined) {
    problems.push(
      'TIDEGATE_BLOB_REDIRECT redirects to S3: set TIDEGATE_BLOBS_URL, or leave it off with files in the data folder',
    );
  }
  if (config.sendFile !== undefined && config.blobsUrl !== undefined) {
    problems.push(
      'TIDEGATE_SEND_FILE has a proxy send files of the data folder: with TIDEGATE_BLOBS_URL there are none, so leave it out (TIDEGATE_BLOB_REDIRECT is the setting for S3)',
    );
  }
  if (config.sendFile !== undefined && config.trustedProxies === undefined) {
    problems.push(
      'TIDEGATE_SEND_FILE works only through a proxy that is named in TIDEGATE_TRUSTED_PROXIES: set it to the address of nginx',
    );
  }
  const isProtected =
    tls !== undefined ||
    tlsCert !== undefined ||
    isLoopback(listen.host) ||
    externalUrl?.protocol === 'https:';
  if (!isProtected && !config.insecureHttp) {
    problems.push(
      `plain HTTP on ${listen.host} would send secrets in the clear: set TIDEGATE_TLS, an https TIDEGATE_EXTERNAL_URL (TLS at a proxy), or TIDEGATE_INSECURE_HTTP=true`,
    );
  }
  if (config.databaseUrl !== undefined && config.masterKey === undefined) {
    problems.push(
      'TIDEGATE_MASTER_KEY_FILE (or TIDEGATE_MASTER_KEY) must be given with TIDEGATE_DATABASE_URL: every replica needs the same one (openssl rand -base64 32 makes one; an installation begun in a data folder has its own there, master.key)',
    );
  }
  return problems;
};
