import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { as, grant } from '../identity/people.ts';
import { MINUTE } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { Headless } from './headless.ts';

const CALLBACK = 'http://127.0.0.1:4321/callback';

describe('authorization codes for the command line of the same machine', () => {
  let registry: TestRegistry;

  before(async () => {
    registry = await TestRegistry.start();
  });
  after(() => registry[Symbol.asyncDispose]());

  const verifier = randomBytes(32).toString('base64url');
  const asked = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    response_type: 'code',
    client_id: 'tidegate-cli',
    redirect_uri: CALLBACK,
    state: 'its-state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    machine_name: 'ada-laptop',
    ...more,
  });

  const owner = async (): Promise<Headless> => {
    const browser = new Headless();
    await browser.signIn(registry.url, { apikey: registry.apikey });
    return browser;
  };

  /** Where the browser was sent in the end; nothing listens there. */
  const sentTo = async (
    person: Headless,
    answer: 'allow' | 'deny',
    more: Readonly<Record<string, string>> = {},
  ): Promise<URL> => {
    const page = await person.open(`${registry.url}/identity/authorize?${new URLSearchParams(asked(more))}`);
    assert.equal(page.status, 200, page.text);
    await person.submit(page, { answer }).catch(() => undefined);
    return new URL(person.visited.at(-1) ?? '');
  };

  const exchange = (code: string, more: Readonly<Record<string, string>> = {}) =>
    grant(registry, {
      grant_type: 'authorization_code',
      client_id: 'tidegate-cli',
      redirect_uri: CALLBACK,
      code_verifier: verifier,
      code,
      ...more,
    });

  test('a person who allows it sends code, state and issuer to the waiting port, and the code brings a session once', async () => {
    const url = await sentTo(await owner(), 'allow');
    assert.equal(url.origin + url.pathname, CALLBACK);
    const { code = '', ...rest } = Object.fromEntries(url.searchParams);
    assert.deepEqual(rest, { state: 'its-state', iss: `${registry.url}/identity` });
    const { status, body } = await exchange(code);
    assert.equal(status, 200, JSON.stringify(body));
    const { body: list } = await as(registry, body.access_token, 'GET', '/v1/sessions');
    const [own] = list.sessions.filter(({ current }: { current: boolean }) => current);
    assert.deepEqual([own.client_id, own.machine_name], ['tidegate-cli', 'ada-laptop']);
    assert.equal((await exchange(code)).body.error, 'invalid_grant', 'a second time');
  });

  test('a person who refuses it sends access_denied and no code', async () => {
    const url = await sentTo(await owner(), 'deny');
    const answer = Object.fromEntries(url.searchParams);
    assert.deepEqual(answer, { error: 'access_denied', state: 'its-state', iss: `${registry.url}/identity` });
  });

  test('F46: any port of 127.0.0.1 and [::1] is one; another host, scheme, path or name is none, and nothing is sent there', async () => {
    const person = await owner();
    for (const redirect of ['http://127.0.0.1:1/callback', 'http://[::1]:65535/callback']) {
      const url = await sentTo(person, 'allow', { redirect_uri: redirect });
      assert.equal(url.origin + url.pathname, redirect);
    }
    for (const redirect of [
      'http://localhost:4321/callback',
      'https://127.0.0.1:4321/callback',
      'http://127.0.0.1:4321/other',
      'http://127.0.0.1:4321/callback/',
      'http://127.0.0.1:4321/callback?x=1',
      'http://127.0.0.1:4321/callback#x',
      'http://127.0.0.1/callback',
      'http://127.0.0.1:0/callback',
      'http://127.0.0.1:65536/callback',
      'http://127.0.0.1:4321@evil.example/callback',
      'http://127.0.0.1.evil.example:4321/callback',
      'http://2130706433:4321/callback',
      'http://127.1:4321/callback',
      'http://[::ffff:127.0.0.1]:4321/callback',
      'https://evil.example/callback',
      'javascript:alert(1)',
      '',
    ])
      for (const path of ['/identity/authorize', '/console/authorize']) {
        const query = new URLSearchParams(asked({ redirect_uri: redirect }));
        const page = await person.open(`${registry.url}${path}?${query}`);
        assert.equal(page.status, 400, `${path} ${redirect}`);
        const form = { 'Sec-Fetch-Site': 'same-origin' };
        query.set('answer', 'allow');
        const posted = await person.post(`${registry.url}/console/authorize`, query, form);
        assert.equal(posted.status, 400, redirect);
      }
    const other = await person.open(
      `${registry.url}/identity/authorize?${new URLSearchParams(asked({ client_id: 'another' }))}`,
    );
    assert.equal(other.status, 400);
  });

  test('without PKCE by S256, or for another answer than a code, the client is told and the person is not asked', async () => {
    const person = await owner();
    for (const [more, error] of [
      [{ code_challenge: '' }, 'invalid_request'],
      [{ code_challenge_method: 'plain' }, 'invalid_request'],
      [{ code_challenge_method: '' }, 'invalid_request'],
      [{ code_challenge: 'short' }, 'invalid_request'],
      [{ response_type: 'token' }, 'unsupported_response_type'],
    ] as const) {
      const query = new URLSearchParams(asked(more));
      await person.open(`${registry.url}/identity/authorize?${query}`).catch(() => undefined);
      const url = new URL(person.visited.at(-1) ?? '');
      assert.equal(url.origin + url.pathname, CALLBACK, JSON.stringify(more));
      assert.equal(url.searchParams.get('error'), error);
      assert.equal(url.searchParams.get('state'), 'its-state');
      const page = await person.open(`${registry.url}/console/authorize?${query}`);
      assert.equal(page.status, 400, 'the page itself');
    }
  });

  test('a code is worth nothing with another verifier, address or client, and is used up by it', async () => {
    const person = await owner();
    for (const wrong of [
      { code_verifier: randomBytes(32).toString('base64url') },
      { redirect_uri: 'http://127.0.0.1:4322/callback' },
      { redirect_uri: 'http://[::1]:4321/callback' },
    ]) {
      const code = (await sentTo(person, 'allow')).searchParams.get('code') ?? '';
      const { status, body } = await exchange(code, wrong);
      assert.deepEqual([status, body.error], [400, 'invalid_grant'], JSON.stringify(wrong));
      assert.equal((await exchange(code)).status, 400, 'with all that is right, too late');
    }
    const code = (await sentTo(person, 'allow')).searchParams.get('code') ?? '';
    assert.equal((await exchange(code, { client_id: 'bx' })).body.errorCode, 'BXNIM0400E');
    assert.equal((await exchange(code, { code_verifier: '' })).status, 400);
    assert.equal((await exchange(`${code}x`)).body.error, 'invalid_grant');
    assert.equal((await exchange(code)).status, 200, 'none of these used it up');
  });

  test('a code works for five minutes', async () => {
    const code = (await sentTo(await owner(), 'allow')).searchParams.get('code') ?? '';
    registry.clock.advance(5 * MINUTE);
    assert.equal((await exchange(code)).body.error, 'invalid_grant');
  });
});
