/** Row types of manifests, and of deleted ones (migrations/0040-trash.ts). */
export interface ManifestRow {
  repository_id: string;
  digest: string;
  media_type: string;
  artifact_type: string | null;
  subject: string | null;
  annotations: string;
  config_digest: string | null;
  image_size: number;
  image_created_at: number | null;
  content: Uint8Array;
  created_at: number;
  created_by: string;
  pushed_with: string | null;
  pushed_from: string | null;
  pushed_claims: string | null;
  in_use?: number | null;
  /** Since 0076: when it was put back from the trash. */
  restored_at?: number | null;
}

export interface ManifestReferenceRow {
  repository_id: string;
  manifest_digest: string;
  target_digest: string;
  kind: 'blob' | 'manifest';
}

export interface TrashedManifestRow extends Omit<ManifestRow, 'in_use' | 'restored_at'> {
  account_id: string;
  region_id: string;
  namespace_id: string;
  deleted_at: number;
  deleted_by: string;
  expires_at: number;
  deleted_with: string;
  referrers_after: string | null;
}

export interface TrashedTagRow {
  repository_id: string;
  digest: string;
  name: string;
  deleted_at: number;
}

export interface TrashedReferenceRow extends ManifestReferenceRow {
  /** Since 0098: whether the repository held the target as a blob when the manifest was deleted. */
  linked?: number | null;
}
