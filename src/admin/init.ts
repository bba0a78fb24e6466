import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { computeIssuers } from '../config/compute-issuers.ts';
import { DataFolder, OWNER_APIKEY } from '../config/data-folder.ts';
import { issuersFile } from '../config/issuers.ts';
import { isLoopback, loadConfig, SETTINGS_FILE } from '../config/load.ts';
import { writePrivateFile } from '../config/private-file.ts';
import { flagOf, SETTINGS, type SettingKey } from '../config/settings.ts';
import { settingsText } from '../config/settings-file.ts';
import { backupPlace, path, tls } from '../config/values.ts';
import { FORM } from '../release.ts';
import { Asker, askSettings, type Flags } from './init-questions.ts';
import { UsageError } from './usage-error.ts';

export interface InitArguments {
  /** The file to write. */
  readonly output: string;
  /** Write over a file that is there. */
  readonly force: boolean;
}

const NO_TERMINAL =
  'there is no terminal to ask on: give the answers as flags, such as --data ./data, and --external-url https://HOST --tls self-signed for clients on other machines';

/** `tidegate init`: a settings file for `serve`, of flags and, on a terminal, of three questions. */
export const init = async (flags: Flags, { output, force }: InitArguments): Promise<number> => {
  using asker = process.stdin.isTTY === true ? new Asker() : undefined;
  if (!asker && Object.keys(flags).length === 0) throw new UsageError(NO_TERMINAL);
  if (existsSync(output) && !force && !(await mayReplace(output, asker))) return 1;
  const lines = writeSettings(asker ? await askSettings(flags, asker) : flags, output);
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
};

/** Writes the file; answers what to do next. Where a server would refuse these settings it throws, and nothing is written. */
export const writeSettings = (flags: Flags, output: string): string[] => {
  const settings = completed(flags);
  const needsKey = settings['--database-url'] !== undefined && !hasMasterKey(settings);
  // nothing is made before all of it is known to be good; the key is 32 bytes in any case
  refuseFaults(needsKey ? { ...settings, '--master-key': Buffer.alloc(32).toString('base64') } : settings);
  if (needsKey) settings['--master-key-file'] = keepMasterKey(settings['--data']);
  writePrivateFile(resolve(output), settingsText(settings));
  return nextLines(output, settings);
};

type Settings = Record<string, string> & { '--data': string };

const mayReplace = async (output: string, asker: Asker | undefined): Promise<boolean> => {
  if (!asker) throw new UsageError(`${output} is there already; -f writes over it`);
  return asker.confirms(`${output} is there already. Write over it?`);
};

/** Paths mean the same from any folder, and the server listens where clients, or the proxy, reach it. */
const completed = (flags: Flags): Settings => {
  const settings: Settings = {
    ...wholePaths(flags),
    '--data': resolve(flags['--data'] ?? SETTINGS.data.fallback),
  };
  // replicas share the address, so it is a setting even where it is the usual one
  if (flags['--database-url'] !== undefined)
    settings['--external-url'] ??= `http://${SETTINGS.listen.fallback}`;
  const listen = listenFor(settings);
  if (listen !== undefined) settings['--listen'] ??= listen;
  return settings;
};

/** Parsers of settings that are paths; of some other values too, which are no path. */
const OF_PATHS: ReadonlySet<unknown> = new Set([path, tls, backupPlace, computeIssuers, issuersFile]);

const wholePaths = (flags: Flags): Record<string, string> => {
  const keys = Object.keys(SETTINGS) as SettingKey[];
  const named = keys.filter((key) => OF_PATHS.has(SETTINGS[key].parse)).map(flagOf);
  const pointed = keys.filter((key) => 'fromFile' in SETTINGS[key]).map((key) => `${flagOf(key)}-file`);
  const isPath = (flag: string, text: string): boolean =>
    pointed.includes(flag) || (named.includes(flag) && text !== 'self-signed' && !text.startsWith('s3:'));
  return Object.fromEntries(
    Object.entries(flags).map(([flag, text]) => [flag, isPath(flag, text) ? resolve(text) : text]),
  );
};

/** Where a server listens that ends TLS itself, that speaks plain HTTP, or whose proxy is on another machine. */
const listenFor = (settings: Settings): string | undefined => {
  const url = URL.parse(settings['--external-url'] ?? '');
  if (!url || isLoopback(url.hostname)) return undefined;
  const endsTls = '--tls' in settings || '--tls-cert' in settings;
  const isPlain = url.protocol === 'http:' && isOn(settings['--insecure-http']);
  if (endsTls || isPlain) return `0.0.0.0:${url.port || (endsTls ? '443' : '80')}`;
  const proxies = settings['--trusted-proxies']?.split(',') ?? [];
  const isHere = proxies.every((each) => isLoopback(each.trim()));
  return isHere ? undefined : SETTINGS.listen.fallback.replace('127.0.0.1', '0.0.0.0');
};

const isOn = (text: string | undefined): boolean => /^(true|1|yes|on)$/i.test(text ?? '');

const hasMasterKey = (settings: Settings): boolean =>
  settings['--master-key'] !== undefined || settings['--master-key-file'] !== undefined;

/** As the server would find them: no environment, and no settings file beside them. */
const refuseFaults = (settings: Flags): void => void loadConfig({ ...settings, '--config': '' }, {});

/** The key of the data folder, which a server with files makes itself; answers its file. */
const keepMasterKey = (data: string): string => {
  using folder = DataFolder.open(data, { lock: false });
  folder.masterKey();
  return folder.file('master.key');
};

const nextLines = (output: string, settings: Settings): string[] => {
  const config = resolve(output) === resolve(SETTINGS_FILE) ? '' : ` --config ${output}`;
  const serve = FORM === 'sources' ? `npm start${config && ` --${config}`}` : `tidegate serve${config}`;
  const key = join(settings['--data'], OWNER_APIKEY);
  return [
    `Wrote ${output}, which only you can read.`,
    ...('--blobs-url' in settings
      ? [
          'The bucket is opened with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment of the server.',
        ]
      : []),
    ...('--master-key-file' in settings
      ? [`Each server needs ${settings['--master-key-file']}: without it no API key, token or login works.`]
      : []),
    '',
    `Start the registry: ${serve}`,
    `Its first start leaves the owner's API key in ${key}, which only you can read.`,
  ];
};
