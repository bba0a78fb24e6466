export interface UploadRow {
  id: string;
  region_id: string;
  namespace_id: string;
  repository: string;
  principal: string;
  staging_id: string;
  created_at: number;
  expires_at: number;
  /** The bytes that came so far, while they are few; null: the blob store has them under `staging_id`. */
  content?: Uint8Array | null;
}

export interface SmallBlobRow {
  storage_key: string;
  content: Uint8Array;
}
