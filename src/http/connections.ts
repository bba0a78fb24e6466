import type { Socket } from 'node:net';
import { networkOf } from './network.ts';

/** Bounds on open connections: an idle one costs some 10 KiB, one that sends headers slowly up to 32 KiB more. */
export interface ConnectionLimits {
  readonly total: number;
  /** Of one client network. Hundreds of machines behind one address fit; docker and podman open about ten each. */
  readonly network: number;
}

const LIMITS: ConnectionLimits = { total: 4096, network: 1024 };

export type Refusal = 'total' | 'network';

/**
 * The open connections by client network. Where all are taken, the network that has most of them loses one to a newcomer that has
 * fewer. Trusted proxies speak for many clients: their connections count only in the total, and are not taken from them.
 */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #networks = new Map<string, Set<Socket>>();
  /** Every open connection, and its network; a proxy's has none. */
  readonly #open = new Map<Socket, string | undefined>();
  /** Whether an address is a trusted proxy's. */
  isProxy: (address: string) => boolean = () => false;

  constructor(limits: ConnectionLimits = LIMITS) {
    this.#limits = limits;
  }

  /** Takes the connection in; answers why not where it does not, and cuts it then. */
  admit(socket: Socket): Refusal | undefined {
    const { remoteAddress = '' } = socket;
    const isProxy = this.isProxy(remoteAddress);
    const network = isProxy ? undefined : networkOf(remoteAddress);
    const refusal = this.#refusalOf(network);
    if (refusal) socket.destroy();
    else this.#add(socket, network);
    return refusal;
  }

  #refusalOf(network: string | undefined): Refusal | undefined {
    const own = network === undefined ? 0 : (this.#networks.get(network)?.size ?? 0);
    if (own >= this.#limits.network) return 'network';
    if (this.#open.size < this.#limits.total) return undefined;
    let largest: Set<Socket> | undefined;
    for (const sockets of this.#networks.values())
      if (sockets.size > (largest?.size ?? own + 1)) largest = sockets;
    const [oldest] = largest ?? [];
    if (!oldest) return 'total';
    this.#forget(oldest);
    oldest.destroy();
    return undefined;
  }

  #add(socket: Socket, network: string | undefined): void {
    this.#open.set(socket, network);
    if (network !== undefined) {
      const sockets = this.#networks.get(network) ?? new Set();
      this.#networks.set(network, sockets.add(socket));
    }
    socket.once('close', () => this.#forget(socket));
  }

  #forget(socket: Socket): void {
    const network = this.#open.get(socket);
    this.#open.delete(socket);
    if (network === undefined) return;
    const sockets = this.#networks.get(network);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.#networks.delete(network);
  }
}
