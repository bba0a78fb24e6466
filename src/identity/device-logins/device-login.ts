import type { DeviceLoginRow } from '../../database/login-schema.ts';

/** A login that waits on one machine for a person in a browser on another (RFC 8628), without its codes. */
export interface DeviceLogin {
  readonly id: string;
  readonly clientId: string;
  /** What the client calls its machine, and the address it asked from. */
  readonly machine: string | undefined;
  readonly address: string | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export const deviceLoginOfRow = (row: DeviceLoginRow): DeviceLogin => ({
  id: row.id,
  clientId: row.client_id,
  machine: row.machine ?? undefined,
  address: row.address ?? undefined,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
});
