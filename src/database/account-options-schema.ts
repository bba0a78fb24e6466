/** Row types of the tables of migrations/0042-account-options.ts. */
export interface RegistrySettingsRow {
  account_id: string;
  region_id: string;
  platform_metrics: number;
}

export interface ExemptionRow {
  account_id: string;
  region_id: string;
  namespace: string;
  repository: string;
  reference: string;
  issue_type: string;
  issue_id: string;
  created_at: number;
  created_by: string;
}
