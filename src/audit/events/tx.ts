import type { Tx } from '../../database/database.ts';
import { prefixedId } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import { insertEvent } from './rows.ts';

/** What an actor did: IBM's name of the action, and what it was done to. */
export interface AuditEvent {
  /** Null: it concerns the installation, not one account. */
  readonly accountId: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly action: string;
  readonly target: string;
  readonly reason?: string | undefined;
}

/** Records an event in the transaction of the change it reports. */
export const recordEvent = (tx: Tx, actor: Actor, event: AuditEvent): Promise<void> =>
  insertEvent(tx, {
    id: prefixedId('Event'),
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
