import type { Database } from '../../database/database.ts';
import {
  argumentOf,
  FIRST_TOLD,
  levelOfEnd,
  parseEnd,
  printEnd,
  printLeft,
  type Warning,
  type WarningPage,
  type WarningSource,
} from '../../warning.ts';
import type { Activity } from '../activity/activity.ts';
import { type ApiKey, apiKeyOfRow } from '../api-keys/api-key.ts';
import { liveSecrets } from '../api-keys/key-secrets.ts';
import { apiKeysAfter, apiKeysEnding } from '../api-keys/rows.ts';
import { entityIdOf } from '../iam-ids.ts';
import { invitationsEnding } from '../one-time-codes/rows.ts';
import { type RegistryToken, registryTokenOfRow } from '../registry-tokens/registry-token.ts';
import { registryTokensAfter, registryTokensEnding } from '../registry-tokens/rows.ts';

const PAGE = 200;
const DAY = 24 * 3_600_000;
/** What was not used for so long sleeps. */
const SLEEPS = 90 * DAY;

/** What of identity ends or sleeps. */
export const identityWarnings = ({
  database,
  activity,
}: {
  readonly database: Database;
  readonly activity: Activity;
}): WarningSource[] => [
  {
    kind: 'api-key-ends',
    of: 'installation',
    find: async (now, after) => {
      const from = parseEnd(after, now);
      const rows = await apiKeysEnding(database.db, { after: from, until: now + FIRST_TOLD, limit: PAGE });
      return pageOf(rows.map(apiKeyOfRow), endOfKey, (key) => keyEnds(key, now));
    },
  },
  {
    kind: 'registry-token-ends',
    of: 'installation',
    find: async (now, after) => {
      const ask = { after: parseEnd(after, now), until: now + FIRST_TOLD, limit: PAGE };
      const rows = await registryTokensEnding(database.db, ask);
      return pageOf(rows.map(registryTokenOfRow), endOfToken, (token) => tokenEnds(token, now));
    },
  },
  {
    kind: 'invitation-ends',
    of: 'installation',
    find: async (now, after) => {
      const ask = { after: parseEnd(after, now), until: now + FIRST_TOLD, limit: PAGE };
      const rows = await invitationsEnding(database.db, ask);
      return pageOf(
        rows,
        ({ expires_at: at, id }) => printEnd(at, id),
        (invitation) => {
          const { account_id: accountId, iam_id: target, email: name, expires_at: at } = invitation;
          const level = levelOfEnd(at, now, invitation.created_at);
          if (level === undefined) return undefined;
          const says = `the invitation of ${name} ends ${printLeft(at, now)}`;
          const mend = `tidegate account user-invite ${argumentOf(name)}`;
          return { kind: 'invitation-ends', accountId, target, name, level, at, says, mend };
        },
      );
    },
  },
  {
    kind: 'api-key-sleeps',
    of: 'installation',
    every: DAY,
    find: async (now, after = '') => {
      // what was used just now is not written yet
      if (after === '') await activity.flush();
      const rows = await apiKeysAfter(database.db, after, PAGE);
      return pageOf(
        rows.map(apiKeyOfRow),
        ({ id }) => id,
        (key) => keySleeps(key, now),
      );
    },
  },
  {
    kind: 'registry-token-sleeps',
    of: 'installation',
    every: DAY,
    find: async (now, after = '') => {
      if (after === '') await activity.flush();
      const rows = await registryTokensAfter(database.db, after, PAGE);
      return pageOf(
        rows.map(registryTokenOfRow),
        ({ id }) => id,
        (token) => tokenSleeps(token, now),
      );
    },
  },
];

const pageOf = <Row>(
  rows: readonly Row[],
  placeOf: (row: Row) => string,
  warningOf: (row: Row) => Warning | undefined,
): WarningPage => {
  const warnings = rows.map(warningOf).filter((warning) => warning !== undefined);
  const last = rows.length === PAGE ? rows.at(-1) : undefined;
  return { warnings, next: last && placeOf(last) };
};

const endOfKey = ({ expiresAt = 0, id }: ApiKey): string => printEnd(expiresAt, id);
const endOfToken = ({ expiresAt = 0, id }: RegistryToken): string => printEnd(expiresAt, id);

/** The command for a key: of a service ID it names whose it is. */
const keyCommand = (verb: string, { id, identityKind, iamId }: ApiKey): string =>
  identityKind === 'service-id'
    ? `tidegate iam service-api-key-${verb} ${id} ${entityIdOf(iamId)}`
    : `tidegate iam api-key-${verb} ${id}`;

/** One that is disabled signs nothing in: its end is no news. */
const keyEnds = (key: ApiKey, now: number): Warning | undefined => {
  const { id: target, accountId, name, expiresAt: at, createdAt, disabled } = key;
  const level = at === undefined || disabled ? undefined : levelOfEnd(at, now, createdAt);
  if (at === undefined || level === undefined) return undefined;
  const says = `the API key ${name} ends ${printLeft(at, now)}`;
  const mend = `${keyCommand('rotate', key)} --grace 24h --expires-in 90d`;
  return { kind: 'api-key-ends', accountId, target, name, level, at, says, mend };
};

const keySleeps = (key: ApiKey, now: number): Warning | undefined => {
  const { id: target, accountId, name, disabled } = key;
  const uses = liveSecrets(key.secrets, now).map(({ lastUsedAt, since }) => lastUsedAt ?? since);
  const at = Math.max(key.lastAuthnAt ?? 0, ...uses);
  if (disabled || (key.expiresAt ?? Infinity) <= now || uses.length === 0 || at + SLEEPS > now)
    return undefined;
  const says = `the API key ${name} was not used for ${daysSince(at, now)} days`;
  const mend = keyCommand('delete', key);
  return { kind: 'api-key-sleeps', accountId, target, name, level: 90, at, says, mend };
};

const tokenEnds = (token: RegistryToken, now: number): Warning | undefined => {
  const { id: target, accountId, expiresAt: at } = token;
  const level = at === undefined ? undefined : levelOfEnd(at, now, token.createdAt);
  if (at === undefined || level === undefined) return undefined;
  const says = `the registry token ${target} ends ${printLeft(at, now)}`;
  const mend = 'tidegate cr token-add';
  const name = token.description;
  return { kind: 'registry-token-ends', accountId, target, name, level, at, says, mend };
};

const tokenSleeps = (token: RegistryToken, now: number): Warning | undefined => {
  const { id: target, accountId, description: name } = token;
  const at = token.lastUsedAt ?? token.createdAt;
  if ((token.expiresAt ?? Infinity) <= now || at + SLEEPS > now) return undefined;
  const says = `the registry token ${target} was not used for ${daysSince(at, now)} days`;
  const mend = `tidegate cr token-rm ${target}`;
  return { kind: 'registry-token-sleeps', accountId, target, name, level: 90, at, says, mend };
};

const daysSince = (at: number, now: number): number => Math.floor((now - at) / DAY);
