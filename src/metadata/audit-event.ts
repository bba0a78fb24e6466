import type { Actor } from '../principal.ts';
import type { AuditEvent } from './database.ts';

/** The audit event of something an actor did: IBM's name of the action, and what it was done to. */
export const auditEvent = (
  actor: Actor,
  event: { accountId: string | null; at: number; action: string; target: string; reason?: string },
): AuditEvent => ({
  account_id: event.accountId,
  at: event.at,
  action: event.action,
  outcome: 'success',
  principal: actor.principal,
  credential_id: actor.credentialId ?? null,
  target: event.target,
  address: actor.address ?? null,
  request_id: actor.requestId ?? null,
  reason: event.reason ?? null,
});
