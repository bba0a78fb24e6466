import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Job } from '../job.ts';
import type { WarningSource } from '../warning.ts';
import { Exemptions } from './exemptions/exemptions.ts';
import { Namespaces } from './namespaces/namespaces.ts';
import { Quotas, type SummedStorage } from './quotas/quotas.ts';
import { type RegionSettings, Regions } from './regions/regions.ts';
import { ResourceGroups } from './resource-groups/resource-groups.ts';
import { RegistrySettings } from './settings/settings.ts';
import { Stored } from './usage/stored.ts';
import { tenancyWarnings } from './warnings/warnings.ts';

export type { Exemption } from './exemptions/exemption.ts';
export type { ExemptIssue, Exemptions } from './exemptions/exemptions.ts';
export { ISSUE_TYPES, type IssueType } from './exemptions/issue-types.ts';
export { ACCOUNT, parseScope, printScope, type Scope, scopeTypeOf } from './exemptions/scope.ts';
export type { Namespace } from './namespaces/namespace.ts';
export type { Namespaces } from './namespaces/namespaces.ts';
export type { Limits, Plan, QuotaChange, QuotaPlace, Quotas, Usage } from './quotas/quotas.ts';
export type { Region, RegionSetting, RegionSettings, Regions } from './regions/regions.ts';
export type { ResourceGroup, ResourceGroups } from './resource-groups/resource-groups.ts';
export type { RegistrySettings } from './settings/settings.ts';
export type { Stored } from './usage/stored.ts';
export { NOTHING_STORED, type StorageUsage } from './usage/usage.ts';

/** Where content may lie, whose it is, and how much of it there may be. */
export interface Tenancy extends AsyncDisposable {
  readonly regions: Regions;
  readonly namespaces: Namespaces;
  readonly resourceGroups: ResourceGroups;
  readonly quotas: Quotas;
  readonly stored: Stored;
  readonly registrySettings: RegistrySettings;
  readonly exemptions: Exemptions;
  readonly jobs: readonly Job[];
  readonly warnings: readonly WarningSource[];
}

export const openTenancy = async ({
  database,
  clock,
  regions,
  summed,
}: {
  database: Database;
  clock: Clock;
  regions: RegionSettings;
  summed: SummedStorage;
}): Promise<Tenancy> => {
  const stored = new Stored(database);
  const quotas = new Quotas(database, clock, stored, summed);
  const places = await Regions.open(database, clock, regions);
  return {
    regions: places,
    namespaces: new Namespaces(database, clock),
    resourceGroups: new ResourceGroups(database, clock),
    quotas,
    stored,
    registrySettings: new RegistrySettings(database, clock),
    exemptions: new Exemptions(database, clock),
    warnings: tenancyWarnings({ database, quotas, stored, regions: places }),
    jobs: [{ name: 'record-traffic', period: 15_000, of: 'process', run: () => quotas.flush() }],
    [Symbol.asyncDispose]: () => quotas.flush(),
  };
};
