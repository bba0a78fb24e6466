import type { FastifySchema } from 'fastify';
import { IdentityToken, Introspection } from '../../wire/tokens.ts';

const text = (description: string, extra: object = {}): object => ({ type: 'string', description, ...extra });

const form = (properties: Record<string, object>, required: string[]): FastifySchema => ({
  consumes: ['application/x-www-form-urlencoded'],
  body: { type: 'object', properties, required },
});

const object = (properties: Record<string, object>, description: string): object => ({
  200: { description, type: 'object', properties },
});

const DOCKER_TOKEN = object(
  {
    token: text('The bearer for /v2/'),
    access_token: text('The same'),
    expires_in: { type: 'integer', description: 'Seconds' },
    issued_at: text('RFC 3339'),
    scope: text('What is granted at this moment'),
    refresh_token: text('An identity token, where docker asks for one and the operator allows it'),
  },
  'A bearer',
);

const SCOPE = text('repository:NAMESPACE/REPOSITORY:pull,push; several apart by spaces, or repeated');

const PLAIN = (description: string, type: string): object => ({
  200: { description, content: { [type]: { schema: { type: 'string' } } } },
});

/**
 * Routes that read and answer by hand (forms, lists of keys, text): what the document says of them, which no schema of
 * theirs does. Nothing here is validated with.
 */
export const HAND_WRITTEN: Readonly<Record<string, FastifySchema>> = {
  'GET /api/v1/images/:image/manifest': {
    response: PLAIN('The manifest, with its media type as Content-Type', 'application/json'),
  },
  'GET /oauth/token': {
    querystring: {
      type: 'object',
      properties: {
        service: text('registry; not looked at'),
        scope: SCOPE,
        account: text('Not looked at'),
        client_id: text('Name of the client'),
        offline_token: text('true asks for an identity token'),
      },
    },
    response: DOCKER_TOKEN,
  },
  'POST /oauth/token': {
    ...form(
      {
        grant_type: text('', { enum: ['password', 'refresh_token'] }),
        username: text('With password: iamapikey and the like'),
        password: text('With password: the secret the user name names'),
        refresh_token: text('With refresh_token'),
        scope: SCOPE,
        access_type: text('offline asks for an identity token'),
      },
      ['grant_type'],
    ),
    response: DOCKER_TOKEN,
  },
  'POST /identity/token': {
    ...form(
      {
        grant_type: text('docs/api/tokens-and-users.md lists them'),
        apikey: text('With …:apikey'),
        username: text('With password'),
        password: text('With password'),
        passcode: text('With …:passcode'),
        code: text('With authorization_code, and redirect_uri, code_verifier, client_id'),
        device_code: text('With …:device_code, and client_id'),
        client_id: text('tidegate-cli, where there is no Basic authorization'),
        machine_name: text('What the client calls its machine'),
        refresh_token: text('With refresh_token'),
        access_token: text('With …:assume'),
        cr_token: text('With …:cr-token'),
        profile_id: text('With …:assume and …:cr-token, or profile_crn, or profile_name'),
        profile_crn: text('As profile_id'),
        profile_name: text('As profile_id; with …:assume also account'),
        account: text('The account to act in'),
        bss_account: text('The same'),
        response_type: text('cloud_iam'),
      },
      ['grant_type'],
    ),
    response: { 200: IdentityToken },
  },
  'POST /identity/introspect': {
    ...form({ token: text('An access or refresh token') }, ['token']),
    response: { 200: Introspection },
  },
  'GET /identity/keys': {
    response: object({ keys: { type: 'array', items: { type: 'object' } } }, 'A JWK set'),
  },
  'GET /identity/.well-known/openid-configuration': {
    response: { 200: { description: 'The discovery document', type: 'object', additionalProperties: true } },
  },
  'GET /api/openapi.json': {
    response: { 200: { description: 'OpenAPI 3.1', type: 'object', additionalProperties: true } },
  },
  'GET /identity/authorize': {
    response: { '2XX': { description: 'Leads the browser to a page (302)', type: 'null' } },
  },
  'GET /console/session/sign-in/:issuer': {
    response: { '2XX': { description: 'Leads the browser to the provider (302)', type: 'null' } },
  },
  'GET /console/session/callback/:issuer': { response: PLAIN('A page that leads on', 'text/html') },
  'GET /console/device': { response: PLAIN('A page', 'text/html') },
  'POST /console/device': {
    ...form(
      {
        user_code: text('The code that the other machine shows'),
        answer: text('allow or deny; without it the login is shown'),
      },
      ['user_code'],
    ),
    response: PLAIN('A page', 'text/html'),
  },
  'GET /console/passcode': { response: PLAIN('A page', 'text/html') },
  'POST /console/passcode': { response: PLAIN('A page', 'text/html') },
  'GET /console/authorize': { response: PLAIN('A page', 'text/html') },
  'POST /console/authorize': {
    ...form({ answer: text('allow or deny; the other fields are those of the query') }, ['answer']),
    response: { '2XX': { description: 'Leads the browser to the waiting client (303)', type: 'null' } },
  },
  'GET /console/pages.css': { response: PLAIN('A style sheet', 'text/css') },
  'GET /': { response: { '2XX': { description: 'Leads a browser to the console (302)', type: 'null' } } },
  'GET /console': { response: PLAIN('The document of every page', 'text/html') },
  'GET /console/*': { response: PLAIN('The same: the address says which page it shows', 'text/html') },
  'GET /console/files/:hash/*': {
    response: PLAIN('A module, a style sheet or an icon', 'text/javascript'),
  },
  'GET /api/doc': { response: PLAIN('A page', 'text/html') },
  'POST /api/v1/gc/verify': { response: PLAIN('A line of JSON per finding', 'application/x-ndjson') },
  'POST /api/v1/audit/verify': { response: PLAIN('A line of JSON per finding', 'application/x-ndjson') },
  'GET /api/v1/audit/events/export': { response: PLAIN('A line of JSON per event', 'application/x-ndjson') },
  'POST /api/v1/backups/verify': { response: PLAIN('A line of JSON per finding', 'application/x-ndjson') },
  'POST /api/v1/backups/prune': { response: PLAIN('A line of JSON per backup', 'application/x-ndjson') },
  'POST /api/v1/retentions/explain': { response: PLAIN('A line of JSON per image', 'application/x-ndjson') },
  'DELETE /api/v1/tokens': { response: object({}, 'Removed') },
  'DELETE /api/v1/tokens/:id': { response: object({}, 'Removed') },
  'PATCH /api/v1/quotas': { response: { 200: { description: 'Set', type: 'null' } } },
  'PATCH /api/v1/plans': { response: { 200: { description: 'Set', type: 'null' } } },
  'GET /healthz': { response: object({ status: text('ok'), version: text('0.1.0') }, 'The process answers') },
  'GET /readyz': {
    response: object(
      { status: text('ok'), failed: { type: 'array', items: { type: 'string' } } },
      'Database and blob store answer; else 503',
    ),
  },
  'GET /metrics': { response: PLAIN('Metrics', 'text/plain') },
};
