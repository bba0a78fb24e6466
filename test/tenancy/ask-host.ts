import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import type { RegionSettings } from '../../src/tenancy/room.ts';
import type { TestRegistry } from '../support/registry.ts';

/** A second region, on a host of its own. */
export const TWO_REGIONS: RegionSettings = {
  default: 'us-south',
  anyHost: true,
  regions: [
    { name: 'us-south', aliases: [], hosts: [] },
    { name: 'eu-de', aliases: [], hosts: ['de.example.com'] },
  ],
};

/** The JSON that the registry answers on another host name; fetch sets Host itself. */
export const askHost = (
  registry: TestRegistry,
  host: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<unknown> => {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  request(new URL(path, registry.url), { headers: { ...headers, Host: host } }, (response) =>
    resolve(json(response)),
  )
    .once('error', reject)
    .end();
  return promise;
};
