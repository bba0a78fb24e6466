import type { ApiKeyRow } from '../../database/schema.ts';
import { firstEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { prefixedId } from '../../ids.ts';
import type { MasterKey } from '../master-key.ts';
import type { ActionWhenLeaked, KeyHolderKind } from './api-key.ts';
import { newApiKeySecret } from './api-key-secret.ts';
import { FIRST_SECRET } from './key-secrets.ts';

export interface NewApiKey {
  readonly accountId: string;
  readonly iamId: string;
  /** What kind of identity it is for. */
  readonly identityKind: KeyHolderKind;
  readonly name: string;
  readonly description: string;
  /** Chosen by the caller, 32 characters or more; one is made where absent. */
  readonly secret: string | undefined;
  readonly expiresAt: number | undefined;
  readonly locked: boolean;
  readonly disabled: boolean;
  readonly supportSessions: boolean;
  readonly actionWhenLeaked: ActionWhenLeaked;
  readonly createdBy: string;
}

/** The row of a new key, and its secret. Throws BAD_REQUEST for a chosen secret that is too short. */
export const makeApiKey = (
  request: NewApiKey,
  masterKey: MasterKey,
  now: number,
): { row: ApiKeyRow; secret: string } => {
  const secret = secretFor(request.secret);
  const row: ApiKeyRow = {
    id: prefixedId('ApiKey'),
    account_id: request.accountId,
    iam_id: request.iamId,
    name: request.name,
    description: request.description,
    secret_hash: masterKey.hashSecret('api-key', secret),
    entity_tag: firstEntityTag(),
    locked: Number(request.locked),
    disabled: Number(request.disabled),
    support_sessions: Number(request.supportSessions),
    action_when_leaked: request.actionWhenLeaked,
    expires_at: request.expiresAt ?? null,
    created_at: now,
    created_by: request.createdBy,
    modified_at: now,
    last_authn_at: null,
    authn_count: 0,
    identity_kind: request.identityKind,
    ...FIRST_SECRET,
  };
  return { row, secret };
};

/** The secret that was chosen, or a new one. Throws BAD_REQUEST for a chosen one that is too short. */
export const secretFor = (chosen: string | undefined): string => {
  if (chosen !== undefined && !/^\S{32,1024}$/.test(chosen)) {
    throw new RegistryError('BAD_REQUEST', {
      message: 'apikey must have 32 characters or more, without spaces; leave it out to have one made',
    });
  }
  return chosen ?? newApiKeySecret();
};
