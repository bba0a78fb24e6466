import type { SwaggerTransform } from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import { AccessProblem, IamProblem, OciProblem, RegistryProblem } from '../../wire/problem.ts';
import { HAND_WRITTEN } from './hand-written.ts';

export const SECURITY_SCHEMES = {
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'An access token: POST /identity/token with an API key',
  },
  login: {
    type: 'http',
    scheme: 'basic',
    description: 'User name iamapikey, iambearer, iamrefresh, token or Profile-…, and the secret it names',
  },
  apiKeyHeader: { type: 'apiKey', in: 'header', name: 'IAM-ApiKey', description: 'The API key itself' },
} as const;

/** What asks for no access token, and verifies something else. */
const OTHER_SECURITY: Readonly<Record<string, object[]>> = {
  'GET /oauth/token': [{ login: [] }, {}],
  'GET /v1/apikeys/details': [{ accessToken: [], apiKeyHeader: [] }],
  'POST /v1/apikeys/leaked': [{ apiKeyHeader: [] }],
};

/** The body of a refusal, by the door that answers. */
const problemOf = (url: string, tags: readonly string[]) => {
  if (url.startsWith('/oauth/')) return OciProblem;
  if (url.startsWith('/v2/') || tags.includes('access')) return AccessProblem;
  return url.startsWith('/v1/') || url.startsWith('/identity/') ? IamProblem : RegistryProblem;
};

/** Adds to what a route declares what its door has for all: who may ask, and how it refuses. */
export const describeRoute: SwaggerTransform<FastifySchema> = ({ schema, url, route }) => {
  const name = `${String(route.method)} ${url}`;
  const own: FastifySchema = { ...schema, ...HAND_WRITTEN[name] };
  const tags = own.tags ?? [];
  const refusal = { description: 'Refused', ...problemOf(url, tags) };
  const needsToken = route.config?.needs !== 'anyone';
  return {
    url,
    schema: {
      ...own,
      security: OTHER_SECURITY[name] ?? (needsToken ? [{ accessToken: [] }] : []),
      response: { ...(own.response as object | undefined), '4xx': refusal },
    } as FastifySchema,
  };
};
