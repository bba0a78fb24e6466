import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import { AuthOptions, AuthOptionsPatch } from '../../wire/auth.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import { inAccount, scopeOf, type V1Parts } from './parts.ts';
import { lasting } from './tokens.ts';

/** /api/v1/auth: what an account allows in this region; registry_tokens is ours. */
export const authRoutes = (app: JsonApp, { registryTokens }: V1Parts): void => {
  app.get(
    '/api/v1/auth',
    {
      schema: { summary: 'Authorization options', tags: ['registry'], response: { 200: AuthOptions } },
      config: { needs: { action: 'container-registry.auth.get', on: inAccount } },
    },
    async (request) => {
      const { privateOnly, registryTokens: mode } = await registryTokens.authOptions(scopeOf(request));
      return { iam_authz: true, private_only: privateOnly, registry_tokens: mode };
    },
  );

  app.patch(
    '/api/v1/auth',
    {
      schema: {
        summary: 'Change authorization options',
        tags: ['registry'],
        body: AuthOptionsPatch,
        response: { 204: Type.Null() },
      },
      config: {
        needs: {
          action: 'container-registry.auth.set',
          on: inAccount,
          // who may make registry tokens says whether they work; a Manager must not allow what an Administrator does not
          onBody: [
            {
              ...lasting('create'),
              when: ({ body }) => (body as AuthOptionsPatch).registry_tokens !== undefined,
            },
          ],
        },
      },
    },
    async (request, reply) => {
      const { iam_authz: byPolicies, registry_tokens: mode, private_only: privateOnly } = request.body;
      if (byPolicies === false)
        throw new RegistryError('BAD_REQUEST', {
          message: 'Policies decide in every account: iam_authz is true and cannot be switched off.',
        });
      const change = {
        ...(mode === undefined ? {} : { registryTokens: mode }),
        ...(privateOnly === undefined ? {} : { privateOnly }),
      };
      if (Object.keys(change).length > 0)
        await registryTokens.setAuthOptions(scopeOf(request), change, actorOf(request));
      reply.code(204);
    },
  );
};
