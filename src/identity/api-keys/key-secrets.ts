import type { ApiKeyRow, ApiKeySecretColumns } from '../../database/schema.ts';

/** One secret of a key, without its value. A key has one, and two while a rotation is underway. */
export interface KeySecret {
  /** Secrets of a key are counted from 1. */
  readonly number: number;
  readonly since: number;
  /** When it is refused; undefined for the newest, which lives as long as its key. */
  readonly until: number | undefined;
  readonly lastUsedAt: number | undefined;
  /** The address it was last used from, and what the client calls itself. */
  readonly lastUsedFrom: string | undefined;
  readonly lastUsedWith: string | undefined;
}

/** A key that was not rotated yet. */
export const FIRST_SECRET: Readonly<ApiKeySecretColumns> = {
  secret_number: null,
  secret_since: null,
  secret_used_at: null,
  secret_used_from: null,
  secret_used_with: null,
  previous_hash: null,
  previous_since: null,
  previous_until: null,
  previous_used_at: null,
  previous_used_from: null,
  previous_used_with: null,
};

const NO_PREVIOUS = {
  previous_hash: null,
  previous_since: null,
  previous_until: null,
  previous_used_at: null,
  previous_used_from: null,
  previous_used_with: null,
};

/** The newest first. The one before stands here until a rotation replaces it or it is ended, over or not. */
export const secretsOfRow = (row: ApiKeyRow): KeySecret[] => {
  const number = row.secret_number ?? 1;
  const newest = {
    number,
    since: row.secret_since ?? row.created_at,
    until: undefined,
    lastUsedAt: lastUseOfNewest(row) ?? undefined,
    lastUsedFrom: row.secret_used_from ?? undefined,
    lastUsedWith: row.secret_used_with ?? undefined,
  };
  if (row.previous_hash === null || row.previous_until === null) return [newest];
  const before = {
    number: number - 1,
    since: row.previous_since ?? row.created_at,
    until: row.previous_until,
    lastUsedAt: row.previous_used_at ?? undefined,
    lastUsedFrom: row.previous_used_from ?? undefined,
    lastUsedWith: row.previous_used_with ?? undefined,
  };
  return [newest, before];
};

/** Before versions that know of secrets, only the key's last use was written: its only secret's. */
const lastUseOfNewest = (row: ApiKeyRow): number | null =>
  row.secret_used_at ?? (row.secret_number === null ? row.last_authn_at : null);

/** The next secret takes the place of the newest, which stays until `until`. An older one ends. */
export const rotated = (row: ApiKeyRow, hash: string, at: number, until: number): Partial<ApiKeyRow> => ({
  secret_hash: hash,
  secret_number: (row.secret_number ?? 1) + 1,
  secret_since: at,
  secret_used_at: null,
  secret_used_from: null,
  secret_used_with: null,
  previous_hash: row.secret_hash,
  previous_since: row.secret_since ?? row.created_at,
  previous_until: until,
  previous_used_at: lastUseOfNewest(row),
  previous_used_from: row.secret_used_from,
  previous_used_with: row.secret_used_with,
});

/** The secret before the newest is no more. */
export const withoutPrevious = (): Partial<ApiKeyRow> => NO_PREVIOUS;

/** A secret that still signs in, by its number. */
export const liveSecret = (
  secrets: readonly KeySecret[],
  number: number,
  now: number,
): KeySecret | undefined =>
  secrets.find((secret) => secret.number === number && (secret.until === undefined || secret.until > now));

/** The secrets that still sign in, the newest first. */
export const liveSecrets = (secrets: readonly KeySecret[], now: number): KeySecret[] =>
  secrets.filter(({ until }) => until === undefined || until > now);

/** True for a secret that nothing needs: the next one is in use, and this one was not used since that was made. */
export const isSafeToDelete = (secret: KeySecret, [newest]: readonly KeySecret[]): boolean =>
  newest !== undefined &&
  newest.number !== secret.number &&
  newest.lastUsedAt !== undefined &&
  (secret.lastUsedAt === undefined || secret.lastUsedAt <= newest.since);
