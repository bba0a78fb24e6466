import { BlockList, isIPv6 } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { LRUCache } from 'lru-cache';
import type { Region, Regions } from '../tenancy/room.ts';
import type { Request } from './request.ts';

export interface OriginSettings {
  /** The address clients use; from the listen address where nothing is configured. */
  readonly externalUrl: URL;
  /** True when an external URL or regions were configured: then a loopback name is no longer trusted by itself. */
  readonly configured: boolean;
  readonly trustedProxies: readonly { address: string; bits: number; family: 'ipv4' | 'ipv6' }[];
}

/** A host header understood: lower case, with and without its port. */
interface Host {
  readonly host: string;
  readonly name: string;
}

const LOOPBACK_NAME = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/;

/** Where a request came from and under which name it reached us. Forwarded headers count only from trusted proxies. */
export class Origin {
  readonly #settings: OriginSettings;
  readonly #regions: Regions;
  readonly #proxies = new BlockList();
  readonly #hosts = new LRUCache<string, Host>({ max: 1000 });

  constructor(settings: OriginSettings, regions: Regions) {
    this.#settings = settings;
    this.#regions = regions;
    for (const { address, bits, family } of settings.trustedProxies)
      this.#proxies.addSubnet(address, bits, family);
  }

  /** The region the request's host names; undefined where no region answers on it. */
  region(request: Request): Region | undefined {
    return this.#regions.ofHost(this.#host(request).name);
  }

  /** The client's address: the last one that is not a trusted proxy. */
  address(request: Request): string {
    const peer = normalize(request.socket.remoteAddress ?? '');
    if (!this.#isProxy(peer)) return peer;
    const hops = String(request.headers['x-forwarded-for'] ?? '')
      .split(',')
      .map((hop) => normalize(hop.trim()));
    return hops.findLast((hop) => hop !== '' && !this.#isProxy(hop)) ?? peer;
  }

  /** Whether a connection from this address is a trusted proxy's, which speaks for others. */
  isProxy(address: string): boolean {
    return this.#isProxy(normalize(address));
  }

  /**
   * Whether a trusted proxy passed this request on. What a program on the proxy's machine sends by itself does not name
   * the client it is sent for.
   */
  isPassedOn(request: Request): boolean {
    return request.headers['x-forwarded-for'] !== undefined && this.#fromProxy(request);
  }

  /** `https://host[:port]` for realms and links: the request's own where that name is one of ours. */
  base(request: Request): string {
    const { externalUrl } = this.#settings;
    const { host } = this.#host(request);
    if (host === externalUrl.host || !this.#isOurs(this.#host(request))) return externalUrl.origin;
    return `${this.#scheme(request)}://${host}`;
  }

  /** host[:port] for image names. */
  registryHost(request: Request): string {
    const own = this.#host(request);
    return this.#isOurs(own) ? own.host : this.#settings.externalUrl.host;
  }

  /** Whether image names with this host[:port], in lower case, are of the region that the request was sent to. */
  namesRegion(request: Request, region: Region, host: string): boolean {
    const own = this.registryHost(request);
    if (host === own) return true;
    const named = parseHost(host);
    const port = portOf(named);
    if (port !== '' && port !== portOf(parseHost(own))) return false;
    return this.#isOurs(named) && this.#regions.ofHost(named.name)?.id === region.id;
  }

  /** A region's host as image names need it: with the external URL's port where that is not the usual one. */
  withPort(hostName: string): string {
    const { port } = this.#settings.externalUrl;
    return port ? `${hostName}:${port}` : hostName;
  }

  #isOurs({ name, host }: Host): boolean {
    if (this.#regions.isHost(name) || host === this.#settings.externalUrl.host) return true;
    return !this.#settings.configured && LOOPBACK_NAME.test(name);
  }

  #scheme(request: Request): string {
    if ((request.socket as TLSSocket).encrypted) return 'https';
    const forwarded = this.#fromProxy(request) ? request.headers['x-forwarded-proto'] : undefined;
    return forwarded === 'https' ? 'https' : 'http';
  }

  #host(request: Request): Host {
    const forwarded = this.#fromProxy(request) ? request.headers['x-forwarded-host'] : undefined;
    const header = (typeof forwarded === 'string' ? forwarded : request.headers.host) ?? '';
    let host = this.#hosts.get(header);
    if (!host) {
      host = parseHost(header);
      this.#hosts.set(header, host);
    }
    return host;
  }

  #fromProxy(request: Request): boolean {
    return (
      this.#settings.trustedProxies.length > 0 && this.#isProxy(normalize(request.socket.remoteAddress ?? ''))
    );
  }

  #isProxy(address: string): boolean {
    if (this.#settings.trustedProxies.length === 0 || address === '') return false;
    return this.#proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }
}

const parseHost = (header: string): Host => {
  const host = header.toLowerCase();
  const match = HOST.exec(host);
  return match ? { host, name: match[1] ?? '' } : { host: '', name: '' };
};

const portOf = ({ host, name }: Host): string => host.slice(name.length);

/** IPv4 addresses reach a dual-stack socket as ::ffff:1.2.3.4. */
const normalize = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address);
