import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type App, startApp } from '../app.ts';
import { OWNER_APIKEY } from '../config/data-folder.ts';
import type { Loaded } from '../config/load.ts';
import { loadRegions } from '../config/regions.ts';
import type { Authority } from '../machine/certificate/self-signed.ts';
import { FORM } from '../release.ts';
import { launcherGone } from './launcher.ts';

/** `tidegate serve`: runs until it is asked to stop, then drains and exits 0. */
export const serve = async ({ config }: Loaded): Promise<number> => {
  const stopped = Promise.race([signalled(), launcherGone()]);
  {
    await using app = await startApp(config, loadRegions(config.regionsFile));
    // a fault in one request must not end all others: it is logged, and the process goes on
    process.on('unhandledRejection', (err) =>
      app.log.error({ err }, 'a promise was rejected and not handled'),
    );
    greet(app, config.data);
    const signal = await stopped;
    app.log.info({ signal }, 'draining');
    unlinkSync(join(config.data, 'listening'));
  }
  // a job that was cut may have left a connection open, which must not keep the process
  setTimeout(() => process.exit(0), ENDING).unref();
  return 0;
};

/** Milliseconds that the process has to end by itself, once all is closed. */
const ENDING = 1000;

/** Ctrl-C reaches this process twice, from the terminal and from the launcher: that is one signal. */
const ONE_SIGNAL = 1000;

/** Resolves with the first signal. A later one does not wait for the transfers that still run. */
const signalled = (): Promise<string> =>
  new Promise((resolve) => {
    let first: number | undefined;
    const hear = (signal: NodeJS.Signals): void => {
      first ??= performance.now();
      if (performance.now() - first < ONE_SIGNAL) resolve(signal);
      else {
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
      }
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, hear);
  });

const greet = ({ url, externalUrl, first, authority }: App, data: string): void => {
  const { account, madeKey, isNew } = first;
  const lines = [`Tidegate listens on ${url}`];
  if (isNew) lines.push(`Account ${account.name}, id ${account.id}`);
  if (madeKey) lines.push(...keyLines(madeKey, data));
  if (authority) lines.push(...authorityLines(authority, externalUrl));
  if (isNew) lines.push(...tryLines(externalUrl, data, madeKey));
  process.stdout.write(`${lines.join('\n')}\n`);
};

const keyFile = (data: string): string => join(data, OWNER_APIKEY);

/** The file is always there, for commands that read it; a terminal shows the key too, a log never does. */
const keyLines = (key: string, data: string): string[] => [
  ...(process.stdout.isTTY ? ["The owner's API key, shown this once:", '', `  ${key}`, ''] : []),
  `The owner's API key is in ${keyFile(data)}, which only you can read. Remove the file when you keep the key elsewhere.`,
];

/** A CA that was there before is named; how to trust a new one is shown for each kind of client. */
const authorityLines = ({ path, fingerprint, isNew }: Authority, url: string): string[] => {
  const { host } = new URL(url);
  const copy = (target: string) => `sudo install -D -m 0644 ${path} ${target}`;
  const trust = [
    'Copy it to each machine with clients, compare the fingerprint, and trust it there for:',
    `  docker      ${copy(`/etc/docker/certs.d/${host}/ca.crt`)}`,
    `  podman      ${copy(`/etc/containers/certs.d/${host}/ca.crt`)}`,
    `  tidegate    export NODE_EXTRA_CA_CERTS=${path}`,
    `  everything  ${copy('/usr/local/share/ca-certificates/tidegate.crt')} && sudo update-ca-certificates`,
  ];
  return [
    `The TLS certificate comes from the CA in ${path}`,
    `SHA-256 ${fingerprint}`,
    ...(isNew ? trust : []),
  ];
};

/** The command line as it is called where this server was started. */
const CLIENT = FORM === 'sources' ? 'npm run -s tidegate --' : 'tidegate';

const tryLines = (url: string, data: string, madeKey: string | undefined): string[] => {
  const { host } = new URL(url);
  const [password, apikey] = madeKey
    ? [`--password-stdin ${host} < ${keyFile(data)}`, ` --apikey @${keyFile(data)}`]
    : [`${host}   # asks for your API key, as the next one does`, ''];
  return [
    'Try it:',
    `  docker login -u iamapikey ${password}`,
    `  ${CLIENT} login -a ${url}${apikey} && ${CLIENT} cr namespace-add birds`,
    `  docker pull hello-world && docker tag hello-world ${host}/birds/hello`,
    `  docker push ${host}/birds/hello && docker pull ${host}/birds/hello`,
  ];
};
