import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Networks that are not the Internet, or not one machine of it. Source: the IANA registries of special addresses. */
const INSIDE_V4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

const INSIDE_V6 = [
  // unspecified, loopback, and the abandoned form of embedded IPv4 addresses
  ['::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  // Teredo and other protocols' own
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const;

const v4 = new BlockList();
for (const [network, bits] of INSIDE_V4) v4.addSubnet(network, bits, 'ipv4');
const v6 = new BlockList();
for (const [network, bits] of INSIDE_V6) v6.addSubnet(network, bits, 'ipv6');

/** Whether an address is none of the Internet's: it leads into the operator's own network, or nowhere. */
export const isInside = (address: string): boolean => {
  const plain = plainAddress(address);
  if (isIPv4(plain)) return v4.check(plain, 'ipv4');
  // what is no address is not let out
  return !isIPv6(plain) || v6.check(plain, 'ipv6');
};

/** NAT64 (RFC 6052) and 6to4 (RFC 3056) carry an IPv4 address: at these of the eight groups. IPv4-mapped ones too. */
const CARRIERS = [
  { is: (groups: readonly number[]) => isMapped(groups), at: 6 },
  {
    is: ([a, b, c, d, e, f]: readonly number[]) => a === 0x64 && b === 0xff9b && !c && !d && !e && !f,
    at: 6,
  },
  { is: ([a]: readonly number[]) => a === 0x2002, at: 1 },
] as const;

const isMapped = ([a, b, c, d, e, f]: readonly number[]): boolean =>
  !a && !b && !c && !d && !e && f === 0xffff;

/** Without a zone; of an IPv6 address that carries an IPv4 address the latter, since that is where it leads. */
export const plainAddress = (address: string): string => {
  const [ip = ''] = address.split('%');
  if (!isIPv6(ip)) return ip;
  const groups = groupsOf(ip);
  const carrier = CARRIERS.find(({ is }) => is(groups));
  if (!carrier) return ip;
  const [high = 0, low = 0] = groups.slice(carrier.at, carrier.at + 2);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
};

/** The eight groups of an IPv6 address, however it is written. */
const groupsOf = (ip: string): number[] => {
  const hostname = new URL(`http://[${ip}]/`).hostname.slice(1, -1);
  const [head = '', tail] = hostname.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
};
