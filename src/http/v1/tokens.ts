import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { RegistryToken, TokenScope } from '../../identity/room.ts';
import {
  RegistryTokenCreate,
  RegistryTokenList,
  RegistryTokenQuery,
  RegistryTokenValue,
  type RegistryToken as WireToken,
} from '../../wire/registry-tokens.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf, regionOf } from '../json-request.ts';
import type { GoverningNeeds, Needs } from '../needs.ts';
import { inAccount, scopeOf, type V1Parts } from './parts.ts';

const Id = Type.Object({ id: Type.String({ maxLength: 100 }) });

const DescribedQuery = Type.Object({ secondaryOwner: Type.String({ minLength: 1, maxLength: 1000 }) });

const PAGE = 1000;
const tags = ['registry'];

/** A value outlives the rights of its reader: it needs Administrator at any time over the whole account. */
export const lasting = (verb: 'create' | 'get'): GoverningNeeds => ({
  action: `container-registry.registrytoken.${verb}`,
  governing: (request) => {
    const { accountId, region = [] } = inAccount(request);
    const places = region.map((name) => ['region', name] as const);
    const scope = [['accountId', accountId], ['serviceName', 'container-registry'], ...places] as const;
    return {
      accountId,
      scopes: [scope.map(([key, value]) => ({ key, operator: 'stringEquals' as const, value }))],
    };
  },
});

/** /api/v1/tokens, IBM's API of 2017: lists never carry values, no value travels in a URL. */
export const tokenRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { registryTokens, origin } = parts;
  const needs = (verb: 'delete' | 'list'): Needs => ({
    action: `container-registry.registrytoken.${verb}`,
    on: inAccount,
  });

  app.post(
    '/api/v1/tokens',
    {
      schema: {
        summary: 'Create a registry token',
        tags,
        querystring: RegistryTokenCreate,
        response: { 200: RegistryTokenValue },
      },
      config: { needs: lasting('create') },
    },
    async (request, reply) => {
      const { description = '', permanent = false, write = false, expires_in: seconds } = request.query;
      const scope = scopeOf(request);
      const region = regionOf(request);
      const lifetime =
        seconds === undefined ? (permanent ? undefined : parts.registryTokenTtl) : seconds * 1000;
      const issuer = region.hosts[0] ?? origin.registryHost(request.raw);
      const namespaceId = await namespaceIdOf(request.query.namespace, scope, parts);
      const asked = { ...scope, issuer, readonly: !write, namespaceId, description, lifetime };
      reply.header('Cache-Control', 'no-store');
      return { token: await registryTokens.create(asked, actorOf(request)) };
    },
  );

  app.get(
    '/api/v1/tokens',
    {
      schema: {
        summary: "The account's registry tokens in this region",
        tags,
        querystring: RegistryTokenQuery,
        response: { 200: RegistryTokenList },
      },
      config: { needs: needs('list') },
    },
    async (request) => {
      const { limit = PAGE, start = '' } = request.query;
      const scope = scopeOf(request);
      const { tokens, more } = await registryTokens.list(scope, start, limit);
      const last = more ? tokens.at(-1) : undefined;
      const next = last ? { next: last.id } : {};
      const names = await namespaceNames(scope, parts);
      return { tokens: tokens.map((token) => wireToken(token, names)), ...next };
    },
  );

  app.get(
    '/api/v1/tokens/:id',
    {
      schema: {
        summary: 'The value of a registry token; every reading is audited',
        tags,
        params: Id,
        response: { 200: RegistryTokenValue },
      },
      config: { needs: lasting('get') },
    },
    async (request, reply) => {
      reply.header('Cache-Control', 'no-store');
      return {
        token: await registryTokens.read(scopeOf(request), request.params.id, actorOf(request)),
      };
    },
  );

  app.delete(
    '/api/v1/tokens/:id',
    {
      schema: { summary: 'Remove a registry token; the next request with it is refused', tags, params: Id },
      config: { needs: needs('delete') },
    },
    async (request) => {
      await registryTokens.remove(scopeOf(request), request.params.id, actorOf(request));
      return {};
    },
  );

  app.delete(
    '/api/v1/tokens',
    {
      schema: {
        summary: 'Remove every registry token with this description',
        tags,
        querystring: DescribedQuery,
      },
      config: { needs: needs('delete') },
    },
    async (request) => {
      await registryTokens.removeDescribed(scopeOf(request), request.query.secondaryOwner, actorOf(request));
      return {};
    },
  );
};

const namespaceIdOf = async (
  name: string | undefined,
  { accountId, regionId }: { accountId: string; regionId: string },
  { namespaces }: V1Parts,
): Promise<string | undefined> => {
  if (name === undefined) return undefined;
  const namespace = await namespaces.find(regionId, name);
  if (namespace?.accountId === accountId) return namespace.id;
  throw new RegistryError('NOT_FOUND', {
    message: `there is no namespace ${name} in your account in this region`,
  });
};

const namespaceNames = async (
  { accountId, regionId }: TokenScope,
  { namespaces }: V1Parts,
): Promise<ReadonlyMap<string, string>> =>
  new Map((await namespaces.list(accountId, regionId)).map(({ id, name }) => [id, name]));

/** IBM's names: owner is the account, secondary_owner the description; expiry 0 means never. */
const wireToken = (token: RegistryToken, names: ReadonlyMap<string, string>): WireToken => ({
  _id: token.id,
  owner: token.accountId,
  token: '',
  secondary_owner: token.description,
  readonly: token.readonly,
  revoked: false,
  expiry: token.expiresAt === undefined ? 0 : token.expiresAt / 1000,
  encrypted_token: '',
  ...(token.namespaceId === undefined ? {} : { namespace: names.get(token.namespaceId) ?? '' }),
  created_at: Math.floor(token.createdAt / 1000),
  ...(token.lastUsedAt === undefined ? {} : { last_used: Math.floor(token.lastUsedAt / 1000) }),
  ...(token.lastUsedFrom === undefined ? {} : { last_used_from: token.lastUsedFrom }),
  ...(token.lastUsedWith === undefined ? {} : { last_used_with: token.lastUsedWith }),
});
