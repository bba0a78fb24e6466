import { randomUUID } from 'node:crypto';
import { PASSWORD } from '../identity/people.ts';
import type { Place } from './place.ts';
import { ANY_VERSION, type Ask, form, type Maker } from './request.ts';

const APIKEY_GRANT = 'urn:ibm:params:oauth:grant-type:apikey';
const CONDITIONS = [{ claim: 'namespace', operator: 'EQUALS', value: 'ci' }];
const RULE = { type: 'Profile-CR', cr_type: 'ROKS_SA', conditions: CONDITIONS };
const LINK = { cr_type: 'ROKS_SA', link: { crn: 'crn:v1:x', namespace: 'ci', name: 'default' } };

const keyOf = async (place: Place): Promise<string> => (await place.serviceId()).apikey.id;

/** A key in the state that the request ends. */
const keyIn = async (place: Place, state: 'lock' | 'disable'): Promise<Ask> => {
  const id = await keyOf(place);
  await place.make('POST', `/v1/apikeys/${id}/${state}`);
  return { path: `/v1/apikeys/${id}/${state}` };
};

const secretOf = async (place: Place): Promise<Record<string, string>> => ({
  'IAM-ApiKey': (await place.serviceId()).apikey.apikey,
});

const member = async (place: Place): Promise<string> =>
  `/v2/accounts/${place.accountId}/users/${(await place.identities.member(place.accountId)).iamId}`;

const onProfile = async (place: Place, below = ''): Promise<string> =>
  `/v1/profiles/${await place.profile()}${below}`;

const trust = async (place: Place, kind: 'rules' | 'links'): Promise<string> => {
  const path = await onProfile(place, `/${kind}`);
  return `${path}/${(await place.make('POST', path, kind === 'rules' ? RULE : LINK)).id}`;
};

const trusted = async (place: Place): Promise<string> => {
  const identity = { type: 'user', identifier: place.owner.iamId };
  const path = await onProfile(place, '/identities/user');
  await place.make('POST', path, identity);
  return `${path}/${identity.identifier}`;
};

const report = (place: Place): string => `/v1/activity/accounts/${place.accountId}/report`;

/** A session of a fresh user. */
const session = async ({ registry, identities, accountId }: Place): Promise<string> => {
  const { apikey } = await identities.user(accountId);
  await registry.login(apikey, 'bx');
  const { access_token: token } = await registry.login(apikey);
  const listed = await registry.fetch('/v1/sessions', { headers: { Authorization: `Bearer ${token}` } });
  const { sessions } = (await listed.json()) as { sessions: { id: string }[] };
  return sessions[0]?.id ?? 'none';
};

const invitation = async (place: Place): Promise<Ask> => {
  const users = [{ email: `${randomUUID()}@example.com` }];
  const { resources } = await place.make('POST', `/v2/accounts/${place.accountId}/users`, { users });
  const body = { code: resources[0].invitation_code, password: 'correct horse battery' };
  return { path: '/v1/invitations/accept', body, bare: true };
};

const AUTHORIZATION = form({
  response_type: 'code',
  client_id: 'tidegate-cli',
  redirect_uri: 'http://127.0.0.1:1/callback',
  code_challenge: 'A'.repeat(43),
  code_challenge_method: 'S256',
});

/** What a script of our own page says. */
const OWN_PAGE = { 'X-Tidegate-Console': '1', 'Sec-Fetch-Site': 'same-origin' };

export const IDENTITY_REQUESTS: Readonly<Record<string, Maker>> = {
  'GET /oauth/token': () => ({ path: '/oauth/token', bare: true }),
  'POST /oauth/token': async (place) => ({
    path: '/oauth/token',
    body: form({
      grant_type: 'password',
      username: 'iamapikey',
      password: (await place.serviceId()).apikey.apikey,
    }),
    bare: true,
  }),
  'POST /identity/token': async (place) => ({
    path: '/identity/token',
    body: form({ grant_type: APIKEY_GRANT, apikey: (await place.serviceId()).apikey.apikey }),
    bare: true,
  }),
  'POST /identity/introspect': () => ({ path: '/identity/introspect', body: form({ token: 'none' }) }),
  'GET /identity/keys': () => ({ path: '/identity/keys' }),
  'GET /identity/.well-known/openid-configuration': () => ({
    path: '/identity/.well-known/openid-configuration',
  }),
  'POST /identity/passcode': () => ({ path: '/identity/passcode' }),
  'POST /identity/backchannel-logout/:issuer': () => ({
    path: '/identity/backchannel-logout/company',
    body: form({ logout_token: 'none' }),
    bare: true,
  }),
  'GET /identity/passcode': () => ({ path: '/identity/passcode' }),
  'GET /identity/authorize': () => ({ path: `/identity/authorize?${AUTHORIZATION}` }),
  'POST /identity/device_authorization': () => ({
    path: '/identity/device_authorization',
    body: form({ client_id: 'tidegate-cli' }),
    bare: true,
  }),
  // pages know people by the cookie of their browser, and no one by an access token
  'GET /console': () => ({ path: '/console' }),
  'GET /console/*': () => ({ path: '/console/namespaces/birds' }),
  'HEAD /console': () => ({ path: '/console' }),
  'HEAD /console/*': () => ({ path: '/console/namespaces/birds' }),
  'GET /console/files/:hash/*': () => ({ path: '/console/files/0123456789abcdef/console/start.ts' }),
  'GET /console/device': () => ({ path: '/console/device' }),
  'POST /console/device': () => ({ path: '/console/device', body: form({ user_code: 'BBBB-BBBB' }) }),
  'GET /console/passcode': () => ({ path: '/console/passcode' }),
  'POST /console/passcode': () => ({ path: '/console/passcode', body: form({}) }),
  'GET /console/authorize': () => ({ path: `/console/authorize?${AUTHORIZATION}` }),
  'POST /console/authorize': () => ({ path: '/console/authorize', body: new URLSearchParams(AUTHORIZATION) }),
  'GET /console/pages.css': () => ({ path: '/console/pages.css' }),
  'GET /console/session': () => ({ path: '/console/session' }),
  'POST /console/session': () => ({ path: '/console/session', body: { apikey: 'none' }, headers: OWN_PAGE }),
  'POST /console/session/token': () => ({ path: '/console/session/token', body: {}, headers: OWN_PAGE }),
  'DELETE /console/session': () => ({ path: '/console/session', headers: OWN_PAGE }),
  'GET /console/session/sign-in/:issuer': () => ({ path: '/console/session/sign-in/company' }),
  'GET /console/session/callback/:issuer': () => ({ path: '/console/session/callback/company?state=none' }),
  'POST /console/session/link': () => ({
    path: '/console/session/link',
    body: { issuer: 'company' },
    headers: OWN_PAGE,
  }),
  'POST /console/session/invitation': () => ({
    path: '/console/session/invitation',
    body: { issuer: 'company', code: 'none' },
    headers: OWN_PAGE,
  }),
  'GET /identity/userinfo': () => ({ path: '/identity/userinfo' }),
  'PUT /v1/users/me/password': () => ({
    path: '/v1/users/me/password',
    body: { old_password: PASSWORD, password: PASSWORD },
  }),
  'POST /v1/invitations/accept': invitation,

  'POST /v1/apikeys': async (place) => ({
    path: '/v1/apikeys',
    body: { name: 'k', account_id: place.accountId, iam_id: (await place.serviceId()).iam_id },
  }),
  'GET /v1/apikeys': async (place) => ({
    path: `/v1/apikeys?account_id=${place.accountId}&iam_id=${(await place.serviceId()).iam_id}`,
  }),
  'GET /v1/apikeys/details': async (place) => ({
    path: '/v1/apikeys/details',
    headers: await secretOf(place),
  }),
  'POST /v1/apikeys/leaked': async (place) => ({
    path: '/v1/apikeys/leaked',
    headers: await secretOf(place),
  }),
  'GET /v1/apikeys/:id': async (place) => ({ path: `/v1/apikeys/${await keyOf(place)}` }),
  'PUT /v1/apikeys/:id': async (place) => ({
    path: `/v1/apikeys/${await keyOf(place)}`,
    body: { name: 'renamed', expires_at: '' },
    headers: ANY_VERSION,
  }),
  'DELETE /v1/apikeys/:id': async (place) => ({ path: `/v1/apikeys/${await keyOf(place)}` }),
  'POST /v1/apikeys/:id/lock': async (place) => ({ path: `/v1/apikeys/${await keyOf(place)}/lock` }),
  'DELETE /v1/apikeys/:id/lock': (place) => keyIn(place, 'lock'),
  'POST /v1/apikeys/:id/disable': async (place) => ({ path: `/v1/apikeys/${await keyOf(place)}/disable` }),
  'DELETE /v1/apikeys/:id/disable': (place) => keyIn(place, 'disable'),
  'POST /v1/apikeys/:id/rotate': async (place) => ({
    path: `/v1/apikeys/${await keyOf(place)}/rotate`,
    body: {},
    headers: ANY_VERSION,
  }),
  'DELETE /v1/apikeys/:id/previous_secret': async (place) => {
    const key = `/v1/apikeys/${await keyOf(place)}`;
    await place.make('POST', `${key}/rotate`, {});
    return { path: `${key}/previous_secret`, headers: ANY_VERSION };
  },

  'POST /v1/serviceids': (place) => ({
    path: '/v1/serviceids',
    body: { account_id: place.accountId, name: place.name() },
  }),
  'GET /v1/serviceids': (place) => ({ path: `/v1/serviceids?account_id=${place.accountId}` }),
  'GET /v1/serviceids/:id': async (place) => ({ path: `/v1/serviceids/${(await place.serviceId()).id}` }),
  'PUT /v1/serviceids/:id': async (place) => ({
    path: `/v1/serviceids/${(await place.serviceId()).id}`,
    body: { name: 'renamed' },
    headers: ANY_VERSION,
  }),
  'DELETE /v1/serviceids/:id': async (place) => ({ path: `/v1/serviceids/${(await place.serviceId()).id}` }),
  'POST /v1/serviceids/:id/lock': async (place) => ({
    path: `/v1/serviceids/${(await place.serviceId()).id}/lock`,
  }),
  'DELETE /v1/serviceids/:id/lock': async (place) => {
    const path = `/v1/serviceids/${(await place.serviceId()).id}/lock`;
    await place.make('POST', path);
    return { path };
  },

  'GET /v1/accounts/:account_id/limits/identity': (place) => ({
    path: `/v1/accounts/${place.accountId}/limits/identity?profiles=true`,
  }),
  'POST /v1/accounts/:account_id/limits/identity': (place) => ({
    path: `/v1/accounts/${place.accountId}/limits/identity`,
    body: { profiles: true },
  }),
  'GET /v1/accounts/:account_id/settings/identity': (place) => ({
    path: `/v1/accounts/${place.accountId}/settings/identity`,
  }),
  'PUT /v1/accounts/:account_id/settings/identity': (place) => ({
    path: `/v1/accounts/${place.accountId}/settings/identity`,
    body: { session_expiration_in_seconds: '80000' },
    headers: ANY_VERSION,
  }),
  'GET /v1/accounts/:account_id/effective_settings/identity': (place) => ({
    path: `/v1/accounts/${place.accountId}/effective_settings/identity`,
  }),
  'GET /v1/sessions': async (place) => ({
    path: `/v1/sessions?iam_id=${(await place.identities.member()).iamId}`,
  }),
  'PATCH /v1/sessions/:id/state': async (place) => ({
    path: `/v1/sessions/${await session(place)}/state`,
    body: { state: 'invalid' },
  }),
  'GET /v1/federated_identities': async (place) => ({
    path: `/v1/federated_identities?iam_id=${(await place.identities.member(place.accountId)).iamId}`,
  }),
  'DELETE /v1/federated_identities/:id': () => ({
    path: `/v1/federated_identities/FederatedIdentity-${randomUUID()}`,
  }),
  'POST /v1/activity/accounts/:account_id/report': (place) => ({ path: report(place) }),
  'GET /v1/activity/accounts/:account_id/report/:reference': async (place) => ({
    path: `${report(place)}/${(await place.make('POST', report(place))).reference}`,
  }),

  'POST /v1/profiles': (place) => ({
    path: '/v1/profiles',
    body: { name: place.name(), account_id: place.accountId },
  }),
  'GET /v1/profiles': (place) => ({ path: `/v1/profiles?account_id=${place.accountId}` }),
  'GET /v1/profiles/:id': async (place) => ({ path: await onProfile(place) }),
  'PUT /v1/profiles/:id': async (place) => ({
    path: await onProfile(place),
    body: { description: 'changed' },
    headers: ANY_VERSION,
  }),
  'DELETE /v1/profiles/:id': async (place) => ({ path: await onProfile(place) }),
  'POST /v1/profiles/:id/rules': async (place) => ({ path: await onProfile(place, '/rules'), body: RULE }),
  'POST /v1/profiles/:id/rules/explain': async (place) => ({
    path: await onProfile(place, '/rules/explain'),
    body: { token: 'x' },
  }),
  'GET /v1/profiles/:id/rules': async (place) => ({ path: await onProfile(place, '/rules') }),
  'GET /v1/profiles/:id/rules/:trust': async (place) => ({ path: await trust(place, 'rules') }),
  'PUT /v1/profiles/:id/rules/:trust': async (place) => ({
    path: await trust(place, 'rules'),
    body: RULE,
    headers: ANY_VERSION,
  }),
  'DELETE /v1/profiles/:id/rules/:trust': async (place) => ({ path: await trust(place, 'rules') }),
  'POST /v1/profiles/:id/links': async (place) => ({ path: await onProfile(place, '/links'), body: LINK }),
  'GET /v1/profiles/:id/links': async (place) => ({ path: await onProfile(place, '/links') }),
  'GET /v1/profiles/:id/links/:trust': async (place) => ({ path: await trust(place, 'links') }),
  'DELETE /v1/profiles/:id/links/:trust': async (place) => ({ path: await trust(place, 'links') }),
  'DELETE /v1/profiles/:id/links': async (place) => {
    const path = (await trust(place, 'links')).replace(/\/[^/]+$/, '');
    return { path: `${path}?type=ROKS_SA&crn=crn:v1:x&namespace=ci&name=default` };
  },
  'GET /v1/profiles/:id/identities': async (place) => ({ path: await onProfile(place, '/identities') }),
  'PUT /v1/profiles/:id/identities': async (place) => ({
    path: await onProfile(place, '/identities'),
    body: { identities: [{ type: 'user', identifier: place.owner.iamId }] },
    headers: ANY_VERSION,
  }),
  'POST /v1/profiles/:id/identities/:type': async (place) => ({
    path: await onProfile(place, '/identities/user'),
    body: { type: 'user', identifier: place.owner.iamId },
  }),
  'GET /v1/profiles/:id/identities/:type/:identifier': async (place) => ({ path: await trusted(place) }),
  'DELETE /v1/profiles/:id/identities/:type/:identifier': async (place) => ({ path: await trusted(place) }),

  'GET /v2/accounts/:account/users': (place) => ({ path: `/v2/accounts/${place.accountId}/users` }),
  'POST /v2/accounts/:account/users': (place) => ({
    path: `/v2/accounts/${place.accountId}/users`,
    body: { users: [{ email: `${randomUUID()}@example.com` }] },
  }),
  'GET /v2/accounts/:account/users/:iam_id': async (place) => ({ path: await member(place) }),
  'PATCH /v2/accounts/:account/users/:iam_id': async (place) => ({
    path: await member(place),
    body: { state: 'DISABLED' },
  }),
  'DELETE /v2/accounts/:account/users/:iam_id': async (place) => ({ path: await member(place) }),
  'GET /v2/accounts/:account/users/:iam_id/settings': async (place) => ({
    path: `${await member(place)}/settings`,
  }),
  'PATCH /v2/accounts/:account/users/:iam_id/settings': async (place) => ({
    path: `${await member(place)}/settings`,
    body: { language: 'en-us' },
  }),
};
