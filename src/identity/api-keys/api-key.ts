import type { ApiKeyRow } from '../../database/schema.ts';
import { type KeySecret, secretsOfRow } from './key-secrets.ts';

/** Kinds of identity that can have API keys and refresh tokens. */
export type KeyHolderKind = 'user' | 'service-id';

/** What is done to a key that is reported as leaked. */
export type ActionWhenLeaked = 'none' | 'disable' | 'delete';

/** A secret of a user or service ID, without its value. */
export interface ApiKey {
  readonly id: string;
  readonly accountId: string;
  readonly iamId: string;
  readonly identityKind: KeyHolderKind;
  readonly name: string;
  readonly description: string;
  readonly entityTag: string;
  readonly locked: boolean;
  readonly disabled: boolean;
  readonly supportSessions: boolean;
  readonly actionWhenLeaked: ActionWhenLeaked;
  readonly expiresAt: number | undefined;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly modifiedAt: number;
  /** When it last signed in, as far as that is written, and how often it did. */
  readonly lastAuthnAt: number | undefined;
  readonly authnCount: number;
  /** The newest first; the one before it, while both sign in and until it is cleared away. */
  readonly secrets: readonly KeySecret[];
}

export const apiKeyOfRow = (row: ApiKeyRow): ApiKey => ({
  id: row.id,
  accountId: row.account_id,
  iamId: row.iam_id,
  identityKind: row.identity_kind,
  name: row.name,
  description: row.description,
  entityTag: row.entity_tag,
  locked: row.locked === 1,
  disabled: row.disabled === 1,
  supportSessions: row.support_sessions === 1,
  actionWhenLeaked: row.action_when_leaked,
  expiresAt: row.expires_at ?? undefined,
  createdAt: row.created_at,
  createdBy: row.created_by,
  modifiedAt: row.modified_at,
  lastAuthnAt: row.last_authn_at ?? undefined,
  authnCount: row.authn_count,
  secrets: secretsOfRow(row),
});

/** What of a key can be changed. */
export interface ApiKeyChanges {
  readonly name?: string;
  readonly description?: string;
  readonly supportSessions?: boolean;
  readonly actionWhenLeaked?: ActionWhenLeaked;
  /** Null: it does not expire any more. */
  readonly expiresAt?: number | null;
}

/** The same as columns. A column that stays is not among them. */
export const columnsOf = (changes: ApiKeyChanges): Partial<ApiKeyRow> => ({
  ...(changes.name === undefined ? {} : { name: changes.name }),
  ...(changes.description === undefined ? {} : { description: changes.description }),
  ...(changes.supportSessions === undefined ? {} : { support_sessions: Number(changes.supportSessions) }),
  ...(changes.actionWhenLeaked === undefined ? {} : { action_when_leaked: changes.actionWhenLeaked }),
  ...(changes.expiresAt === undefined ? {} : { expires_at: changes.expiresAt }),
});
