import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { RegistryError } from '../../errors.ts';
import {
  type ApiKey,
  entityIdOf,
  isSafeToDelete,
  liveSecrets,
  type PendingInvitation,
  type RegistryToken,
} from '../../identity/room.ts';
import type { Identity } from '../../principal.ts';
import { type SecretEntry, SecretList, SecretQuery } from '../../wire/secrets.ts';
import type { JsonApp } from '../json-app.ts';
import { accountHeader, principalOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import { parsePlace, printPlace } from '../pages.ts';
import { timestamp } from '../timestamp.ts';
import type { V1Parts } from './parts.ts';

/** Rows of one statement, and statements of one request: what is left follows on the next page. */
const ROWS = 199;
const STATEMENTS = 5;
/** A page ends when it has so many. */
const ENOUGH = 100;

type Entry = Omit<SecretEntry, 'because'>;

/** Which secrets are asked for; times in epoch milliseconds. */
interface Wanted {
  readonly endsBefore: number | undefined;
  readonly unusedSince: number | undefined;
}

interface Asking {
  readonly principal: Identity;
  readonly accountId: string;
  readonly now: number;
}

/** What one statement brought of a list, what of it the caller may read, and where the list goes on. */
interface Part {
  readonly entries: readonly Entry[];
  readonly next: string | undefined;
}

/** GET /api/v1/secrets: everything that expires or sleeps in one list, of what the caller may read. */
export const secretRoutes = (app: JsonApp, parts: V1Parts): void => {
  const lists = listsOf(parts);
  app.get(
    '/api/v1/secrets',
    {
      schema: {
        summary:
          'API keys, registry tokens and invitations that end soon or are not used, of those the caller may read',
        tags: ['registry'],
        querystring: SecretQuery,
        response: { 200: SecretList },
      },
      config: { needs: 'signed-in' },
    },
    async (request) => {
      const now = parts.clock.now();
      const asking = { principal: principalOf(request), accountId: accountHeader(request), now };
      const { start, expiring, unused } = request.query;
      const wanted = {
        endsBefore: expiring === undefined ? undefined : now + spanOf(expiring),
        unusedSince: unused === undefined ? undefined : now - spanOf(unused),
      };
      let { list, after } = placeOf(start, lists.length);
      const secrets: SecretEntry[] = [];
      for (let read = 0; read < STATEMENTS && secrets.length < ENOUGH && list < lists.length; read++) {
        const part = await lists[list]?.(asking, after);
        for (const entry of part?.entries ?? []) {
          const because = reasonsFor(entry, wanted);
          if (because) secrets.push({ ...entry, because });
        }
        after = part?.next ?? '';
        if (part?.next === undefined) list++;
        await turnOfLoop();
      }
      return { secrets, ...(list < lists.length ? { next: printPlace([String(list), after]) } : {}) };
    },
  );
};

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 };
const spanOf = (text: string): number => Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? 0);

const placeOf = (start: string | undefined, lists: number): { list: number; after: string } => {
  if (start === undefined) return { list: 0, after: '' };
  const [list = '', after = ''] = parsePlace(start, 2) ?? [];
  if (/^\d{1,3}$/.test(list) && Number(list) < lists) return { list: Number(list), after };
  throw new RegistryError('BAD_REQUEST', { message: 'start is not of this list; begin again without it' });
};

/** Why an entry is wanted; undefined where it is not. Without a question everything is. */
const reasonsFor = (
  { kind, expires_at, last_used_at, created_at }: Entry,
  { endsBefore, unusedSince }: Wanted,
): SecretEntry['because'] | undefined => {
  if (endsBefore === undefined && unusedSince === undefined) return [];
  const ends = endsBefore !== undefined && expires_at !== undefined && Date.parse(expires_at) <= endsBefore;
  // an invitation is used once, and then it is over
  const sleeps =
    kind !== 'invitation' &&
    unusedSince !== undefined &&
    Date.parse(last_used_at ?? created_at) <= unusedSince;
  if (!ends && !sleeps) return undefined;
  return [...(ends ? (['expiring'] as const) : []), ...(sleeps ? (['unused'] as const) : [])];
};

type List = (asking: Asking, after: string) => Promise<Part>;

/** The lists in their order: API keys, the registry tokens of each region, invitations. */
const listsOf = (parts: V1Parts): readonly List[] => [
  (asking, after) => keysOf(asking, after, parts),
  ...parts.regions.list.map(
    (region): List =>
      (asking, after) =>
        tokensOf(asking, after, region, parts),
  ),
  (asking, after) => invitationsOf(asking, after, parts),
];

const keysOf = async (
  { principal, accountId, now }: Asking,
  after: string,
  { apiKeys, access }: V1Parts,
): Promise<Part> => {
  const of = { accountId, iamId: undefined, kind: undefined };
  const page = {
    size: ROWS,
    token: after || undefined,
    sort: undefined,
    descending: false,
    filter: undefined,
  };
  const { entities, next } = await apiKeys.list(of, page);
  const entries: Entry[] = [];
  for (const key of entities) {
    const { identityKind: kind, iamId: owner } = key;
    const entity =
      kind === 'service-id'
        ? ({ type: 'serviceid', id: entityIdOf(owner) } as const)
        : ({ type: 'user', id: owner } as const);
    if (await mayDo(access, principal, 'iam-identity.apikey.get', { accountId, owner, entity }))
      entries.push(...entriesOf(key, now));
  }
  return { entries, next };
};

/** An entry for each secret that signs in: in a rotation each has its own end and its own last use. */
const entriesOf = (key: ApiKey, now: number): Entry[] =>
  liveSecrets(key.secrets, now).map((secret) => ({
    kind: 'api-key',
    id: key.id,
    name: key.name,
    secret: secret.number,
    iam_id: key.iamId,
    disabled: key.disabled,
    created_at: timestamp(secret.since),
    created_by: key.createdBy,
    ...given('expires_at', earlier(secret.until, key.expiresAt)),
    ...given('last_used_at', secret.lastUsedAt),
    ...(secret.lastUsedFrom === undefined ? {} : { last_used_from: secret.lastUsedFrom }),
    ...(secret.lastUsedWith === undefined ? {} : { last_used_with: secret.lastUsedWith }),
    ...(secret.until === undefined ? {} : { safe_to_delete: isSafeToDelete(secret, key.secrets) }),
  }));

const tokensOf = async (
  { principal, accountId }: Asking,
  after: string,
  { id: regionId, name, names }: V1Parts['regions']['list'][number],
  { registryTokens, access }: V1Parts,
): Promise<Part> => {
  const place = { accountId, region: names, regionId };
  if (!(await mayDo(access, principal, 'container-registry.registrytoken.list', place))) return NOTHING;
  const { tokens, more } = await registryTokens.list({ accountId, regionId }, after, ROWS);
  const entries = tokens.map((token) => entryOfToken(token, name));
  return { entries, next: more ? tokens.at(-1)?.id : undefined };
};

const entryOfToken = (token: RegistryToken, region: string): Entry => ({
  kind: 'registry-token',
  id: token.id,
  name: token.description,
  region,
  created_at: timestamp(token.createdAt),
  created_by: token.createdBy,
  ...given('expires_at', token.expiresAt),
  ...given('last_used_at', token.lastUsedAt),
  ...(token.lastUsedFrom === undefined ? {} : { last_used_from: token.lastUsedFrom }),
  ...(token.lastUsedWith === undefined ? {} : { last_used_with: token.lastUsedWith }),
});

const invitationsOf = async (
  { principal, accountId }: Asking,
  after: string,
  { invitations, access }: V1Parts,
): Promise<Part> => {
  if (!(await mayDo(access, principal, 'user-management.user.list', { accountId }))) return NOTHING;
  const found = await invitations.list(accountId, after, ROWS);
  return {
    entries: found.map(entryOfInvitation),
    next: found.length === ROWS ? found.at(-1)?.id : undefined,
  };
};

const entryOfInvitation = (invitation: PendingInvitation): Entry => ({
  kind: 'invitation',
  id: invitation.id,
  name: invitation.email,
  created_at: timestamp(invitation.createdAt),
  created_by: invitation.createdBy,
  expires_at: timestamp(invitation.expiresAt),
});

const NOTHING: Part = { entries: [], next: undefined };

const given = <Name extends string>(name: Name, at: number | undefined): Partial<Record<Name, string>> =>
  at === undefined ? {} : ({ [name]: timestamp(at) } as Record<Name, string>);

const earlier = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
