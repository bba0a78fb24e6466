import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { RegistryError } from '../../errors.ts';
import { isInside, plainAddress } from './blocked.ts';

/** What the operator lets hooks reach beside the Internet (TIDEGATE_WEBHOOKS_ALLOW). */
export interface AllowedReceivers {
  readonly networks: readonly {
    readonly address: string;
    readonly bits: number;
    readonly family: 'ipv4' | 'ipv6';
  }[];
  /** Names, lower case. Where one leads is the operator's business. */
  readonly hosts: readonly string[];
}

/** Where a hook may not be sent, in words for who made it. */
export class ReceiverRefused extends Error {}

/**
 * Which addresses hooks may be sent to: those of the Internet over https, and what the operator allows. It is asked when a
 * hook is made, of each address that its name leads to, and of the connection itself before anything is written.
 */
export class Receivers {
  readonly #networks = new BlockList();
  readonly #hosts: ReadonlySet<string>;

  constructor({ networks, hosts }: AllowedReceivers) {
    for (const { address, bits, family } of networks) this.#networks.addSubnet(address, bits, family);
    this.#hosts = new Set(hosts);
  }

  /** Throws BAD_REQUEST. A name is not looked up here: where it leads is looked at with each delivery. */
  refuseUrl(text: string): void {
    const fault = this.faultOf(text);
    if (fault !== undefined) throw new RegistryError('BAD_REQUEST', { message: fault });
  }

  /** Why a hook may not have this address, or undefined. */
  faultOf(text: string): string | undefined {
    const url = URL.parse(text);
    if (!url || !/^https?:$/.test(url.protocol)) return 'the address of a webhook begins with https://';
    if (url.username !== '' || url.password !== '')
      return 'the address of a webhook has no user name and password; give a secret instead';
    if (url.hash !== '') return 'the address of a webhook has no fragment (#…)';
    const host = hostOf(url);
    if (isIP(host) !== 0) return this.#faultOfAddress(host, url);
    return url.protocol === 'http:' && !this.isNamed(url) && this.#networks.rules.length === 0
      ? HTTP_REFUSED
      : undefined;
  }

  /** Why nothing may be sent to this address for this URL, or undefined. */
  #faultOfAddress(address: string, url: URL): string | undefined {
    if (this.isNamed(url) || this.#isAllowed(address)) return undefined;
    if (isInside(address))
      return 'the address is in a private, local or reserved network; the operator can allow it (TIDEGATE_WEBHOOKS_ALLOW)';
    return url.protocol === 'http:' ? HTTP_REFUSED : undefined;
  }

  /** Throws ReceiverRefused. */
  refuseAddress(address: string | undefined, url: URL): void {
    const fault =
      address === undefined ? 'the address of the receiver is not known' : this.#faultOfAddress(address, url);
    if (fault !== undefined) throw new ReceiverRefused(fault);
  }

  /** Whether the operator allows this host by its name. */
  isNamed(url: URL): boolean {
    return this.#hosts.has(hostOf(url).toLowerCase());
  }

  #isAllowed(address: string): boolean {
    const plain = plainAddress(address);
    return (
      (isIPv4(plain) && this.#networks.check(plain, 'ipv4')) ||
      (isIPv6(plain) && this.#networks.check(plain, 'ipv6'))
    );
  }
}

const HTTP_REFUSED =
  'the address begins with http://; use https://, or have the operator allow this receiver (TIDEGATE_WEBHOOKS_ALLOW)';

/** Of an IPv6 address without its brackets. A name without the dot at its end: both are the same host. */
export const hostOf = ({ hostname }: URL): string =>
  hostname.startsWith('[') ? hostname.slice(1, -1) : hostname.replace(/\.$/, '');
