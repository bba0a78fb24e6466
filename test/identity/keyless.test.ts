import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR, MINUTE } from '../support/clock.ts';
import { basic } from '../support/registry.ts';
import { IamLab } from './iam-lab.ts';
import { KeylessLab, REPOSITORY, when } from './keyless-lab.ts';
import { as, grant } from './people.ts';
import { SAMPLES } from './platform.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';

test('F1: a GitHub token is the password of docker login: by the profile’s id, and by its name and account', async () => {
  await using lab = await KeylessLab.start();
  const { id, name } = await lab.profile();
  const token = await lab.token();
  assert.equal(await lab.push(await lab.bearer(id, token)), 202);
  assert.equal(await lab.push(await lab.bearer(`${name}@${lab.registry.accountId}`, token)), 202);
  assert.equal(await lab.dockerLogin(`${name}@${'0'.repeat(32)}`, token), 401);
  const basic = await lab.registry.fetch('/v2/', {
    headers: { Authorization: `Basic ${Buffer.from(`${id}:${token}`).toString('base64')}` },
  });
  assert.equal(basic.status, 200);
});

test('F4: both forms of GitHub’s sub pass a rule on ids', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  for (const sub of ['repo:acme/app:ref:refs/heads/main', 'repo:acme@123456/app@456789:ref:refs/heads/main'])
    assert.equal(await lab.dockerLogin(id, await lab.token({ sub })), 200, sub);
});

test('F12: a session outlives the token that opened it, and the same token stays in it; a token first seen after its end is refused', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const [used, unused] = [await lab.token(), await lab.token()];
  const bearer = await lab.bearer(id, used);
  lab.registry.clock.advance(10 * MINUTE);
  assert.equal(await lab.push(bearer), 202);
  assert.equal(await lab.push(await lab.bearer(id, used)), 202);
  assert.equal(await lab.dockerLogin(id, unused), 401);
  lab.registry.clock.advance(51 * MINUTE);
  assert.equal(await lab.dockerLogin(id, used), 401, 'an hour, where the rule says nothing');
});

test('the life of a session is the rule’s expiration, and no longer than the account’s sessions last', async () => {
  await using lab = await KeylessLab.start();
  const short = await lab.profile([REPOSITORY], { expiration: 900 });
  const long = await lab.profile([REPOSITORY], { expiration: 86_400 * 30 });
  const token = await lab.token();
  for (const { id } of [short, long]) assert.equal(await lab.dockerLogin(id, token), 200);
  lab.registry.clock.advance(16 * MINUTE);
  assert.equal(await lab.dockerLogin(short.id, token), 401);
  lab.registry.clock.advance(23 * HOUR);
  assert.equal(await lab.dockerLogin(long.id, token), 200);
  lab.registry.clock.advance(HOUR);
  assert.equal(await lab.dockerLogin(long.id, token), 401);
});

test('F14: the end of the rule, the profile or the issuer refuses the next request with a bearer, and the token', async () => {
  await using lab = await KeylessLab.start();
  const ends = {
    rule: ({ id, rule }: { id: string; rule: string }) =>
      lab.owner('DELETE', `/v1/profiles/${id}/rules/${rule}`),
    profile: ({ id }: { id: string }) => lab.owner('DELETE', `/v1/profiles/${id}`),
    issuer: () => lab.owner('PATCH', '/api/v1/issuers/github', { state: 'disabled' }),
  };
  for (const [what, end] of Object.entries(ends)) {
    const profile = await lab.profile();
    const token = await lab.token();
    const bearer = await lab.bearer(profile.id, token);
    const access = (await lab.exchange(profile.id, token)).body.access_token;
    assert.equal(await lab.push(bearer), 202, what);
    assert.ok((await end(profile)).status < 300, what);
    assert.equal(await lab.push(bearer), 401, what);
    assert.equal((await as(lab.registry, access, 'GET', '/identity/userinfo')).status, 401, what);
    assert.equal(await lab.dockerLogin(profile.id, token), 401, what);
  }
  const enabled = await lab.owner('PATCH', '/api/v1/issuers/github', { state: 'enabled' });
  assert.equal(enabled.body.state, 'enabled');
  const { id } = await lab.profile();
  assert.equal(await lab.dockerLogin(id, await lab.token()), 200);
});

test('an issuer that was disabled and enabled again does not revive what came from it before', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const token = await lab.token();
  const bearer = await lab.bearer(id, token);
  for (const state of ['disabled', 'enabled']) await lab.owner('PATCH', '/api/v1/issuers/github', { state });
  assert.equal(await lab.push(bearer), 401);
  assert.equal(await lab.dockerLogin(id, token), 401);
});

test('sessions are listed with who they are; an ended one refuses its bearers and its token, as every profile of the account', async () => {
  await using lab = await KeylessLab.start();
  const [{ id }, other] = [await lab.profile(), await lab.profile()];
  const token = await lab.token();
  const bearer = await lab.bearer(id, token);
  const listed = await lab.owner('GET', `/v1/sessions?iam_id=iam-${id}`);
  const [session, ...more] = listed.body.sessions;
  assert.equal(more.length, 0);
  assert.equal(session.claims.repository, 'acme/app');
  assert.equal(session.claims.run_id, '9');
  assert.equal(session.client_id, 'github');
  const path = `/v1/sessions/${session.id}/state`;
  assert.equal((await lab.owner('PATCH', path, { state: 'invalid' })).status, 204);
  assert.equal(await lab.push(bearer), 401);
  assert.equal(await lab.dockerLogin(id, token), 401);
  assert.equal(await lab.dockerLogin(other.id, token), 401, 'through another profile');
  assert.equal(await lab.dockerLogin(id, await lab.token()), 200, 'another token');
  assert.equal((await lab.owner('PATCH', path, { state: 'invalid' })).status, 404);
});

test('P1: ending one session of a token ends those that it has as other profiles of the account, and none of another token', async () => {
  await using lab = await KeylessLab.start();
  const [first, second, unused] = [await lab.profile(), await lab.profile(), await lab.profile()];
  const [leaked, other] = [await lab.token(), await lab.token()];
  const bearers = [await lab.bearer(first.id, leaked), await lab.bearer(second.id, leaked)];
  const others = await lab.bearer(second.id, other);
  const listed = async (id: string) =>
    (await lab.owner('GET', `/v1/sessions?iam_id=iam-${id}`)).body.sessions.map(
      (each: { id: string }) => each.id,
    );
  const [session] = await listed(first.id);
  const end = await lab.owner('PATCH', `/v1/sessions/${session}/state`, { state: 'invalid' });
  assert.equal(end.status, 204);
  for (const { id } of [first, second, unused]) assert.equal(await lab.dockerLogin(id, leaked), 401);
  for (const bearer of bearers) assert.equal(await lab.push(bearer), 401);
  assert.equal(await lab.push(others), 202);
  assert.equal((await listed(second.id)).length, 1, 'that of the other token');
});

test('F13: offline_token=true brings a token of the session, which ends with it; another text of it is none', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const scope = 'scope=repository:birds/app:push,pull';
  const login = await lab.registry.fetch(`/oauth/token?service=registry&offline_token=true&${scope}`, {
    headers: { Authorization: basic(id, await lab.token()) },
  });
  const { refresh_token: kept } = (await login.json()) as { refresh_token: string };
  assert.match(kept, /^tdf_/);
  const bearerOf = async (token: string): Promise<{ status: number; token: string }> => {
    const form = { grant_type: 'refresh_token', refresh_token: token, client_id: 'docker' };
    const body = new URLSearchParams({ ...form, service: 'registry', scope: scope.slice('scope='.length) });
    const response = await lab.registry.fetch('/oauth/token', { method: 'POST', body });
    const answer = (await response.json()) as { token: string; refresh_token?: string };
    assert.equal(answer.refresh_token, undefined);
    return { status: response.status, token: answer.token };
  };
  const { token: bearer } = await bearerOf(kept);
  assert.equal(await lab.push(bearer), 202);
  const [last = ''] = kept.slice(-1);
  const altered = kept.slice(0, -1) + (last === 'a' ? 'b' : 'a');
  const another = kept.replace(/^tdf_F-./, 'tdf_F-x');
  for (const text of [altered, another, 'tdf_', 'tdf__', kept.slice(4)])
    assert.equal((await bearerOf(text)).status, 401, text);
  const listed = await lab.owner('GET', `/v1/sessions?iam_id=iam-${id}`);
  await lab.owner('PATCH', `/v1/sessions/${listed.body.sessions[0].id}/state`, { state: 'invalid' });
  assert.equal(await lab.push(bearer), 401);
  assert.equal((await bearerOf(kept)).status, 401);
});

test('another text of the same token is not another token', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const token = await lab.token();
  assert.equal(await lab.dockerLogin(id, token), 200);
  // the last character of a signature has bits that mean nothing
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = letters.indexOf(token.at(-1) ?? '');
  const altered = token.slice(0, -1) + letters[last ^ 1];
  assert.equal(await lab.dockerLogin(id, altered), 401);
  const [head, claims] = token.split('.');
  assert.equal(await lab.dockerLogin(id, `${head}.${claims}.AAAA`), 401, 'a token without its signature');
  const sessions = await lab.owner('GET', `/v1/sessions?iam_id=iam-${id}`);
  assert.equal(sessions.body.sessions.length, 1);
});

test('F20: RFC 8693: the token’s fields, and errors by its words', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const fields = {
    grant_type: EXCHANGE,
    subject_token: await lab.token(),
    subject_token_type: JWT,
    audience: id,
  };
  const answer = await grant(lab.registry, fields);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(answer.body.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token');
  assert.equal(answer.body.token_type, 'Bearer');
  assert.equal(answer.body.expires_in, 3600);
  assert.equal((await grant(lab.registry, { ...fields, lifetime: '300' })).body.expires_in, 300);
  const errors: [string, Record<string, string>][] = [
    ['invalid_request', { subject_token: 'x' }],
    ['invalid_request', { subject_token: await lab.token({ aud: 'other' }) }],
    ['invalid_request', { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }],
    ['invalid_request', { actor_token: 'x' }],
    ['invalid_request', { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }],
    ['invalid_request', { lifetime: '1' }],
    ['invalid_target', { audience: 'Profile-00000000-0000-4000-8000-000000000000' }],
  ];
  for (const [error, more] of errors) {
    const refused = await grant(lab.registry, { ...fields, ...more });
    assert.deepEqual([refused.status, refused.body.error], [400, error], JSON.stringify(more));
    assert.ok(refused.body.error_description && refused.body.errorCode);
  }
});

test('F21: an access token of this registry is no subject token, and a profile does not become another', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const own = (await lab.exchange(id, await lab.token())).body.access_token;
  const fields = { grant_type: EXCHANGE, subject_token_type: JWT, audience: id };
  assert.equal((await grant(lab.registry, { ...fields, subject_token: own })).status, 400);
  assert.equal(await lab.dockerLogin(id, own), 401);
});

test('F25: a stranger gets one answer, whether the profile is absent, is another account’s or does not trust them', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const foreign = await lab.token({ repository_id: '1' });
  const answers = [];
  for (const profile of [id, 'Profile-00000000-0000-4000-8000-000000000000'])
    answers.push(await lab.exchange(profile, foreign));
  const told = answers.map(({ status, body: { errorCode, errorMessage } }) => [
    status,
    errorCode,
    errorMessage,
  ]);
  assert.equal(told[0]?.[1], 'BXNIM0513E');
  assert.deepEqual(told[0], told[1]);
});

test('F26: the audit log says who signed in and who pushed; the token is in no log', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const token = await lab.token({ jti: 'one' });
  await lab.bearer(id, token);
  await lab.exchange(id, token);
  const events = await lab.owner('GET', '/api/v1/audit/events?action=iam-identity.trustedprofile-oidc.login');
  assert.equal(events.body.events.length, 1, JSON.stringify(events.body));
  const { claims } = events.body.events[0].initiator;
  assert.deepEqual(
    [claims.iss, claims.jti, claims.run_id, claims.kid],
    ['https://token.actions.githubusercontent.com', 'one', '9', 'key-1'],
  );
  const [, , signature = ''] = token.split('.');
  assert.ok(!lab.registry.logged.join('\n').includes(signature));
});

test('a push by a workload has its claims in the audit log, and names its session', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const bearer = await lab.bearer(id, await lab.token({ environment: 'prod' }));
  await lab.pushImage(bearer);
  const events = await lab.owner('GET', '/api/v1/audit/events?action=container-registry.image.push');
  const { claims, credential } = events.body.events[0].initiator;
  assert.deepEqual(
    [claims.environment, claims.repository],
    ['prod', 'acme/app'],
    JSON.stringify(events.body),
  );
  assert.match(JSON.stringify(credential ?? ''), /F-/);
});

test('an image says which build pushed it: in the list, in its inspection, and after a restore', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  await lab.pushImage(await lab.bearer(id, await lab.token({ environment: 'prod', jti: 'secret-id' })));
  const claims = {
    issuer: 'github',
    sub: SAMPLES.github.sub,
    repository: 'acme/app',
    repository_id: '456789',
    repository_owner_id: '123456',
    ref: 'refs/heads/main',
    job_workflow_ref: 'acme/app/.github/workflows/ci.yml@refs/heads/main',
    run_id: '9',
    environment: 'prod',
    event_name: 'push',
  };
  const [listed] = (await lab.owner('GET', '/api/v1/images?repository=birds/app')).body;
  assert.deepEqual(listed.push.claims, claims);
  const name = encodeURIComponent(`${lab.registry.host}/birds/app:1`);
  const inspected = await lab.owner('GET', `/api/v1/images/${name}/json`);
  assert.deepEqual(inspected.body.push.claims, claims);
  assert.match(inspected.body.push.credential, /^F-/);
  assert.equal((await lab.owner('DELETE', `/api/v1/images/${name}`)).status, 200);
  const restored = await lab.owner('POST', `/api/v1/trash/${name}/restore`);
  assert.equal(restored.status, 200, JSON.stringify(restored.body));
  assert.deepEqual((await lab.owner('GET', `/api/v1/images/${name}/json`)).body.push.claims, claims);
  await lab.pushImage(await lab.registry.bearer('repository:birds/other:pull,push'), 'birds/other');
  const [other] = (await lab.owner('GET', '/api/v1/images?repository=birds/other')).body;
  assert.equal(other.push.claims, undefined, 'an API key has none');
});

test('the password has one form: an API key of a trusted identity, or a token; neither is tried as the other', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  assert.equal(await lab.dockerLogin(id, lab.registry.apikey), 401, 'the owner is not trusted');
  assert.equal(await lab.dockerLogin('iamapikey', await lab.token()), 401);
  const catalog = await lab.registry.fetch('/v2/birds/app/tags/list', {
    headers: { Authorization: `Bearer ${await lab.token()}` },
  });
  assert.equal(catalog.status, 401, 'F24: a token that is refused is never anonymous');
});

test('a condition that names another value refuses: F3 our audience, another owner; F7 an environment that the token has not', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile([
    REPOSITORY,
    when('repository_owner_id', '123456'),
    when('environment', 'prod'),
  ]);
  assert.equal(await lab.dockerLogin(id, await lab.token({ environment: 'prod' })), 200);
  assert.equal(await lab.dockerLogin(id, await lab.token()), 401);
  const elsewhere = { environment: 'prod', repository_owner_id: '999' };
  assert.equal(await lab.dockerLogin(id, await lab.token(elsewhere)), 401);
});

test('another account neither sees nor ends a workload’s session, and cannot ask what its rules make of a token', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const token = await lab.token();
  const bearer = await lab.bearer(id, token);
  const [session] = (await lab.owner('GET', `/v1/sessions?iam_id=iam-${id}`)).body.sessions;
  const iam = new IamLab(lab.registry);
  const stranger = await iam.stranger();
  const listed = await iam.as(stranger, 'GET', `/v1/sessions?iam_id=iam-${id}`);
  assert.deepEqual(await listed.json(), { sessions: [] });
  const end = await iam.as(stranger, 'PATCH', `/v1/sessions/${session.id}/state`, { state: 'invalid' });
  const asked = await iam.as(stranger, 'POST', `/v1/profiles/${id}/rules/explain`, { token });
  assert.deepEqual([end.status, asked.status], [404, 404]);
  assert.equal(await lab.push(bearer), 202);
});
