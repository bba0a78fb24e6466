import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Job } from '../job.ts';
import { Namespaces } from './namespaces/namespaces.ts';
import { Quotas } from './quotas/quotas.ts';
import { type RegionSettings, Regions } from './regions/regions.ts';
import { ResourceGroups } from './resource-groups/resource-groups.ts';
import { Stored } from './usage/stored.ts';

export type { Namespace } from './namespaces/namespace.ts';
export type { Namespaces } from './namespaces/namespaces.ts';
export type { Limits, QuotaChange, QuotaPlace, Quotas, Usage } from './quotas/quotas.ts';
export type { Region, RegionSetting, RegionSettings, Regions } from './regions/regions.ts';
export type { ResourceGroup, ResourceGroups } from './resource-groups/resource-groups.ts';
export { type Stored, USAGE_COUNTED } from './usage/stored.ts';
export type { StorageUsage } from './usage/usage.ts';

/** Where content may lie, whose it is, and how much of it there may be. */
export interface Tenancy extends AsyncDisposable {
  readonly regions: Regions;
  readonly namespaces: Namespaces;
  readonly resourceGroups: ResourceGroups;
  readonly quotas: Quotas;
  readonly stored: Stored;
  readonly jobs: readonly Job[];
}

export const openTenancy = async ({
  database,
  clock,
  regions,
}: {
  database: Database;
  clock: Clock;
  regions: RegionSettings;
}): Promise<Tenancy> => {
  const stored = new Stored(database);
  const quotas = new Quotas(database, clock, stored);
  return {
    regions: await Regions.open(database, clock, regions),
    namespaces: new Namespaces(database, clock),
    resourceGroups: new ResourceGroups(database, clock),
    quotas,
    stored,
    jobs: [{ name: 'record-traffic', period: 15_000, of: 'process', run: () => quotas.flush() }],
    [Symbol.asyncDispose]: () => quotas.flush(),
  };
};
