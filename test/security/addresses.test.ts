import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IamLab } from '../identity/iam-lab.ts';
import { APIKEY, ASSUME, newProfile } from '../identity/people.ts';
import { basic, TestRegistry } from '../support/registry.ts';

const [HOME, ELSEWHERE] = ['203.0.113.5', '198.51.100.1'];

test('what an account’s credential is traded for elsewhere is traded from the account’s addresses only', async () => {
  await using registry = await TestRegistry.start({ env: { TIDEGATE_TRUSTED_PROXIES: '127.0.0.0/8' } });
  const lab = new IamLab(registry);
  const stranger = await lab.stranger();
  const made = await lab.as(stranger, 'POST', '/v1/serviceids', {
    account_id: stranger.accountId,
    name: 'theirs',
    apikey: { name: 'k' },
  });
  const theirs = (await made.json()) as { id: string; apikey: { apikey: string } };
  const profile = await newProfile(registry, 'ours', { type: 'serviceid', identifier: theirs.id });
  const trade = async (from: string, fields: Record<string, string>) => {
    const init = { method: 'POST', headers: { 'X-Forwarded-For': from }, body: new URLSearchParams(fields) };
    const response = await registry.fetch('/identity/token', init);
    const { access_token: token = '' } = (await response.json()) as { access_token?: string };
    return { status: response.status, token };
  };
  const docker = async (from: string): Promise<number> => {
    const headers = {
      Authorization: basic(profile.id, theirs.apikey.apikey),
      'X-Forwarded-For': from,
    };
    return (await registry.fetch('/oauth/token', { headers })).status;
  };
  assert.equal(await docker(ELSEWHERE), 200);
  const settings = `/v1/accounts/${stranger.accountId}/settings/identity`;
  const limits = { allowed_ip_addresses: HOME };
  const set = await lab.as(stranger, 'PUT', settings, limits, { 'If-Match': '*', 'X-Forwarded-For': HOME });
  assert.equal(set.status, 200, await set.text());
  const { token } = await trade(HOME, { grant_type: APIKEY, apikey: theirs.apikey.apikey });
  const assume = { grant_type: ASSUME, access_token: token, profile_id: profile.id };
  assert.deepEqual([(await trade(HOME, assume)).status, (await trade(ELSEWHERE, assume)).status], [200, 401]);
  assert.deepEqual([await docker(HOME), await docker(ELSEWHERE)], [200, 401]);
});

test('a login from where none is allowed opens no session, and so ends none', async () => {
  await using registry = await TestRegistry.start({ env: { TIDEGATE_TRUSTED_PROXIES: '127.0.0.0/8' } });
  const lab = new IamLab(registry);
  const settings = `/v1/accounts/${registry.accountId}/settings/identity`;
  const limits = { allowed_ip_addresses: HOME, max_sessions_per_identity: '1' };
  const at = { 'If-Match': '*', 'X-Forwarded-For': HOME };
  assert.equal((await lab.as(lab.owner, 'PUT', settings, limits, at)).status, 200);
  const ask = async (from: string, fields: Record<string, string>) => {
    const headers = { Authorization: basic('bx', 'bx'), 'X-Forwarded-For': from };
    const init = { method: 'POST', headers, body: new URLSearchParams(fields) };
    const response = await registry.fetch('/identity/token', init);
    return { status: response.status, body: (await response.json()) as { refresh_token: string } };
  };
  const login = { grant_type: APIKEY, apikey: registry.apikey };
  const mine = await ask(HOME, login);
  assert.equal(mine.status, 200);
  assert.equal((await ask(ELSEWHERE, login)).status, 401);
  const refresh = { grant_type: 'refresh_token', refresh_token: mine.body.refresh_token };
  assert.equal((await ask(HOME, refresh)).status, 200);
});
