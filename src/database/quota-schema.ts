/** Row types of the tables of migrations/0006-quotas.ts, 0014-storage-counts.ts, 0042-account-options.ts and 0099-operator-limits.ts. */
export interface QuotaRow {
  account_id: string;
  region_id: string;
  storage_limit: number | null;
  traffic_limit: number | null;
  plan: 'Free' | 'Standard' | null;
  /** Since 0099: what the operator lets the account have. */
  most_storage?: number | null | undefined;
  most_traffic?: number | null | undefined;
}

export interface PullTrafficRow {
  account_id: string;
  region_id: string;
  month: string;
  bytes: number;
}

export interface StorageCountRow {
  account_id: string;
  region_id: string;
  bytes: number;
  counted_at: number;
}

export interface RefusalRow {
  id: string;
  account_id: string;
  principal_kind: 'user' | 'service-id' | 'profile' | 'registry-token';
  principal_id: string;
  action: string;
  resource: string;
  exists_here: number;
  because: string;
  at: number;
  times: number;
}

export interface RefusedRequestRow {
  request_id: string;
  refusal_id: string;
}
