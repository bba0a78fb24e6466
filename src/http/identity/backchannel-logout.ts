import { Type } from 'typebox';
import type { Bodies } from '../bodies.ts';
import { acceptForms } from '../form.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import { required } from './grants.ts';
import type { IdentityParts } from './parts.ts';

const Params = Type.Object({ issuer: Type.String({ maxLength: 63 }) });

/** Where identity providers say that a person logged out there (OpenID Connect Back-Channel Logout 1.0). */
export const backchannelLogoutRoutes = (app: JsonApp, parts: IdentityParts, bodies: Bodies): void => {
  acceptForms(app, bodies);

  app.post(
    '/identity/backchannel-logout/:issuer',
    {
      schema: {
        summary: 'A provider’s logout token (form): the sign-ins it names end',
        tags: ['iam'],
        params: Params,
        response: { 200: Type.Object({}) },
      },
      config: { needs: 'anyone' },
    },
    async (request, reply) => {
      reply.header('Cache-Control', 'no-store');
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      const token = required(form, 'logout_token');
      await parts.identity.logoutTokens.logOut(request.params.issuer, token, actorOf(request));
      return {};
    },
  );
};
