import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import {
  SignedTokenList,
  SignedTokenQuery,
  SigningKey,
  SigningKeyList,
  SigningKeyRotate,
} from '../../wire/signing-keys.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf, idOf } from '../json-request.ts';
import { operator, type V1Parts } from './parts.ts';

const KeyId = Type.Object({ id: Type.String({ maxLength: 100 }) });

/** /api/v1/signing-keys, ours, for the operator. */
export const signingKeyRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { accounts, signingKeys, clock } = parts;
  app.get(
    '/api/v1/signing-keys',
    {
      schema: {
        summary: 'The keys that sign tokens (operator)',
        tags: ['registry'],
        response: { 200: SigningKeyList },
      },
      config: { needs: operator('tidegate.signing-key.list', accounts) },
    },
    async () => ({ signing_keys: await keysOf(parts) }),
  );

  app.post(
    '/api/v1/signing-keys',
    {
      schema: {
        summary: 'Make the next key of a purpose, which signs from now on (operator)',
        tags: ['registry'],
        body: SigningKeyRotate,
        response: { 201: SigningKey },
      },
      config: { needs: operator('tidegate.signing-key.rotate', accounts) },
    },
    async (request, reply) => {
      const id = await signingKeys.rotate(request.body.purpose, clock, actorOf(request));
      reply.code(201);
      return keyNamed(parts, id);
    },
  );

  app.post(
    '/api/v1/signing-keys/:id/retire',
    {
      schema: {
        summary: 'Refuse everything that a key signed, from the next request on (operator)',
        tags: ['registry'],
        params: KeyId,
        response: { 200: SigningKey },
      },
      config: { needs: operator('tidegate.signing-key.retire', accounts) },
    },
    async (request) => {
      await signingKeys.retire(idOf(request), clock, actorOf(request));
      return keyNamed(parts, idOf(request));
    },
  );

  app.get(
    '/api/v1/signing-keys/:id/tokens',
    {
      schema: {
        summary: 'The registry tokens that a key signed (operator)',
        tags: ['registry'],
        params: KeyId,
        querystring: SignedTokenQuery,
        response: { 200: SignedTokenList },
      },
      config: { needs: operator('tidegate.signing-key.list', accounts) },
    },
    async (request) => {
      const { tokens, next } = await signingKeys.signedBy(idOf(request), request.query.start ?? '');
      return {
        tokens: tokens.map(({ id, accountId, description }) => ({ id, account_id: accountId, description })),
        ...(next === undefined ? {} : { next }),
      };
    },
  );
};

const keysOf = async ({ signingKeys }: V1Parts): Promise<SigningKey[]> => {
  const keys: SigningKey[] = [];
  for (const { id, purpose, createdAt, retired } of await signingKeys.list()) {
    const signs = !retired && (await signingKeys.current(purpose)).id === id;
    const created_at = new Date(createdAt).toISOString();
    keys.push({ id, purpose, created_at, state: retired ? 'retired' : signs ? 'signs' : 'verifies' });
  }
  return keys;
};

const keyNamed = async (parts: V1Parts, id: string): Promise<SigningKey> => {
  const key = (await keysOf(parts)).find((each) => each.id === id);
  if (!key) throw new RegistryError('NOT_FOUND', { message: `there is no signing key ${id}` });
  return key;
};
