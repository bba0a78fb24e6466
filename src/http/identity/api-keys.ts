import { Type } from 'typebox';
import type { Action, Resource } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import type { Identity, KeyHolderKind, ApiKey as StoredKey } from '../../identity/room.ts';
import {
  ApiKey,
  ApiKeyCreate,
  ApiKeyList,
  ApiKeyQuery,
  ApiKeyUpdate,
  LeakedApiKey,
} from '../../wire/api-keys.ts';
import type { JsonApp, JsonRequest, RequestHead } from '../json-app.ts';
import { accountOf, actorOf, callerOf, idOf, ifMatchOf } from '../json-request.ts';
import type { ActionNeeds, Needs } from '../needs.ts';
import { changesOf, newKeyOf, wireKey, wireSecrets } from './api-key-wire.ts';
import {
  contextOf,
  EntityId,
  GetQuery,
  historyOf,
  isOn,
  listedWithHistory,
  pageLinks,
  pageRequest,
  withTag,
} from './entities.ts';
import type { IdentityParts } from './parts.ts';
import { unlessRestricted } from './restricted.ts';

const tags = ['iam'];

/** /v1/apikeys. */
export const apiKeyRoutes = (app: JsonApp, parts: IdentityParts): void => {
  createRoute(app, parts);
  listRoute(app, parts);
  secretRoutes(app, parts);
  entityRoutes(app, parts);
  stateRoutes(app, parts);
};

const createRoute = (app: JsonApp, parts: IdentityParts): void => {
  const { clock } = parts;
  const { apiKeys, serviceIds, settings } = parts.identity;
  const holderAsked = ({ body, credential }: JsonRequest): Holder => askedOf(body, { credential });
  app.post(
    '/v1/apikeys',
    {
      schema: {
        summary: 'Create an API key; the answer is the only place its value is shown',
        tags,
        body: ApiKeyCreate,
        response: { 201: ApiKey },
      },
      config: {
        needs: {
          onBody: [
            {
              action: 'iam-identity.apikey.create',
              on: (request) => resourceOf(holderAsked(request), parts),
              reaching: (request) => [holderAsked(request).iamId],
            },
            unlessRestricted('restrictApiKeys', settings, async (request) => {
              const { accountId, iamId } = holderAsked(request);
              const { kind } = await serviceIds.holderOf(accountId, iamId);
              return kind === 'user' ? accountId : undefined;
            }),
          ],
        },
      },
    },
    async (request, reply) => {
      const { accountId, iamId } = askedOf(request.body, request);
      const { kind } = await serviceIds.holderOf(accountId, iamId);
      const states = { locked: isOn(request, 'entity-lock'), disabled: isOn(request, 'entity-disable') };
      const { key, secret } = await apiKeys.create(
        {
          ...newKeyOf(request.body),
          ...states,
          accountId,
          iamId,
          identityKind: kind,
          createdBy: callerOf(request),
        },
        actorOf(request),
      );
      withTag(reply, key.entityTag).code(201).header('Cache-Control', 'no-store');
      return { context: contextOf(request, clock), ...wireKey(key), apikey: secret };
    },
  );
};

const listRoute = (app: JsonApp, parts: IdentityParts): void => {
  app.get(
    '/v1/apikeys',
    {
      schema: {
        summary: "API keys: an identity's, or an account's",
        tags,
        querystring: ApiKeyQuery,
        response: { 200: ApiKeyList },
      },
      config: {
        needs: {
          action: 'iam-identity.apikey.list',
          on: async (request) => {
            const { query } = request;
            const asked = askedOf(query, request);
            return (query as { scope?: string }).scope === 'account'
              ? { accountId: asked.accountId }
              : resourceOf(asked, parts);
          },
        },
      },
    },
    async (request) => {
      const { scope, type } = request.query;
      const { accountId, iamId } = askedOf(request.query, request);
      const kind: KeyHolderKind = type === 'serviceid' ? 'service-id' : 'user';
      const of =
        scope === 'account' ? { accountId, iamId: undefined, kind } : { accountId, iamId, kind: undefined };
      const page = await parts.identity.apiKeys.list(of, pageRequest(request.query));
      const { entities } = page;
      const apikeys = await listedWithHistory(request, { accountId, entities }, parts, (key) => ({
        ...wireKey(key),
        ...wireSecrets(key, parts.clock.now()),
      }));
      return { ...pageLinks(request, page, parts), apikeys };
    },
  );
};

/** What any holder of a secret may do with it. */
const secretRoutes = (app: JsonApp, parts: IdentityParts): void => {
  const { guard, clock } = parts;
  const { apiKeys, credentials } = parts.identity;
  app.get(
    '/v1/apikeys/details',
    {
      schema: {
        summary: 'The API key whose value is in the header IAM-ApiKey',
        tags,
        querystring: GetQuery,
        response: { 200: ApiKey },
      },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      const secret = secretOf(request);
      const credential = await guard.attempt(request.raw, 'apikey-grant', secret, () =>
        credentials.apiKey(secret, request.raw.actor),
      );
      const key = await apiKeys.find(credential.chain[0]?.id ?? '');
      if (!key) throw new RegistryError('NOT_FOUND');
      withTag(reply, key.entityTag);
      const history = await historyOf(request, key.accountId, key.id, parts);
      return { context: contextOf(request, clock), ...wireKey(key), ...history };
    },
  );

  app.post(
    '/v1/apikeys/leaked',
    {
      schema: {
        summary: 'Report that the API key in the header IAM-ApiKey leaked: its action_when_leaked is done',
        tags,
        response: { 200: LeakedApiKey },
      },
      config: { needs: 'anyone' },
    },
    async (request) => {
      const secret = secretOf(request);
      return guard.guess(request.raw, 'apikey-grant', secret, () =>
        apiKeys.reportLeak(secret, actorOf(request)),
      );
    },
  );
};

const entityRoutes = (app: JsonApp, parts: IdentityParts): void => {
  const { clock } = parts;
  const { apiKeys } = parts.identity;
  app.get(
    '/v1/apikeys/:id',
    {
      schema: {
        summary: 'An API key',
        tags,
        params: EntityId,
        querystring: GetQuery,
        response: { 200: ApiKey },
      },
      config: { needs: aKey(parts, 'get') },
    },
    async (request, reply) => {
      const key = await found(request, parts.identity);
      withTag(reply, key.entityTag);
      const history = await historyOf(request, key.accountId, key.id, parts);
      const secrets = wireSecrets(key, clock.now());
      return { context: contextOf(request, clock), ...wireKey(key), ...secrets, ...history };
    },
  );

  app.put(
    '/v1/apikeys/:id',
    {
      schema: {
        summary: 'Change an API key; If-Match says which version',
        tags,
        params: EntityId,
        body: ApiKeyUpdate,
        response: { 200: ApiKey },
      },
      config: {
        needs: {
          ...aKey(parts, 'update'),
          onBody: [
            {
              ...aKey(parts, 'update'),
              // a later end gives as much as a new key
              when: ({ body }) => (body as ApiKeyUpdate).expires_at !== undefined,
              reaching: (request) => holders(request, parts.identity),
            },
          ],
        },
      },
    },
    async (request, reply) => {
      const actor = actorOf(request);
      const changes = changesOf(request.body);
      const key = await apiKeys.update(request.params.id, ifMatchOf(request), changes, actor);
      withTag(reply, key.entityTag);
      return { context: contextOf(request, clock), ...wireKey(key) };
    },
  );

  app.delete(
    '/v1/apikeys/:id',
    {
      schema: {
        summary: 'Delete an API key; every token that came from it ends',
        tags,
        params: EntityId,
        response: { 204: Type.Null() },
      },
      config: { needs: aKey(parts, 'delete') },
    },
    async (request, reply) => {
      await apiKeys.delete(request.params.id, actorOf(request));
      reply.code(204);
    },
  );
};

/** POST and DELETE of …/lock and …/disable. */
const stateRoutes = (app: JsonApp, parts: IdentityParts): void => {
  const { apiKeys } = parts.identity;
  const restrict = aKey(parts, 'restrict');
  const release: Needs = {
    ...aKey(parts, 'release'),
    reaching: (request) => holders(request, parts.identity),
  };
  const states = [
    ['POST', 'lock', 'Lock an API key: it cannot be changed or deleted', { locked: true }],
    ['DELETE', 'lock', 'Unlock an API key', { locked: false }],
    ['POST', 'disable', 'Disable an API key; every token that came from it is refused', { disabled: true }],
    ['DELETE', 'disable', 'Enable an API key again', { disabled: false }],
  ] as const;
  for (const [method, word, summary, state] of states) {
    app.route({
      method,
      url: `/v1/apikeys/:id/${word}`,
      schema: { summary, tags, params: EntityId, response: { 204: Type.Null() } },
      config: { needs: method === 'POST' ? restrict : release },
      handler: async (request, reply) => {
        await apiKeys.setState(idOf(request), state, actorOf(request));
        reply.code(204);
      },
    });
  }
};

/** A right on the key that the path names. */
export const aKey = (
  parts: IdentityParts,
  verb: 'create' | 'get' | 'update' | 'delete' | 'restrict' | 'release',
): ActionNeeds => ({
  action: `iam-identity.apikey.${verb}` satisfies Action,
  hide: true,
  seeing: 'iam-identity.apikey.get',
  on: async (request) => {
    const key = await parts.identity.apiKeys.find(idOf(request));
    return key && resourceOf(key, parts);
  },
});

export const found = async (request: RequestHead, { apiKeys }: Identity): Promise<StoredKey> => {
  const key = await apiKeys.find(idOf(request));
  if (!key) throw new RegistryError('NOT_FOUND');
  return key;
};

/** Whose rights a secret of the key gives. */
export const holders = async (request: RequestHead, identity: Identity): Promise<string[]> => [
  (await found(request, identity)).iamId,
];

interface Holder {
  readonly accountId: string;
  readonly iamId: string;
}

/** Whose keys a request is about: as it says, else the caller's own. */
const askedOf = (given: unknown, caller: Pick<RequestHead, 'credential'>): Holder => {
  const { account_id, iam_id } = (given ?? {}) as { account_id?: string; iam_id?: string };
  return { accountId: account_id ?? accountOf(caller), iamId: iam_id ?? callerOf(caller) };
};

const resourceOf = async ({ accountId, iamId }: Holder, { identity }: IdentityParts): Promise<Resource> => ({
  accountId,
  owner: iamId,
  entity: (await identity.serviceIds.holderOf(accountId, iamId)).entity,
});

const secretOf = ({ headers }: RequestHead): string => {
  const secret = headers['iam-apikey'];
  if (typeof secret === 'string' && secret !== '') return secret;
  throw new RegistryError('FIELD_MISSING', { message: 'Send the key in the header IAM-ApiKey.' });
};
