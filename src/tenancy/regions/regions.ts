import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { ensureRegion } from './writes.ts';

/** A region as the configuration names it. */
export interface RegionSetting {
  readonly name: string;
  readonly oldName?: string;
  readonly aliases: readonly string[];
  /** Host names, lower case. */
  readonly hosts: readonly string[];
}

export interface RegionSettings {
  readonly default: string;
  /** True when the default region answers on hosts that no region names. */
  readonly anyHost: boolean;
  readonly regions: readonly RegionSetting[];
}

export interface Region extends RegionSetting {
  /** Immutable: what content, namespaces and tokens are bound to. */
  readonly id: string;
  /** Every name it goes by: a policy may state any of them. */
  readonly names: readonly string[];
}

/** The regions of this installation. The request's host picks one. */
export class Regions {
  readonly list: readonly Region[];
  readonly default: Region;
  /** True when the default region answers on hosts that no region names. */
  readonly anyHost: boolean;
  readonly #byHost = new Map<string, Region>();

  private constructor(regions: readonly Region[], settings: RegionSettings) {
    const first = regions.find(({ name }) => name === settings.default);
    if (!first) throw new Error(`the default region ${settings.default} is not in the list of regions`);
    this.list = regions;
    this.default = first;
    this.anyHost = settings.anyHost;
    for (const region of regions) for (const host of region.hosts) this.#byHost.set(host, region);
  }

  /** Gives every configured region its id, once and for ever. */
  static async open(database: Database, clock: Clock, settings: RegionSettings): Promise<Regions> {
    const regions: Region[] = [];
    for (const setting of settings.regions) {
      const row = await database.write(ensureRegion, {
        id: randomUUID(),
        name: setting.name,
        created_at: clock.now(),
      });
      const names = [setting.name, ...setting.aliases];
      regions.push({ ...setting, id: row.id, names });
    }
    return new Regions(regions, settings);
  }

  /** The region that answers on this host name (without port), or undefined where no region does. */
  ofHost(hostName: string): Region | undefined {
    return this.#byHost.get(hostName) ?? (this.anyHost ? this.default : undefined);
  }

  isHost(hostName: string): boolean {
    return this.#byHost.has(hostName);
  }
}
