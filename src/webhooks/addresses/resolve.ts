import { lookup, Resolver } from 'node:dns/promises';
import { isIP, isIPv6 } from 'node:net';
import { hostOf, type Receivers } from './receivers.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

export type Resolve = (url: URL) => Promise<readonly ResolvedAddress[]>;

/** Enough for any receiver; what a name server answers beyond is left out. */
const MOST_ADDRESSES = 16;
const TIMEOUT = 4000;

/**
 * Where a URL's host leads. Names are asked of the name servers directly: getaddrinfo takes a thread of the few that file work
 * has as well, for as long as a stranger's name server likes. Only a name that the operator allows is looked up that way, one at
 * a time, where no name server knows it: it may stand in /etc/hosts.
 */
export const resolver = (receivers: Receivers, servers?: readonly string[]): Resolve => {
  const names = new Resolver({ timeout: TIMEOUT, tries: 2 });
  if (servers) names.setServers(servers);
  let turn: Promise<unknown> = Promise.resolve();
  const lookUp = (host: string): Promise<readonly ResolvedAddress[]> => {
    const mine = turn.then(async () =>
      (await lookup(host, { all: true })).map(({ address }) => resolved(address)),
    );
    turn = mine.catch(() => undefined);
    return mine;
  };
  return async (url) => {
    const host = hostOf(url);
    if (isIP(host) !== 0) return [resolved(host)];
    const answers = await Promise.allSettled([names.resolve4(host), names.resolve6(host)]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length > 0) return found.slice(0, MOST_ADDRESSES).map(resolved);
    if (receivers.isNamed(url)) return lookUp(host);
    throw new Error('the name of the receiver is not known to the name servers');
  };
};

const resolved = (address: string): ResolvedAddress => ({ address, family: isIPv6(address) ? 6 : 4 });
