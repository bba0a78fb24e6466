import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { Clock } from '../clock.ts';
import type { Job } from '../job.ts';
import { type Authority, SelfSigned } from '../machine/certificate/self-signed.ts';
import type { Log } from '../observe/log.ts';
import type { RegionSettings } from '../tenancy/room.ts';
import type { DataFolder } from './data-folder.ts';
import type { Config } from './settings.ts';

/** The files of the listener's certificate and key. */
export interface ListenerTls {
  readonly cert: string;
  readonly key: string;
  /** The CA that the server made, where it makes its certificate itself. */
  readonly authority?: Authority;
  readonly jobs: readonly Job[];
}

export interface TlsParts {
  readonly folder: DataFolder;
  readonly regions: RegionSettings;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the settings say about TLS on the listener; undefined without it. */
export const openTls = async (
  config: Config,
  { regions, ...parts }: TlsParts,
): Promise<ListenerTls | undefined> => {
  const { tls, tlsCert: cert, tlsKey: key } = config;
  if (tls === undefined) return cert && key ? { cert, key, jobs: [] } : undefined;
  if (tls !== 'self-signed') return { ...tls, jobs: [] };
  const made = await SelfSigned.open({ ...parts, hosts: hostsOf(config, regions) });
  return { cert: made.path, key: made.path, authority: made.authority, jobs: [made.job] };
};

const HOST = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const EVERY_ADDRESS = ['0.0.0.0', '::'];

/** The names that the server is known by: those of the settings first, then those of this machine. */
const hostsOf = ({ externalUrl, listen }: Config, { regions }: RegionSettings): string[] => {
  const names = [
    externalUrl?.hostname.replace(/^\[(.*)\]$/, '$1') ?? '',
    ...regions.flatMap(({ hosts }) => hosts),
    ...(EVERY_ADDRESS.includes(listen.host) ? [] : [listen.host]),
    ...['localhost', '127.0.0.1', '::1', hostname()],
  ].map((name) => name.toLowerCase());
  return [...new Set(names)].filter((name) => isIP(name) !== 0 || HOST.test(name));
};
