import type { SignInRow } from '../../database/federation-schema.ts';

/** One sign-in of a person at their identity provider: its end ends all that came from it. */
export interface SignIn {
  readonly id: string;
  readonly federatedIdentityId: string;
  readonly iamId: string;
  /** The name of the declared issuer. */
  readonly issuer: string;
  /** The session at the provider; undefined where it does not name one. */
  readonly sid: string | undefined;
  /** When the person last proved to the provider who they are. */
  readonly authTime: number;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
}

export const signInOfRow = (row: SignInRow): SignIn => ({
  id: row.id,
  federatedIdentityId: row.federated_identity_id,
  iamId: row.iam_id,
  issuer: row.issuer,
  sid: row.sid ?? undefined,
  authTime: row.auth_time,
  startedAt: row.started_at,
  endedAt: row.ended_at ?? undefined,
});
