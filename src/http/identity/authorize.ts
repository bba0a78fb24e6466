import { AUTHORIZE_PAGE } from '../console-addresses.ts';
import type { JsonApp } from '../json-app.ts';
import { answerTo, LoginQuery, loginRequestOf } from './login-request.ts';
import type { IdentityParts } from './parts.ts';

/** GET /identity/authorize: where a command line sends a browser. What is not right is refused before a person is asked. */
export const authorizeRoutes = (app: JsonApp, { externalUrl }: IdentityParts): void => {
  app.get(
    '/identity/authorize',
    {
      schema: {
        summary: 'The login page for the command line of the same machine (code with PKCE, RFC 8252)',
        tags: ['iam'],
        querystring: LoginQuery,
      },
      config: { needs: 'anyone' },
    },
    (request, reply) => {
      const query: Readonly<Record<string, string | undefined>> = request.query;
      const asked = loginRequestOf((name) => query[name]);
      reply.header('Cache-Control', 'no-store');
      if (!('error' in asked)) return reply.redirect(`${AUTHORIZE_PAGE}?${queryOf(query)}`);
      const { error, because } = asked;
      const answer = { error, error_description: because, state: query.state };
      return reply.redirect(answerTo(query.redirect_uri ?? '', answer, `${externalUrl}/identity`));
    },
  );
};

const queryOf = (query: Readonly<Record<string, string | undefined>>): string => {
  const known = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) known.set(name, value);
  return known.toString();
};
