import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Caller } from '../access/caller.ts';
import { Identities } from '../access/identities.ts';
import { grant, PASSCODE, PASSWORD } from '../identity/people.ts';
import { TestRegistry } from '../support/registry.ts';
import { Headless, type Shown } from './headless.ts';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const VERIFIER = 'v'.repeat(43);
const CALLBACK = 'http://127.0.0.1:4321/callback';

describe('a login page acts in the account that it shows', () => {
  let registry: TestRegistry;
  let person: Headless;
  let iamId: string;
  let others: { accountId: string; owner: Caller };
  before(async () => {
    registry = await TestRegistry.start();
    const identities = new Identities(registry);
    const member = await identities.member();
    iamId = member.iamId;
    const { accountId, apikey } = await identities.stranger();
    const owner = await Caller.login(registry, apikey);
    others = { accountId, owner };
    const users = [{ email: member.email, account_role: 'Member' }];
    const { body } = await owner.post(`/v2/accounts/${accountId}/users`, { users });
    const code = body.resources[0].invitation_code;
    await Caller.bearing(registry).post('/v1/invitations/accept', { code, password: PASSWORD });
    person = new Headless();
    await person.signIn(registry.url, { user_name: member.email, password: PASSWORD });
  });
  after(() => registry[Symbol.asyncDispose]());

  const at = (path: string): string => new URL(path, registry.url).href;

  /** The page shows the first account; another tab chooses the other one before its form is sent. */
  const shownAndTurned = async (path: string, look?: (page: Shown) => Promise<Shown>): Promise<Shown> => {
    await person.chooseAccount(registry.url, registry.accountId);
    const opened = await person.open(at(path));
    const page = look ? await look(opened) : opened;
    assert.match(page.text, /<bdi>default<\/bdi>/, page.text);
    await person.chooseAccount(registry.url, others.accountId);
    return page;
  };

  const accountOf = async (fields: Record<string, string>, client?: 'bx'): Promise<string> => {
    const { status, body } = await grant(registry, fields, client);
    assert.equal(status, 200, JSON.stringify(body));
    const [, claims = ''] = body.access_token.split('.');
    return JSON.parse(Buffer.from(claims, 'base64url').toString()).account.bss;
  };

  const begin = async (): Promise<{ device_code: string; user_code: string }> => {
    const body = new URLSearchParams({ client_id: 'tidegate-cli' });
    const begun = await registry.fetch('/identity/device_authorization', { method: 'POST', body });
    return (await begun.json()) as { device_code: string; user_code: string };
  };

  test('a one-time code', async () => {
    const { text } = await person.submit(await shownAndTurned('/console/passcode'));
    const [passcode = ''] = /tdc_[\w-]+/.exec(text) ?? [];
    assert.equal(await accountOf({ grant_type: PASSCODE, passcode }, 'bx'), registry.accountId);
  });

  test('a login on another machine', async () => {
    const { device_code: code, user_code: userCode } = await begin();
    const asks = await shownAndTurned('/console/device', (page) =>
      person.submit(page, { user_code: userCode }),
    );
    assert.equal((await person.submit(asks, { answer: 'allow' })).status, 200);
    const fields = { grant_type: DEVICE, device_code: code, client_id: 'tidegate-cli' };
    assert.equal(await accountOf(fields), registry.accountId);
  });

  test('a login on the same machine', async () => {
    const challenge = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(VERIFIER));
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: 'tidegate-cli',
      redirect_uri: CALLBACK,
      state: 'its-state',
      code_challenge: Buffer.from(challenge).toString('base64url'),
      code_challenge_method: 'S256',
    });
    const asks = await shownAndTurned(`/console/authorize?${query}`);
    await assert.rejects(person.submit(asks, { answer: 'allow' }));
    const code = new URL(person.visited.at(-1) ?? '').searchParams.get('code') ?? '';
    const fields = { grant_type: 'authorization_code', client_id: 'tidegate-cli', code };
    const sent = { ...fields, redirect_uri: CALLBACK, code_verifier: VERIFIER };
    assert.equal(await accountOf(sent), registry.accountId);
  });

  test('an account that one is no member of gives nothing: neither shown before, nor written into the form', async () => {
    await person.chooseAccount(registry.url, others.accountId);
    const page = await person.open(at('/console/passcode'));
    await person.chooseAccount(registry.url, registry.accountId);
    const made = await person.submit(page, { account: 'f'.repeat(32) });
    assert.equal(made.status, 403, made.text);
    await others.owner.send('DELETE', `/v2/accounts/${others.accountId}/users/${iamId}`);
    const removed = await person.submit(page);
    assert.ok(removed.status >= 400, removed.text);
    for (const { text } of [made, removed]) assert.doesNotMatch(text, /tdc_/);
  });
});
