/** Row types of the tables of migrations/0060-issuers.ts, 0061-federated-sessions.ts, 0078-issuer-keys.ts and 0086-sign-ins.ts. */
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

export interface SignInAttemptRow {
  state_hash: string;
  network: string;
  cookie_hash: string;
  sealed: string;
  expires_at: number;
}

export interface IssuerKeysRow {
  name: string;
  issuer: string;
  discovery: string;
  keys: string;
  read_at: number;
}

export interface FederatedIdentityRow {
  id: string;
  issuer: string;
  subject: string;
  iam_id: string;
  email: string | null;
  name: string | null;
  issuer_link: string;
  claims: string;
  claims_fault: string | null;
  claims_at: number;
  refresh_token: string | null;
  checked_at: number;
  next_check_at: number | null;
  check_lease: string | null;
  check_lease_until: number | null;
  failing_since: number | null;
  ended_at: number | null;
  created_at: number;
}

export interface SignInRow {
  id: string;
  federated_identity_id: string;
  iam_id: string;
  issuer: string;
  sid: string | null;
  auth_time: number;
  started_at: number;
  ended_at: number | null;
  kept_until: number;
}

export interface UsedLogoutTokenRow {
  id: string;
  kept_until: number;
}
