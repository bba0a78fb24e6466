import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as oidc from 'openid-client';
import { as, grant, join, PASSWORD, read } from '../identity/people.ts';
import { MINUTE } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { Headless, type Shown } from './headless.ts';

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
const SECOND = 1000;

describe('logins of machines without a browser', () => {
  let registry: TestRegistry;

  before(async () => {
    registry = await TestRegistry.start();
  });
  after(() => registry[Symbol.asyncDispose]());

  const begin = async (fields: Record<string, string> = {}) =>
    read(
      await registry.fetch('/identity/device_authorization', {
        method: 'POST',
        body: new URLSearchParams({ client_id: 'tidegate-cli', ...fields }),
      }),
    );

  const poll = async (deviceCode: string, fields: Record<string, string> = {}) => {
    const asked = { grant_type: DEVICE_CODE, device_code: deviceCode, client_id: 'tidegate-cli', ...fields };
    const { status, body } = await grant(registry, asked);
    return `${status} ${body.error ?? 'tokens'}`;
  };

  test('a login is begun with the answer of RFC 8628: two codes, the page, ten minutes, five seconds between questions', async () => {
    const { status, body, headers } = await begin({ machine_name: 'ada-laptop' });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(headers.get('cache-control'), 'no-store');
    const { device_code: deviceCode, user_code: userCode, ...rest } = body;
    assert.match(deviceCode, /^tdc_[\w-]{43}$/);
    assert.match(userCode, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    const page = `${registry.url}/console/device`;
    assert.deepEqual(rest, {
      verification_uri: page,
      verification_uri_complete: `${page}?user_code=${userCode}`,
      expires_in: 600,
      interval: 5,
    });
  });

  test('a login is begun by a known client alone', async () => {
    const wrong = await begin({ client_id: 'another' });
    assert.equal(wrong.status, 400);
    assert.equal(wrong.body.error, 'invalid_request');
  });

  test('a client that asks too soon is told to slow down, and waits five seconds longer for good', async () => {
    const { body } = await begin();
    const code = body.device_code;
    assert.equal(await poll(code), '400 authorization_pending');
    registry.clock.advance(5 * SECOND);
    assert.equal(await poll(code), '400 authorization_pending');
    registry.clock.advance(2 * SECOND);
    assert.equal(await poll(code), '400 slow_down');
    registry.clock.advance(7 * SECOND);
    assert.equal(await poll(code), '400 slow_down', 'ten seconds from now on');
    registry.clock.advance(15 * SECOND);
    assert.equal(await poll(code), '400 authorization_pending');
  });

  test('a login that is not allowed within ten minutes has expired, and its code is not known later', async () => {
    const { body } = await begin();
    registry.clock.advance(10 * MINUTE);
    assert.equal(await poll(body.device_code), '400 expired_token');
    registry.clock.advance(10 * MINUTE);
    await registry.runJob('expire-device-logins');
    assert.equal(await poll(body.device_code), '400 invalid_grant');
  });

  test('a device code is worth nothing for another client, and no other text is one', async () => {
    const { body } = await begin();
    assert.equal(await poll(body.device_code, { client_id: 'bx' }), '400 invalid_grant');
    assert.equal(await poll(`${body.device_code}x`), '400 invalid_grant');
    assert.equal(await poll(body.user_code), '400 invalid_grant');
    assert.equal(await poll(''), '400 invalid_request');
  });

  /** A person who is signed in looks at a login, and allows or refuses it. */
  const decide = async (person: Headless, userCode: string, answer: 'allow' | 'deny'): Promise<Shown> => {
    const form = await person.open(`${registry.url}/console/device`);
    const asked = await person.submit(form, { user_code: userCode });
    assert.equal(asked.status, 200, asked.text);
    return person.submit(asked, { answer });
  };

  const owner = async (): Promise<Headless> => {
    const browser = new Headless();
    await browser.signIn(registry.url, { apikey: registry.apikey });
    return browser;
  };

  /** As the machine: begins a login and gets its tokens after a person has allowed it. */
  const logIn = async (person: Headless, machine = 'ada-laptop') => {
    const { body } = await begin({ machine_name: machine });
    await decide(person, body.user_code, 'allow');
    const fields = { grant_type: DEVICE_CODE, device_code: body.device_code, client_id: 'tidegate-cli' };
    const { status, body: tokens } = await grant(registry, fields);
    assert.equal(status, 200, JSON.stringify(tokens));
    return tokens;
  };

  test('F47: openid-client waits while the login is pending and slowed down, and gets tokens once it is allowed', async () => {
    const person = await owner();
    const answers: string[] = [];
    const config = await discovered();
    const begun = await oidc.initiateDeviceAuthorization(config, { machine_name: 'ada-laptop' });
    // the client waits by its own clock, the registry goes by the test's
    const steps = [5, 1, 15, 15];
    config[oidc.customFetch] = async (url, init) => {
      registry.clock.advance((steps.shift() ?? 0) * SECOND);
      if (steps.length === 1) await decide(person, begun.user_code, 'allow');
      const response = await fetch(url, init as RequestInit);
      const { error = 'tokens' } = (await response.clone().json()) as { error?: string };
      answers.push(error);
      return response;
    };
    const quick = { ...begun, interval: 0.01 };
    const signal = AbortSignal.timeout(20_000);
    const tokens = await oidc.pollDeviceAuthorizationGrant(config, quick, undefined, { signal });
    assert.deepEqual(answers, ['authorization_pending', 'slow_down', 'tokens']);
    assert.ok(tokens.refresh_token);
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    assert.ok(refreshed.access_token);
  });

  test('a login that is refused is told access_denied, and stays refused', async () => {
    const { body } = await begin();
    const page = await decide(await owner(), body.user_code, 'deny');
    assert.match(page.text, /The login is refused/);
    assert.equal(await poll(body.device_code), '400 access_denied');
    registry.clock.advance(10 * SECOND);
    assert.equal(await poll(body.device_code), '400 access_denied');
  });

  test('a device code gives tokens once, and its user code lets nothing in again', async () => {
    const person = await owner();
    const { body } = await begin();
    await decide(person, body.user_code, 'allow');
    assert.equal(await poll(body.device_code), '200 tokens');
    assert.equal(await poll(body.device_code), '400 invalid_grant');
    const form = await person.open(`${registry.url}/console/device`);
    assert.equal((await person.submit(form, { user_code: body.user_code })).status, 400);
  });

  test('the session is one of its own: it names its machine, and goes on when the browser signs out', async () => {
    const person = await owner();
    const tokens = await logIn(person, 'ada-laptop');
    const { body } = await as(registry, tokens.access_token, 'GET', '/v1/sessions');
    const [own] = body.sessions.filter(({ current }: { current: boolean }) => current);
    assert.deepEqual(
      { client: own.client_id, machine: own.machine_name },
      { client: 'tidegate-cli', machine: 'ada-laptop' },
    );
    await person.signOut(registry.url);
    assert.equal((await as(registry, tokens.access_token, 'GET', '/v1/sessions')).status, 200);
  });

  test('the session ends with what the browser signed in with: an API key that is deleted, a password that is changed', async () => {
    const key = await registry.createKey('browser');
    const byKey = new Headless();
    await byKey.signIn(registry.url, { apikey: key.apikey });
    const ofKey = await logIn(byKey);
    const ada = await join(registry, 'ada@example.com');
    const byPassword = new Headless();
    await byPassword.signIn(registry.url, { user_name: ada.email, password: PASSWORD });
    const ofPassword = await logIn(byPassword);
    const status = async (token: string) => (await as(registry, token, 'GET', '/v1/sessions')).status;
    assert.deepEqual([await status(ofKey.access_token), await status(ofPassword.access_token)], [200, 200]);
    assert.equal((await registry.api('DELETE', `/v1/apikeys/${key.id}`)).status, 204);
    assert.deepEqual([await status(ofKey.access_token), await status(ofPassword.access_token)], [401, 200]);
    const changed = await as(registry, ada.token, 'PUT', '/v1/users/me/password', {
      password: 'another battery staple',
      old_password: PASSWORD,
    });
    assert.ok(changed.status < 300, JSON.stringify(changed.body));
    assert.equal(await status(ofPassword.access_token), 401);
    const again = { grant_type: 'refresh_token', refresh_token: ofPassword.refresh_token };
    assert.equal((await grant(registry, { ...again, client_id: 'tidegate-cli' })).status, 401);
  });

  test('who allows a login is who is logged in, with their rights and no more', async () => {
    const bob = await join(registry, 'bob@example.com');
    const person = new Headless();
    await person.signIn(registry.url, { user_name: bob.email, password: PASSWORD });
    const tokens = await logIn(person);
    const whose = await as(registry, tokens.access_token, 'GET', '/identity/userinfo');
    assert.equal(whose.body.iam_id, bob.iamId);
    assert.equal((await as(registry, tokens.access_token, 'PUT', '/api/v1/namespaces/birds')).status, 403);
  });

  test('a login that is allowed is worth nothing once its person has lost the login in the browser', async () => {
    const key = await registry.createKey('browser');
    const person = new Headless();
    await person.signIn(registry.url, { apikey: key.apikey });
    const { body } = await begin();
    await decide(person, body.user_code, 'allow');
    assert.equal((await registry.api('DELETE', `/v1/apikeys/${key.id}`)).status, 204);
    const { status, body: refusal } = await grant(registry, {
      grant_type: DEVICE_CODE,
      device_code: body.device_code,
      client_id: 'tidegate-cli',
    });
    assert.equal(status, 401, JSON.stringify(refusal));
  });

  test("the refresh token works for the client it was issued to, and as docker's password iamrefresh", async () => {
    const { refresh_token: token } = await logIn(await owner());
    const refresh = { grant_type: 'refresh_token', refresh_token: token };
    assert.equal((await grant(registry, refresh, 'bx')).body.errorCode, 'BXNIM0139E');
    assert.equal((await grant(registry, refresh)).body.errorCode, 'BXNIM0139E');
    assert.equal((await grant(registry, { ...refresh, client_id: 'tidegate-cli' })).status, 200);
    assert.ok(await registry.bearer('registry:catalog:*', 'iamrefresh', token));
  });

  test('who allowed and who refused a login stands in the audit log', async () => {
    await logIn(await owner(), 'audited-machine');
    const { body } = await read(
      await registry.api('GET', '/api/v1/audit/events?action=iam-identity.user-device.allow'),
    );
    const [event] = body.events;
    assert.equal(event.target.name, 'audited-machine', JSON.stringify(event));
    assert.match(JSON.stringify(event.initiator), new RegExp(registry.ownerIamId));
  });

  const discovered = () =>
    oidc.discovery(new URL(`${registry.url}/identity`), 'tidegate-cli', undefined, oidc.None(), {
      execute: [oidc.allowInsecureRequests],
    });

  test('openid-client finds the endpoints in the discovery document', async () => {
    const config = await discovered();
    const begun = await oidc.initiateDeviceAuthorization(config, { machine_name: 'ada-laptop' });
    assert.equal(begun.interval, 5);
    assert.equal(config.serverMetadata().authorization_endpoint, `${registry.url}/identity/authorize`);
  });

  test('one network begins at most a hundred logins in ten minutes, and others go on', async () => {
    await using flooded = await TestRegistry.start({ env: { TIDEGATE_TRUSTED_PROXIES: '127.0.0.1/32' } });
    const from = async (address: string) => {
      const response = await flooded.fetch('/identity/device_authorization', {
        method: 'POST',
        headers: { 'X-Forwarded-For': address },
        body: new URLSearchParams({ client_id: 'tidegate-cli' }),
      });
      await response.body?.cancel();
      return response.status;
    };
    for (let begun = 0; begun < 100; begun += 1) assert.equal(await from('192.0.2.1'), 200);
    assert.equal(await from('192.0.2.1'), 429);
    assert.equal(await from('192.0.2.2'), 200);
    flooded.clock.advance(10 * MINUTE);
    assert.equal(await from('192.0.2.1'), 200);
  });
});
