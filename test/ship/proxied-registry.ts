import { type Certificate, makeCertificate, trust } from '../support/certificate.ts';
import type { Component } from '../support/component.ts';
import { freePort } from '../support/free-port.ts';
import { haproxy, startHaproxy } from '../support/haproxy.ts';
import { caddy, nginx, type RunningProxy, startCaddy, startNginx } from '../support/proxies.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Place {
  readonly folder: string;
  readonly certificate: Certificate;
  readonly server: string;
  readonly data: string;
}

/** One server behind the file for three replicas: which of them answers is the same to a client. */
const startOurHaproxy = async ({ server }: Place, opsPort: number): Promise<RunningProxy> => {
  const port = await freePort();
  const backends = [1, 2, 3].map(() => ({ host: server, opsPort }));
  const running = await startHaproxy(port, backends);
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
};

export interface ShippedProxy {
  readonly name: string;
  readonly component: Component;
  start(place: Place, opsPort: number): Promise<RunningProxy>;
}

/** The proxies that Debian has, of those that deploy/ has a file for. */
export const PROXIES: readonly ShippedProxy[] = [
  { name: 'nginx', component: nginx, start: startNginx },
  { name: 'caddy', component: caddy, start: startCaddy },
  { name: 'haproxy', component: haproxy, start: startOurHaproxy },
];

/** What a client makes up about where it comes from. */
export const FORGED = {
  'X-Forwarded-For': '192.0.2.77',
  'X-Forwarded-Proto': 'gopher',
  'X-Forwarded-Host': 'evil.example',
  Forwarded: 'for=192.0.2.77;host=evil.example;proto=gopher',
};

/** A registry with the namespace birds behind a proxy that has the file of deploy/. */
export class ProxiedRegistry implements AsyncDisposable {
  readonly registry: TestRegistry;
  readonly #proxy: RunningProxy;
  readonly #folder: Disposable;

  private constructor(registry: TestRegistry, proxy: RunningProxy, folder: Disposable) {
    this.registry = registry;
    this.#proxy = proxy;
    this.#folder = folder;
  }

  static async start(
    { start }: Pick<ShippedProxy, 'start'>,
    env: Readonly<Record<string, string>> = {},
  ): Promise<ProxiedRegistry> {
    const folder = temporaryFolder();
    const certificate = makeCertificate(folder.path);
    trust(certificate);
    const opsPort = await freePort();
    const registry = await TestRegistry.start({
      env: {
        TIDEGATE_TRUSTED_PROXIES: '127.0.0.1',
        TIDEGATE_OPS_LISTEN: `127.0.0.1:${opsPort}`,
        ...env,
      },
    });
    await registry.namespaceAdd('birds');
    const { host: server, data } = registry;
    let proxy: RunningProxy;
    try {
      proxy = await start({ folder: folder.path, certificate, server, data }, opsPort);
    } catch (error) {
      await registry[Symbol.asyncDispose]();
      throw error;
    }
    return new ProxiedRegistry(registry, proxy, folder);
  }

  /** What clients use: the address of the proxy. */
  get url(): string {
    return this.#proxy.url;
  }

  /** A request of the owner through the proxy, with forged addresses. */
  send(path: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<Response> {
    const headers = new Headers({ ...FORGED, Authorization: basic('iamapikey', this.registry.apikey) });
    for (const [key, value] of new Headers(init.headers)) headers.set(key, value);
    return fetch(new URL(path, this.url), { redirect: 'manual', ...init, headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy[Symbol.asyncDispose]();
    await this.registry[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}
