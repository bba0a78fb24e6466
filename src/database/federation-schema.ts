/** Row types of the tables of migrations/0060-issuers.ts, 0061-federated-sessions.ts and 0078-issuer-keys.ts. */
export interface IssuerRow {
  name: string;
  issuer: string;
  generation: string;
  created_at: number;
  disabled_at: number | null;
  disabled_by: string | null;
  removed_at: number | null;
}

export interface FederatedSessionRow {
  id: string;
  token_hash: string;
  text_hash: string;
  account_id: string;
  profile_id: string;
  issuer: string;
  chain: string;
  claims: string;
  created_at: number;
  expires_at: number;
  kept_until: number;
  ended_at: number | null;
}

export interface IssuerKeysRow {
  name: string;
  issuer: string;
  discovery: string;
  keys: string;
  read_at: number;
}
