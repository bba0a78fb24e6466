import { existsSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { parseS3Url } from '../blobs/s3-url.ts';

/** Parsers of setting values. Each throws a SettingError that says what it would accept. */
export class SettingError extends Error {}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `[v6]:port` or `:port`. */
export const address = (text: string): Address => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new SettingError('must be host:port, as in 127.0.0.1:5000');
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port };
};

export const printAddress = ({ host, port }: Address): string =>
  isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;

export const boolean = (text: string): boolean => {
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  if (/^(false|0|no|off)$/i.test(text)) return false;
  throw new SettingError('must be true or false');
};

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A hundred years: beyond them there are moments that no date tells. */
const LONGEST_DAYS = 36_500;

/** A duration as `6s 15m 24h 30d`, of at most a hundred years, in milliseconds. */
export const duration = (text: string): number => {
  const [, amount, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const scale = UNITS[unit];
  if (amount === undefined || scale === undefined)
    throw new SettingError('must be a duration such as 6s, 15m, 24h or 30d');
  const chosen = Number(amount) * scale;
  if (chosen > LONGEST_DAYS * 86_400_000) throw new SettingError(`must be at most ${LONGEST_DAYS}d`);
  return chosen;
};

/** A duration of at most `hours`. */
export const durationUpTo =
  (hours: number) =>
  (text: string): number => {
    const chosen = duration(text);
    if (chosen > hours * 3_600_000) throw new SettingError(`must be at most ${hours}h`);
    return chosen;
  };

/** A duration of at least `minutes`. */
export const durationFrom =
  (minutes: number) =>
  (text: string): number => {
    const chosen = duration(text);
    if (chosen < minutes * 60_000) throw new SettingError(`must be at least ${minutes}m`);
    return chosen;
  };

const SIZES: Record<string, number> = { mb: 2 ** 20, gb: 2 ** 30, tb: 2 ** 40 };

/** A size as `500mb 100gb 2tb`, in bytes. */
export const size = (text: string): number => {
  const [, amount, unit = ''] = /^(\d{1,6})(mb|gb|tb)$/i.exec(text) ?? [];
  const scale = SIZES[unit.toLowerCase()];
  if (amount === undefined || scale === undefined)
    throw new SettingError('must be a size such as 500mb, 100gb or 2tb');
  return Number(amount) * scale;
};

/** `off` (undefined), or a duration from a second to `longest` milliseconds. */
export const offOr =
  (longest: number) =>
  (text: string): number | undefined => {
    if (text.toLowerCase() === 'off') return undefined;
    const chosen = duration(text);
    if (chosen < 1000 || chosen > longest)
      throw new SettingError(`must be off, or a duration of at most ${longest / 60_000}m`);
    return chosen;
  };

/** `x-accel:/prefix/`: the address below which a proxy keeps the files, for itself alone. */
export const sendFile = (value: string): string => {
  const prefix = /^x-accel:((?:\/[A-Za-z0-9_.-]{1,64}){1,8}\/)$/.exec(value)?.[1];
  if (prefix === undefined || /\/\.{1,2}\//.test(prefix))
    throw new SettingError(
      'must be x-accel:/prefix/, with the address of a location that is internal in nginx',
    );
  return prefix;
};

export const path = (text: string): string => {
  if (text.includes('\0')) throw new SettingError('must be a path');
  return text;
};

/** Where the certificate and its key are: one file, or two in a folder, by the names that Kubernetes and certbot give them. */
export type TlsSource = 'self-signed' | { readonly cert: string; readonly key: string };

const PAIRS = [
  ['tls.crt', 'tls.key'],
  ['fullchain.pem', 'privkey.pem'],
] as const;

/** `self-signed`, or the path of a folder or of a file. */
export const tls = (value: string): TlsSource => {
  if (value === 'self-signed') return value;
  const found = statSync(path(value), { throwIfNoEntry: false });
  if (found?.isFile()) return { cert: value, key: value };
  for (const [cert, key] of PAIRS)
    if (existsSync(join(value, cert)) && existsSync(join(value, key)))
      return { cert: join(value, cert), key: join(value, key) };
  throw new SettingError(
    'must be self-signed, a folder with tls.crt and tls.key (or fullchain.pem and privkey.pem), or a PEM file with certificate and key',
  );
};

export const text = (value: string): string => value;

const S3_FORM =
  's3://bucket/prefix with the parameters endpoint, public_endpoint, region and path_style; credentials come from the environment';

/** `s3://bucket/prefix?…`. What cannot be one is not repeated: it may hold credentials. */
export const bucket = (value: string): string => {
  try {
    parseS3Url(value);
    return value;
  } catch {
    throw new SettingError(`must be ${S3_FORM}`);
  }
};

/** A folder, or a bucket. */
export const backupPlace = (value: string): string => {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(value) && value !== '') return path(value);
  try {
    return bucket(value);
  } catch {
    throw new SettingError(`must be a folder, or ${S3_FORM}`);
  }
};

/** An absolute http or https URL without path, as `https://registry.example.com`. */
export const origin = (value: string): URL => {
  const url = URL.parse(value);
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    url.pathname !== '/' ||
    url.search ||
    url.hash ||
    url.username ||
    url.password
  ) {
    throw new SettingError('must be an address such as https://registry.example.com, without a path');
  }
  return url;
};

export interface Cidr {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** A comma separated list of `10.0.0.0/8` or single addresses. */
export const cidrs = (value: string): Cidr[] => value.split(',').map((part) => cidr(part.trim()));

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?)*$/i;

/** A comma separated list of networks, addresses and host names. */
export const receivers = (value: string): { networks: Cidr[]; hosts: string[] } => {
  const networks: Cidr[] = [];
  const hosts: string[] = [];
  for (const part of value.split(',').map((each) => each.trim())) {
    // what ends with a number is no name: the URL parser takes it for an address
    if (HOST_NAME.test(part) && /[a-z]/i.test(part.split('.').at(-1) ?? '')) hosts.push(part.toLowerCase());
    else networks.push(network(part));
  }
  return { networks, hosts };
};

const network = (part: string): Cidr => {
  try {
    return cidr(part);
  } catch {
    throw new SettingError(
      'must be networks such as 10.0.0.0/8, addresses and host names, separated by commas',
    );
  }
};

const cidr = (part: string): Cidr => {
  const [ip = '', bits, ...rest] = part.split('/');
  const version = isIP(ip);
  const widest = version === 4 ? 32 : 128;
  // what ends with a slash names no width, and not that of everything
  const length = bits === undefined ? widest : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (version === 0 || rest.length > 0 || !(length <= widest)) {
    throw new SettingError('must be addresses or networks such as 10.0.0.0/8, separated by commas');
  }
  return { address: ip, bits: length, family: version === 4 ? 'ipv4' : 'ipv6' };
};

export const oneOf =
  <Value extends string>(...values: readonly Value[]) =>
  (given: string): Value => {
    const value = values.find((each) => each === given.toLowerCase());
    if (value === undefined) throw new SettingError(`must be one of ${values.join(', ')}`);
    return value;
  };

/** 32 bytes in base64. */
export const key32 = (value: string): Buffer => {
  const bytes = Buffer.from(value.trim(), 'base64');
  if (bytes.length !== 32) throw new SettingError('must be 32 bytes in base64 (openssl rand -base64 32)');
  return bytes;
};

/** A secret chosen by the operator. */
export const longSecret = (value: string): string => {
  const secret = value.trim();
  if (secret.length < 32 || secret.length > 1024 || /\s/.test(secret))
    throw new SettingError('must be 32 to 1024 characters without spaces');
  return secret;
};

/** Where the audit log is exported to. */
export type ExportTarget =
  | { readonly kind: 'file'; readonly path: string; readonly name: string }
  | { readonly kind: 'syslog'; readonly host: string; readonly port: number; readonly name: string };

/** RFC 5425's own port. */
const SYSLOG_PORT = 6514;

/** `file:/path` or `syslog+tls://host:port`. */
export const exportTarget = (value: string): ExportTarget => {
  const file = /^file:(?:\/\/)?(\/[^\0]+)$/.exec(value)?.[1];
  if (file !== undefined) return { kind: 'file', path: file, name: `file:${file}` };
  const url = value.startsWith('syslog+tls://') ? URL.parse(value) : null;
  if (!url?.hostname || url.username || url.password || /[?#]/.test(value) || !/^\/?$/.test(url.pathname))
    throw new SettingError('must be file:/path or syslog+tls://host:port');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? SYSLOG_PORT : Number(url.port);
  return { kind: 'syslog', host, port, name: `syslog+tls://${printAddress({ host, port })}` };
};
