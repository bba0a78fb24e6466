import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Caller } from '../access/caller.ts';
import { Identities } from '../access/identities.ts';
import { TestRegistry } from '../support/registry.ts';
import { PASSWORD } from './people.ts';

let registry: TestRegistry;
let identities: Identities;
before(async () => {
  registry = await TestRegistry.start();
  identities = new Identities(registry);
});
after(() => registry[Symbol.asyncDispose]());

const MINE = '/api/v1/accounts/mine';

test('a user sees the accounts it is an active member of, which of them it owns and which one its token is for', async () => {
  const stranger = await identities.stranger();
  const { body } = await (await Caller.login(registry, stranger.apikey)).get(MINE);
  assert.deepEqual(
    body.accounts.map(({ account_id, owner, current, state }: Record<string, unknown>) => [
      account_id,
      owner,
      current,
      state,
    ]),
    [[stranger.accountId, true, true, 'ACTIVE']],
  );
  assert.equal(body.total, 1);
  const { email, iamId } = await identities.member();
  const invite = { users: [{ email, account_role: 'Member' }] };
  const owner = await Caller.login(registry, stranger.apikey);
  const invited = await owner.post(`/v2/accounts/${stranger.accountId}/users`, invite);
  const [{ invitation_code: code }] = invited.body.resources;
  const form = new URLSearchParams({ grant_type: 'password', username: email, password: PASSWORD });
  const login = await registry.fetch('/identity/token', { method: 'POST', body: form });
  const self = Caller.bearing(registry, ((await login.json()) as { access_token: string }).access_token);
  const idsOf = async (): Promise<string[]> =>
    (await self.get(MINE)).body.accounts.map(({ account_id: id }: { account_id: string }) => id);
  assert.deepEqual(await idsOf(), [registry.accountId], 'an invitation is no membership');
  assert.equal(
    (await Caller.bearing(registry).post('/v1/invitations/accept', { code, password: PASSWORD })).status,
    200,
  );
  assert.deepEqual((await idsOf()).sort(), [registry.accountId, stranger.accountId].sort());
  const disabled = await owner.patch(`/v2/accounts/${stranger.accountId}/users/${iamId}`, {
    state: 'DISABLED',
  });
  assert.equal(disabled.status, 204);
  assert.deepEqual(await idsOf(), [registry.accountId]);
});

test('a service ID sees its own account and owns none; an anonymous caller is refused', async () => {
  const { apikey } = await identities.serviceId();
  const { body } = await (await Caller.login(registry, apikey)).get(MINE);
  assert.equal(body.total, 1);
  const [account] = body.accounts;
  assert.deepEqual([account.account_id, account.owner, account.current], [registry.accountId, false, true]);
  assert.equal((await Caller.bearing(registry).get(MINE)).status, 401);
});
