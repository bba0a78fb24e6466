/** Row types of the tables of migrations/0044-protection.ts. */
export interface ProtectionRuleRow {
  id: string;
  namespace_id: string;
  tags: string;
  repositories: string | null;
  exceptions: string;
  created_at: number;
  created_by: string;
}

export interface ImageHoldRow {
  repository_id: string;
  digest: string;
  namespace_id: string;
  reason: string;
  created_at: number;
  created_by: string;
}
