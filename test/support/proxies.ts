import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from './certificate.ts';
import { type Component, demand } from './component.ts';
import { freePort } from './free-port.ts';
import { startListening } from './listening-program.ts';

const root = join(import.meta.dirname, '../..');
const isThere = (program: string, ...args: string[]): boolean => spawnSync(program, args).error === undefined;
const shipped = (path: string): string => readFileSync(join(root, 'deploy', path), 'utf8');

const ofDebian = (name: string, program: string, ...args: string[]): Component => ({
  name,
  absence: () =>
    isThere(program, ...args)
      ? undefined
      : `no ${name} here; as root: scripts/components/install-packages ${name}`,
});

export const nginx = ofDebian('nginx', '/usr/sbin/nginx', '-v');
export const caddy = ofDebian('caddy', 'caddy', 'version');

export interface RunningProxy extends AsyncDisposable {
  readonly url: string;
}

interface Place {
  /** Where the proxy may write. */
  readonly folder: string;
  readonly certificate: Certificate;
  /** host:port of the server behind it. */
  readonly server: string;
  /** The data folder of that server. */
  readonly data: string;
  /** The user of nginx's workers; root unless given. */
  readonly user?: string;
  /** Without TLS between clients and nginx. */
  readonly plain?: boolean;
}

/** Replaces what an operator replaces; each must stand in the file. */
const filledIn = (text: string, values: Readonly<Record<string, string>>): string =>
  Object.entries(values).reduce((filled, [shown, value]) => {
    if (!filled.includes(shown)) throw new Error(`the file has no ${shown}`);
    return filled.replaceAll(shown, value);
  }, text);

/** nginx with the file we ship, in which only names and addresses are replaced. */
export const startNginx = async ({
  folder,
  certificate,
  server,
  data,
  user = 'root',
  plain = false,
}: Place): Promise<RunningProxy> => {
  demand(nginx);
  const port = await freePort();
  const site = filledIn(shipped('nginx/tidegate.conf'), {
    'listen 443 ssl': `listen 127.0.0.1:${port}${plain ? '' : ' ssl'}`,
    '127.0.0.1:5000': server,
    '/etc/ssl/registry/fullchain.pem': certificate.certFile,
    '/etc/ssl/registry/privkey.pem': certificate.keyFile,
    '/var/lib/tidegate/blobs/': `${data}/blobs/`,
  });
  const bodies = join(folder, 'nginx-bodies');
  mkdirSync(bodies);
  writeFileSync(join(folder, 'tidegate.conf'), site);
  const config = join(folder, 'nginx.conf');
  const lines = [
    'daemon off;',
    `user ${user};`,
    `pid ${folder}/nginx.pid;`,
    'error_log stderr;',
    'events {}',
    `http { access_log off; client_body_temp_path ${bodies}; include ${folder}/tidegate.conf; }`,
  ];
  writeFileSync(config, lines.join('\n'));
  const running = await startListening(['/usr/sbin/nginx', '-c', config, '-e', 'stderr'], port);
  const scheme = plain ? 'http' : 'https';
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
};

/** Caddy with the file we ship. */
export const startCaddy = async ({ folder, certificate, server }: Place): Promise<RunningProxy> => {
  demand(caddy);
  const [port, admin] = [await freePort(), await freePort()];
  const url = `https://127.0.0.1:${port}`;
  const home = join(folder, 'caddy');
  mkdirSync(home);
  const env = {
    HOME: home,
    XDG_DATA_HOME: home,
    XDG_CONFIG_HOME: home,
    CADDY_ADMIN: `127.0.0.1:${admin}`,
    REGISTRY_SITE: url,
    REGISTRY_SERVER: server,
    REGISTRY_TLS: `tls ${certificate.certFile} ${certificate.keyFile}`,
  };
  const config = join(root, 'deploy/caddy/Caddyfile');
  const argv = ['caddy', 'run', '--config', config, '--adapter', 'caddyfile'];
  const running = await startListening(argv, port, env);
  return { url, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
};
