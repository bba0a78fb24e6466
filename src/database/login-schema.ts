/** Row types of the tables of migrations/0090-browser-logins.ts. */
export interface DeviceLoginRow {
  id: string;
  device_hash: string;
  user_hash: string;
  client_id: string;
  machine: string | null;
  address: string | null;
  state: 'waiting' | 'allowed' | 'denied';
  poll_seconds: number;
  polled_at: number | null;
  account_id: string | null;
  iam_id: string | null;
  chain: string | null;
  created_at: number;
  expires_at: number;
}

export interface LoginGrantRow {
  id: string;
  code_hash: string;
  client_id: string;
  redirect_uri: string;
  code_challenge: string;
  machine: string | null;
  account_id: string;
  iam_id: string;
  chain: string;
  created_at: number;
  expires_at: number;
}
