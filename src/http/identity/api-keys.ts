import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { ApiKeys, ApiKey as StoredKey } from '../../identity/api-keys.ts';
import type { Credential } from '../../identity/credential.ts';
import type { Credentials } from '../../identity/credentials.ts';
import { accountOf } from '../../principal.ts';
import { ApiKey, ApiKeyCreate, ApiKeyList } from '../../wire/api-keys.ts';
import type { JsonApp } from '../json-app.ts';
import type { LoginGuard } from '../login-guard.ts';
import type { Needs } from '../needs.ts';
import type { Request } from '../request.ts';
import { formatIamDate, parseIamDate } from './iam-date.ts';

export interface ApiKeyParts {
  readonly apiKeys: ApiKeys;
  readonly credentials: Credentials;
  readonly guard: LoginGuard;
  readonly externalUrl: string;
}

const KeyId = Type.Object({ id: Type.String({ maxLength: 100 }) });
const ListQuery = Type.Object({
  account_id: Type.Optional(Type.String()),
  iam_id: Type.Optional(Type.String()),
  pagesize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  pagetoken: Type.Optional(Type.String({ maxLength: 200 })),
});

/** /v1/apikeys (facts 3.3). */
export const apiKeyRoutes = (app: JsonApp, parts: ApiKeyParts): void => {
  const { apiKeys } = parts;
  const aKey = (action: 'get' | 'delete'): Needs => ({
    action: `iam-identity.apikey.${action}`,
    hide: true,
    on: async (request) => resourceOf(await find(request, apiKeys)),
  });

  app.post(
    '/v1/apikeys',
    {
      schema: {
        summary: 'Create an API key; the answer is the only place its value is shown',
        tags: ['iam'],
        body: ApiKeyCreate,
        response: { 201: ApiKey },
      },
      config: { needs: { action: 'iam-identity.apikey.create', on: named('body') } },
    },
    async (request, reply) => {
      const { body } = request;
      const { key, secret } = await apiKeys.create(
        {
          accountId: accountOf(request.credential.principal) ?? '',
          iamId: body.iam_id,
          identityKind: 'user',
          name: body.name,
          description: body.description ?? '',
          secret: body.apikey,
          expiresAt: body.expires_at === undefined ? undefined : parseIamDate(body.expires_at),
          locked: request.headers['entity-lock'] === 'true',
          disabled: request.headers['entity-disable'] === 'true',
          supportSessions: body.support_sessions ?? false,
          actionWhenLeaked: body.action_when_leaked ?? 'disable',
          createdBy: iamIdOf(request.credential),
        },
        (request.raw as Request).actor,
      );
      reply.code(201).header('ETag', key.entity_tag).header('Cache-Control', 'no-store');
      return { ...wireKey(key), apikey: secret };
    },
  );

  app.get(
    '/v1/apikeys',
    {
      schema: {
        summary: "An identity's API keys",
        tags: ['iam'],
        querystring: ListQuery,
        response: { 200: ApiKeyList },
      },
      config: { needs: { action: 'iam-identity.apikey.list', on: named('query') } },
    },
    async (request) => {
      const { pagesize = 20, pagetoken = '' } = request.query;
      const { account_id: accountId, iam_id: iamId } = identityOf(request.query, request.credential);
      const after = Buffer.from(pagetoken, 'base64url').toString('utf8');
      const { keys, more } = await apiKeys.list({ accountId, iamId }, after, pagesize);
      const link = (token: string): string =>
        `${parts.externalUrl}/v1/apikeys?${new URLSearchParams({ account_id: accountId, iam_id: iamId, pagesize: String(pagesize), ...(token ? { pagetoken: token } : {}) })}`;
      const next = more ? { next: link(Buffer.from(keys.at(-1)?.id ?? '').toString('base64url')) } : {};
      return { offset: 0, limit: pagesize, first: link(''), ...next, apikeys: keys.map(wireKey) };
    },
  );

  app.get(
    '/v1/apikeys/details',
    {
      schema: {
        summary: 'The API key whose value is in the header IAM-ApiKey',
        tags: ['iam'],
        response: { 200: ApiKey },
      },
      config: { needs: 'signed-in' },
    },
    async (request) => {
      const secret = request.headers['iam-apikey'];
      if (typeof secret !== 'string')
        throw new RegistryError('FIELD_MISSING', { message: 'Send the key in the header IAM-ApiKey.' });
      const credential = await parts.guard.attempt(request.raw as Request, 'apikey-grant', secret, () =>
        parts.credentials.apiKey(secret),
      );
      const key = await apiKeys.find(credential.chain[0]?.id ?? '');
      if (!key) throw new RegistryError('NOT_FOUND');
      return wireKey(key);
    },
  );

  app.get(
    '/v1/apikeys/:id',
    {
      schema: { summary: 'An API key', tags: ['iam'], params: KeyId, response: { 200: ApiKey } },
      config: { needs: aKey('get') },
    },
    async (request, reply) => {
      const key = await find(request, apiKeys);
      if (!key) throw new RegistryError('NOT_FOUND');
      reply.header('ETag', key.entity_tag);
      return wireKey(key);
    },
  );

  app.delete(
    '/v1/apikeys/:id',
    {
      schema: {
        summary: 'Delete an API key; every token that came from it ends',
        tags: ['iam'],
        params: KeyId,
      },
      config: { needs: aKey('delete') },
    },
    async (request, reply) => {
      await apiKeys.delete(request.params.id, (request.raw as Request).actor);
      reply.code(204);
    },
  );
};

/** Whose keys a request is about: as it says, else the caller's own. */
const identityOf = (given: unknown, credential: Credential): { account_id: string; iam_id: string } => {
  const { account_id, iam_id } = (given ?? {}) as { account_id?: string; iam_id?: string };
  return {
    account_id: account_id ?? accountOf(credential.principal) ?? '',
    iam_id: iam_id ?? iamIdOf(credential),
  };
};

const named =
  (part: 'body' | 'query') =>
  (request: FastifyRequest, credential: Credential): { accountId: string; owner: string } => {
    const { account_id, iam_id } = identityOf(request[part], credential);
    return { accountId: account_id, owner: iam_id };
  };

const find = (request: FastifyRequest, apiKeys: ApiKeys): Promise<StoredKey | undefined> =>
  apiKeys.find((request.params as { id: string }).id);

const resourceOf = (key: StoredKey | undefined): { accountId: string; owner: string } | undefined =>
  key && { accountId: key.account_id, owner: key.iam_id };

const iamIdOf = ({ principal }: Credential): string => (principal.kind === 'user' ? principal.iamId : '');

const wireKey = (row: StoredKey): ApiKey => ({
  id: row.id,
  entity_tag: row.entity_tag,
  crn: `crn:v1:bluemix:public:iam-identity::a/${row.account_id}::apikey:${row.id}`,
  locked: row.locked === 1,
  disabled: row.disabled === 1,
  created_at: formatIamDate(row.created_at),
  created_by: row.created_by,
  modified_at: formatIamDate(row.modified_at),
  name: row.name,
  description: row.description,
  iam_id: row.iam_id,
  account_id: row.account_id,
  support_sessions: row.support_sessions === 1,
  action_when_leaked: row.action_when_leaked,
  ...(row.expires_at === null ? {} : { expires_at: formatIamDate(row.expires_at) }),
  apikey: '',
  activity: {
    authn_count: row.authn_count,
    ...(row.last_authn_at === null ? {} : { last_authn: formatIamDate(row.last_authn_at) }),
  },
});
