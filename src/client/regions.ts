import { type Region, RegionList } from '../wire/regions.ts';
import type { Client } from './client.ts';

/** The regions that can be targeted. Needs no login: a client without a region must be able to ask. */
export const regionsOf = async (client: Client): Promise<RegionList> => {
  const { body } = await client.send({ method: 'GET', path: '/api/v1/regions', answer: RegionList });
  return body;
};

/** The region that `endpoint` reaches: the one with its host name, else the default region where it takes any host. */
export const regionAt = (
  endpoint: string,
  { default: fallback, any_host: anyHost = true, regions }: RegionList,
): Region | undefined => {
  const { hostname } = new URL(endpoint);
  return (
    regions.find(({ hosts }) => hosts.includes(hostname)) ??
    (anyHost ? regions.find(({ name }) => name === fallback) : undefined)
  );
};

/** A region that a person named, and its host name where they named it by that. */
export interface NamedRegion {
  readonly region: Region;
  readonly host?: string;
}

/** Finds a region by its name, an alias, its old name (`US South`) or a host name; capitals do not count. */
export const regionNamed = (text: string, { regions }: RegionList): NamedRegion | undefined => {
  const word = text.trim().toLowerCase();
  const region = regions.find(({ name, aliases, old_name: oldName = '' }) =>
    [name, ...aliases, oldName].some((each) => each !== '' && each.toLowerCase() === word),
  );
  if (region) return { region };
  const byHost = regions.find(({ hosts }) => hosts.includes(word));
  return byHost && { region: byHost, host: word };
};
