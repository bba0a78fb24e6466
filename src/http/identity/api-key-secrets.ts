import { Type } from 'typebox';
import { ApiKey, ApiKeyRotate } from '../../wire/api-keys.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf, ifMatchOf } from '../json-request.ts';
import { wireKey, wireSecrets } from './api-key-wire.ts';
import { aKey, found, holders } from './api-keys.ts';
import { contextOf, EntityId, withTag } from './entities.ts';
import { parseIamDate } from './iam-date.ts';
import type { IdentityParts } from './parts.ts';
import { unlessRestricted } from './restricted.ts';

const tags = ['iam'];
/** Seconds. */
const DEFAULT_GRACE = 86_400;

/** Rotation, Tidegate's own: a key has two secrets for a while. */
export const apiKeySecretRoutes = (app: JsonApp, parts: IdentityParts): void => {
  rotateRoute(app, parts);
  endRoute(app, parts);
};

const rotateRoute = (app: JsonApp, parts: IdentityParts): void => {
  const { clock, identity } = parts;
  app.post(
    '/v1/apikeys/:id/rotate',
    {
      schema: {
        summary:
          'The next secret of an API key, shown once; the one of now signs in for a while. Needs If-Match',
        tags,
        params: EntityId,
        body: ApiKeyRotate,
        response: { 200: ApiKey },
      },
      config: {
        needs: {
          // a secret more gives as much as a key more
          ...aKey(parts, 'create'),
          reaching: (request) => holders(request, identity),
          onBody: [
            unlessRestricted('restrictApiKeys', identity.settings, async (request) => {
              const { identityKind, accountId } = await found(request, identity);
              return identityKind === 'user' ? accountId : undefined;
            }),
          ],
        },
      },
    },
    async (request, reply) => {
      const { grace = DEFAULT_GRACE, apikey, expires_at: expiry } = request.body;
      const { key, secret } = await identity.apiKeys.rotate(
        request.params.id,
        ifMatchOf(request),
        {
          grace: grace * 1000,
          secret: apikey,
          expiresAt: expiry === undefined ? undefined : parseIamDate(expiry),
        },
        actorOf(request),
      );
      withTag(reply, key.entityTag).header('Cache-Control', 'no-store');
      const secrets = wireSecrets(key, clock.now());
      return { context: contextOf(request, clock), ...wireKey(key), ...secrets, apikey: secret };
    },
  );
};

const endRoute = (app: JsonApp, parts: IdentityParts): void => {
  const { apiKeys } = parts.identity;
  app.delete(
    '/v1/apikeys/:id/previous_secret',
    {
      schema: {
        summary: 'End the secret that a rotation replaced, before its time. Needs If-Match',
        tags,
        params: EntityId,
        response: { 204: Type.Null() },
      },
      config: { needs: aKey(parts, 'restrict') },
    },
    async (request, reply) => {
      await apiKeys.endPrevious(request.params.id, ifMatchOf(request), actorOf(request));
      reply.code(204);
    },
  );
};
