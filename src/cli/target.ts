import { lookup } from 'node:dns/promises';
import type { AccessTokens } from '../client/client.ts';
import { type NamedRegion, regionAt } from '../client/regions.ts';
import type { Region, RegionList } from '../wire/regions.ts';
import { CliError } from './cli-error.ts';
import { isLoopback } from './endpoint.ts';
import { EXIT } from './exit-codes.ts';
import type { Target } from './session.ts';

/** The address of a target's API: the target's host, with the scheme and port of the endpoint. */
export const registryEndpointOf = (endpoint: string, target: Target | undefined): string => {
  if (!target) return endpoint;
  const url = new URL(endpoint);
  url.hostname = target.host;
  return url.origin;
};

/**
 * What to remember so that `named` is targeted. Undefined where the endpoint reaches that region by itself: then the
 * endpoint stays in use, because it is known to work.
 */
export const targetFor = (
  endpoint: string,
  { region, host }: NamedRegion,
  list: RegionList,
): Target | undefined => {
  if (!host && regionAt(endpoint, list)?.name === region.name) return undefined;
  const wanted = host ?? region.hosts[0];
  if (!wanted) {
    throw new CliError(
      EXIT.FAILED,
      `Region '${region.name}' has no host name to reach it by. Its operator names one in TIDEGATE_REGIONS_FILE.`,
    );
  }
  return wanted === new URL(endpoint).hostname ? undefined : { region: region.name, host: wanted };
};

/** The region in use: the target's, or without a target the endpoint's own. Undefined where it does not exist any more. */
export const regionInUse = (
  endpoint: string,
  target: Target | undefined,
  list: RegionList,
): Region | undefined => {
  if (!target) return regionAt(endpoint, list);
  return list.regions.find(({ name, hosts }) => name === target.region && hosts.includes(target.host));
};

const leadsHere = async (endpoint: string): Promise<boolean> => {
  if (isLoopback(endpoint)) return true;
  const name = new URL(endpoint).hostname.replace(/^\[|\]$/g, '');
  const found = await lookup(name, { all: true }).catch(() => []);
  return found.length > 0 && found.every(({ address }) => /^127\.|^::1$/.test(address));
};

/**
 * Throws where the endpoint is on this machine and the target's host is not. A lab may use the host names of public
 * registries, and a token of the lab must not be sent to those.
 */
export const refuseOtherMachine = async (endpoint: string, target: Target): Promise<void> => {
  if (!(await leadsHere(endpoint)) || (await leadsHere(registryEndpointOf(endpoint, target)))) return;
  const { region, host } = target;
  throw new CliError(
    EXIT.UNREACHABLE,
    [
      `Region '${region}' is reached by the host name ${host}, which does not lead to this machine as ${endpoint} does.`,
      `Add the line '127.0.0.1 ${host}' to this machine's hosts file, or log in to a server that has the region.`,
    ].join('\n'),
  );
};

/** Access tokens for the host of a target. They are given out only after the host was checked. */
export class TargetTokens implements AccessTokens {
  readonly #tokens: AccessTokens;
  readonly #check: () => Promise<void>;
  #checked: Promise<void> | undefined;

  constructor(tokens: AccessTokens, check: () => Promise<void>) {
    this.#tokens = tokens;
    this.#check = check;
  }

  async current(): Promise<string> {
    this.#checked ??= this.#check();
    await this.#checked;
    return this.#tokens.current();
  }

  renew(refused: string): Promise<string> {
    return this.#tokens.renew(refused);
  }
}
