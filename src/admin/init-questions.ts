import { hostname } from 'node:os';
import { createInterface, type Interface } from 'node:readline/promises';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { isLoopback } from '../config/load.ts';
import { SETTINGS } from '../config/settings.ts';
import { SettingError } from '../config/values.ts';

/** Settings by their flags, as a person would type them. */
export type Flags = Readonly<Record<string, string>>;

interface Question {
  readonly asks: string;
  /** What an empty answer means; without it one must be given. */
  readonly otherwise?: string;
  /** The answer as it is meant. Throws a SettingError where it is none. */
  readonly means: (text: string) => string;
}

/** A person at a terminal, who is asked again until an answer can be used. */
export class Asker implements Disposable {
  readonly #lines: Interface;
  readonly #ended = new AbortController();

  constructor() {
    this.#lines = createInterface({ input: process.stdin, output: process.stderr });
    // without this a question is never answered where the input ends
    this.#lines.once('close', () => this.#ended.abort());
  }

  async asks({ asks, otherwise, means }: Question): Promise<string> {
    const shown = otherwise === undefined ? `${asks} ` : `${asks} [${otherwise}] `;
    for (;;) {
      const text = (await this.#line(shown)).trim() || otherwise || '';
      try {
        return means(text);
      } catch (error) {
        if (!(error instanceof SettingError)) throw error;
        process.stderr.write(`  It ${error.message}.\n`);
      }
    }
  }

  /** One of a numbered list; the first one, where nothing is typed. */
  async chooses<Choice extends string>(
    asks: string,
    choices: Readonly<Record<Choice, string>>,
  ): Promise<Choice> {
    const names = Object.keys(choices) as Choice[];
    const lines = names.map((name, index) => `  ${index + 1}  ${choices[name]}`);
    process.stderr.write(`\n${asks}\n${lines.join('\n')}\n`);
    const means = (text: string): string => {
      if (names[Number(text) - 1] === undefined)
        throw new SettingError(`must be a number from 1 to ${names.length}`);
      return text;
    };
    const chosen = await this.asks({ asks: 'Number', otherwise: '1', means });
    return names[Number(chosen) - 1] as Choice;
  }

  async confirms(asks: string): Promise<boolean> {
    return /^y(es)?$/i.test((await this.#line(`${asks} [y/N] `)).trim());
  }

  [Symbol.dispose](): void {
    this.#lines.close();
  }

  async #line(text: string): Promise<string> {
    try {
      return await this.#lines.question(text, { signal: this.#ended.signal });
    } catch (error) {
      if (!this.#ended.signal.aborted) throw error;
      throw new CliError(
        EXIT.INTERRUPTED,
        'the input ended before the question was answered; nothing was written',
      );
    }
  }
}

const PORT = 5000;

/** What a setting accepts, as it is typed. */
const as =
  (key: 'data' | 'tls' | 'trustedProxies' | 'backupTo') =>
  (text: string): string => {
    if (text === '') throw new SettingError('must not be empty');
    SETTINGS[key].parse(text);
    return text;
  };

/** The three questions. What flags have answered already is not asked. */
export const askSettings = async (given: Flags, asker: Asker): Promise<Flags> => {
  const has = (...flags: string[]): boolean => flags.some((flag) => given[flag] !== undefined);
  return {
    ...(has('--data') ? {} : { '--data': await asker.asks(DATA) }),
    ...(has('--external-url', '--listen', '--tls', '--tls-cert', '--trusted-proxies')
      ? {}
      : await askReach(asker)),
    ...(has('--database-url', '--blobs-url') ? {} : await askKeeping(asker)),
    ...given,
  };
};

const DATA = { asks: 'In which folder is everything kept?', otherwise: './data', means: as('data') };

const REACH = {
  loopback: `on this machine only, at http://127.0.0.1:${PORT}`,
  selfSigned: 'by a host name, with TLS; this server makes the certificate and a CA that clients must trust',
  certificate: 'by a host name, with TLS and a certificate of yours',
  proxy: 'by a host name, through a proxy that ends TLS',
} as const;

const askReach = async (asker: Asker): Promise<Flags> => {
  const chosen = await asker.chooses('How do clients reach the registry?', REACH);
  if (chosen === 'loopback') return {};
  if (chosen === 'proxy') return askProxy(asker);
  const asks = 'Host name, and port where it is not 443:';
  const externalUrl = await asker.asks({ asks, otherwise: `${hostname()}:${PORT}`, means: originOf });
  if (chosen === 'selfSigned') return { '--external-url': externalUrl, '--tls': 'self-signed' };
  const file = 'Folder with tls.crt and tls.key, or file with certificate and key:';
  return { '--external-url': externalUrl, '--tls': await asker.asks({ asks: file, means: as('tls') }) };
};

const askProxy = async (asker: Asker): Promise<Flags> => {
  const externalUrl = await asker.asks({
    asks: 'Host name at the proxy, and port where it is not 443:',
    otherwise: hostname(),
    means: originOf,
  });
  const asks = 'Address of the proxy, as this server sees it:';
  const proxies = await asker.asks({ asks, otherwise: '127.0.0.1', means: as('trustedProxies') });
  const isHere = proxies.split(',').every((each) => isLoopback(each.trim()));
  const listen = `${isHere ? '127.0.0.1' : '0.0.0.0'}:${PORT}`;
  return { '--external-url': externalUrl, '--trusted-proxies': proxies, '--listen': listen };
};

const originOf = (text: string): string => {
  const url = text.startsWith('https://') ? text : `https://${text}`;
  return SETTINGS.externalUrl.parse(url).origin;
};

const KEEPING = {
  folder: 'in that folder: one server, nothing else to run',
  services: 'in PostgreSQL and S3: any number of equal servers',
} as const;

const askKeeping = async (asker: Asker): Promise<Flags> => {
  if ((await asker.chooses('Where are records and images kept?', KEEPING)) === 'folder') return {};
  const database = 'Database, as postgres://user:password@host/name:';
  const databaseUrl = await asker.asks({ asks: database, means: postgresUrl });
  const bucket = 'Bucket, as s3://bucket/prefix?endpoint=…&region=…:';
  return {
    '--database-url': databaseUrl,
    '--blobs-url': await asker.asks({ asks: bucket, means: bucketUrl }),
  };
};

const postgresUrl = (text: string): string => {
  if (!/^postgres(ql)?:\/\/./.test(text)) throw new SettingError('must begin with postgres://');
  return text;
};

const bucketUrl = (text: string): string => {
  if (!text.startsWith('s3://')) throw new SettingError('must begin with s3://');
  return as('backupTo')(text);
};
