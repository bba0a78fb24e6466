import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as oidc from 'openid-client';
import { grant, read } from '../identity/people.ts';
import { MINUTE } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';

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

  test('openid-client finds the endpoints in the discovery document', async () => {
    const config = await oidc.discovery(
      new URL(`${registry.url}/identity`),
      'tidegate-cli',
      undefined,
      oidc.None(),
      { execute: [oidc.allowInsecureRequests] },
    );
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
