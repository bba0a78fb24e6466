import type { Database } from '../../database/database.ts';
import type { QuotaRow } from '../../database/quota-schema.ts';
import { NO_WARNINGS, type Warning, type WarningSource } from '../../warning.ts';
import { limitsOf } from '../quotas/plan.ts';
import type { Quotas } from '../quotas/quotas.ts';
import { quotasAfter } from '../quotas/rows.ts';
import type { Regions } from '../regions/regions.ts';
import type { Stored } from '../usage/stored.ts';

/** Quotas of a page: each takes two short statements more. */
const PAGE = 50;
/** Percent of a quota from which on it is told. */
const TOLD_AT = [100, 90, 80] as const;

export interface TenancyWarningParts {
  readonly database: Database;
  readonly quotas: Quotas;
  readonly stored: Stored;
  readonly regions: Regions;
}

/** What of tenancy fills: what may be stored, and what may be pulled in a month. */
export const tenancyWarnings = (parts: TenancyWarningParts): WarningSource[] => [
  {
    kind: 'storage-quota-fills',
    of: 'installation',
    // after an upgrade usage is counted row by row until the counters are complete: not for all accounts at once
    find: async (now, after) =>
      (await parts.stored.isCounted()) ? pageOf(parts, 'storage', now, after) : NO_WARNINGS,
  },
  {
    kind: 'traffic-quota-fills',
    of: 'installation',
    find: (now, after) => pageOf(parts, 'traffic', now, after),
  },
];

const pageOf = async (
  parts: TenancyWarningParts,
  what: 'storage' | 'traffic',
  now: number,
  after: string | undefined,
) => {
  const [accountId = '', regionId = ''] = after?.split('/') ?? [];
  const rows = await quotasAfter(parts.database.db, { accountId, regionId }, PAGE);
  const warnings: Warning[] = [];
  for (const row of rows) {
    const warning = await warningOf(parts, row, what, now);
    if (warning) warnings.push(warning);
  }
  const last = rows.length === PAGE ? rows.at(-1) : undefined;
  return { warnings, next: last && `${last.account_id}/${last.region_id}` };
};

const warningOf = async (
  { quotas, regions }: TenancyWarningParts,
  row: QuotaRow,
  what: 'storage' | 'traffic',
  now: number,
): Promise<Warning | undefined> => {
  const most = limitsOf(row)[what];
  if (most === null) return undefined;
  const { account_id: accountId, region_id: regionId } = row;
  const used = (await quotas.usage({ accountId, regionId }))[what];
  const percent = most === 0 ? 100 : Math.floor((used / most) * 100);
  const told = TOLD_AT.find((each) => percent >= each);
  if (told === undefined) return undefined;
  const region = regions.list.find(({ id }) => id === regionId)?.name ?? regionId;
  const words = what === 'storage' ? 'stored' : 'pulled this month';
  return {
    kind: `${what}-quota-fills`,
    accountId,
    target: `${accountId}/${regionId}`,
    name: region,
    level: 100 - told,
    at: now,
    says: `${percent} % of what may be ${words} in the region ${region} is used`,
    mend:
      what === 'storage'
        ? 'tidegate cr usage; tidegate cr image-prune-untagged; tidegate cr quota-set --storage MEGABYTES'
        : 'tidegate cr quota-set --traffic MEGABYTES',
  };
};
