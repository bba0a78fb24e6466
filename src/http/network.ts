import { isIPv6 } from 'node:net';

/** Who is at an address, for shares and guesses: one host has a whole IPv6 network of 64 bits to write from. */
export const networkOf = (address = ''): string => {
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = address.split('::');
  const [first, last] = [head, tail].map((part) => part.split(':').filter(Boolean)) as [string[], string[]];
  const between = Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0');
  const groups = [...first, ...(address.includes('::') ? between : []), ...last];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16))
    .join(':');
};
