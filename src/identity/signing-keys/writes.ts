import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { SigningKeyRow } from '../../database/schema.ts';
import type { Actor } from '../../principal.ts';
import * as signingKeys from './rows.ts';

/** Adds the key of a purpose that has none yet: replicas that start together make one. */
export const ensureSigningKey = defineWrite(
  'identity.signing-key',
  async (tx: Tx, row: SigningKeyRow): Promise<void> => {
    if (await signingKeys.hasSigningKey(tx.db, row.purpose)) return;
    await signingKeys.insertSigningKey(tx, row);
  },
);

/** A new key signs from now on; older ones of its purpose go on verifying. */
export const rotateSigningKey = defineWrite(
  'identity.signing-key.rotate',
  async (tx: Tx, { row, actor }: { row: SigningKeyRow; actor: Actor }): Promise<void> => {
    await signingKeys.insertSigningKey(tx, row);
    const event = {
      accountId: null,
      at: row.created_at,
      action: 'tidegate.signing-key.rotate',
      target: row.id,
    };
    await recordEvent(tx, actor, event);
  },
);

/** Nothing a retired key signed is accepted any more. */
export const retireSigningKey = defineWrite(
  'identity.signing-key.retire',
  async (tx: Tx, { id, at, actor }: { id: string; at: number; actor: Actor }): Promise<void> => {
    await signingKeys.retireSigningKey(tx, id, at);
    await recordEvent(tx, actor, { accountId: null, at, action: 'tidegate.signing-key.retire', target: id });
  },
);
