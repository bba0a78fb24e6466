import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { MINUTE, MovableClock } from '../support/clock.ts';
import { OpenIdProvider } from '../support/openid-provider.ts';
import { PeopleRooms, type SignedIn } from './people-rooms.ts';

const PEOPLE = { recheck_minutes: 20, grace_minutes: 30 };

/** Moves time on, until what was said so many minutes ago is no older than that. */
const pass = (rooms: PeopleRooms, minutes: number): void => rooms.clock.advance(minutes * MINUTE);

suite('what a provider says of a person counts as long as it says so', () => {
  const clock = new MovableClock();
  let provider: OpenIdProvider;
  let rooms: PeopleRooms;
  let count = 0;

  before(async () => {
    provider = await OpenIdProvider.start({ clock });
    rooms = await PeopleRooms.open({ provider, clock, people: PEOPLE });
  });
  after(async () => {
    await rooms[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
  });

  /** A person whom the provider knows under a new name, signed in. */
  const arrive = async (more: object = {}): Promise<SignedIn & { name: string }> => {
    count += 1;
    const name = `person-${count}`;
    await provider.setUser(name, { email: `${name}@example.com`, email_verified: true, ...more });
    return { ...(await rooms.signIn(name)), name };
  };

  test('F38: a person who was removed at the provider has nothing left within the bound, and signs in no more', async () => {
    const ann = await arrive();
    const bob = await arrive();
    await provider.setUser(ann.name, undefined);
    pass(rooms, 19);
    assert.equal(await rooms.fault(ann), undefined, 'within the bound nothing is asked yet');
    pass(rooms, 1);
    assert.match((await rooms.fault(ann)) ?? '', /does not vouch/);
    assert.equal(await rooms.fault(bob), undefined);
    const [identity] = await rooms.identity.federatedIdentities.ofUser(ann.iamId);
    assert.equal(identity?.endedAt, clock.now());
    assert.equal(identity?.isCheckable, false);
  });

  test('F38: the background job asks before what the provider said is too old, so that requests do not wait', async () => {
    const ann = await arrive();
    pass(rooms, 15);
    const asked = await provider.requests('/token');
    await rooms.runJob('check-federated-identities');
    assert.ok((await provider.requests('/token')) > asked);
    const before = await provider.requests('/token');
    pass(rooms, 19);
    assert.equal(await rooms.fault(ann), undefined);
    assert.equal(await provider.requests('/token'), before, 'nothing more was asked');
  });

  test('F38: while the provider cannot be asked a person works on for the grace, and no longer; then they sign in again', async () => {
    const ann = await arrive();
    await provider.stop();
    pass(rooms, 49);
    assert.equal(await rooms.fault(ann), undefined, 'bound and grace are not over');
    pass(rooms, 1);
    assert.match((await rooms.fault(ann)) ?? '', /does not vouch|could not be asked/);
    await rooms.runJob('check-federated-identities');
    await provider.resume();
    pass(rooms, 1);
    assert.match((await rooms.fault(ann)) ?? '', /ended|does not vouch/, 'what ended stays ended');
    const again = await rooms.signIn(ann.name, ann.iamId);
    assert.equal(await rooms.fault(again), undefined);
  });

  test('F38: a provider that answers again within the grace lets a person go on, with the same sign-in', async () => {
    const ann = await arrive();
    await provider.tamper({ failing: { path: '/token', status: 503 } });
    pass(rooms, 30);
    assert.equal(await rooms.fault(ann), undefined);
    const [failing] = await rooms.identity.federatedIdentities.ofUser(ann.iamId);
    assert.notEqual(failing?.failingSince, undefined);
    await provider.tamper({});
    pass(rooms, 5);
    assert.equal(await rooms.fault(ann), undefined);
    const [back] = await rooms.identity.federatedIdentities.ofUser(ann.iamId);
    assert.equal(back?.failingSince, undefined);
    assert.equal(back?.checkedAt, clock.now());
  });

  test('the refresh token is kept sealed, and is another one after each check', async () => {
    const ann = await arrive();
    const sealed = async (): Promise<string> => {
      const row = await rooms.database.db
        .selectFrom('federated_identities')
        .select('refresh_token')
        .where('iam_id', '=', ann.iamId)
        .executeTakeFirstOrThrow();
      return row.refresh_token ?? '';
    };
    const first = await sealed();
    assert.ok(first.length > 40);
    for (let round = 0; round < 3; round++) {
      pass(rooms, 20);
      assert.equal(await rooms.fault(ann), undefined);
    }
    assert.notEqual(await sealed(), first);
  });

  test('F40: twenty requests that find the provider’s word too old at once ask it once', async () => {
    const ann = await arrive();
    pass(rooms, 20);
    const before = await provider.requests('/token');
    const faults = await Promise.all(Array.from({ length: 20 }, () => rooms.fault(ann)));
    assert.deepEqual(new Set(faults), new Set([undefined]));
    assert.equal((await provider.requests('/token')) - before, 1);
  });

  test('a sign-in that was ended by hand ends what came from it, and another one of the same person stays', async () => {
    const ann = await arrive();
    const other = await rooms.signIn(ann.name, ann.iamId);
    const id = ann.chain[0]?.id ?? '';
    assert.equal(await rooms.identity.signIns.end(id, rooms.accountId, actor), true);
    assert.match((await rooms.fault(ann)) ?? '', /ended/);
    assert.equal(await rooms.fault(other), undefined);
  });

  test('an account that wants it sooner is asked sooner, and none gets more time than the operator gives', async () => {
    const ann = await arrive();
    await settle({ signInRecheck: 300 });
    await provider.setUser(ann.name, undefined);
    pass(rooms, 5);
    assert.match((await rooms.fault(ann)) ?? '', /does not vouch/);
    const bob = await arrive();
    await settle({ signInRecheck: 86_400 });
    await provider.setUser(bob.name, undefined);
    pass(rooms, 20);
    assert.match((await rooms.fault(bob)) ?? '', /does not vouch/);
    await settle({ signInRecheck: 'default' });
  });

  test('T23: API keys of people work while their provider knows them where the account wants that; the owner’s and those of service IDs always', async () => {
    const ann = await arrive();
    const local = await rooms.newUser();
    const keyOf = async (iamId: string): Promise<() => Promise<string>> => {
      const { secret } = await rooms.newKey(iamId);
      return () =>
        rooms.identity.credentials.apiKey(secret).then(
          () => 'works',
          (error) => String(error.reason),
        );
    };
    const [anns, locals, owners] = await Promise.all(
      [ann.iamId, local, rooms.identity.first.account.ownerIamId].map(keyOf),
    );
    assert.equal(await locals?.(), 'works');
    await settle({ keysBoundToSignIn: true });
    assert.equal(await anns?.(), 'works');
    assert.match((await locals?.()) ?? '', /none knows this one/);
    assert.equal(await owners?.(), 'works');
    await provider.setUser(ann.name, undefined);
    pass(rooms, 20);
    assert.match((await anns?.()) ?? '', /does not vouch/);
    await provider.setUser(ann.name, {});
    await rooms.signIn(ann.name, ann.iamId);
    assert.equal(await anns?.(), 'works', 'it works again after the next sign-in');
    await settle({ keysBoundToSignIn: false });
    assert.equal(await locals?.(), 'works');
  });

  test('a provider that gives no refresh token vouches for a person no longer than the bound', async () => {
    const ann = await arrive();
    await rooms.forgetRefreshToken(ann.iamId);
    pass(rooms, 19);
    assert.equal(await rooms.fault(ann), undefined);
    pass(rooms, 1);
    assert.match((await rooms.fault(ann)) ?? '', /sign in again/);
  });

  test('what came from a sign-in ends with the issuer it came by, and a sign-in after it begins anew', async () => {
    const ann = await arrive();
    await rooms.identity.issuers.switch('company', true, 'test', actor);
    assert.match((await rooms.fault(ann)) ?? '', /disabled/);
    await rooms.identity.issuers.switch('company', false, 'test', actor);
    assert.match((await rooms.fault(ann)) ?? '', /ended meanwhile/);
    assert.equal(await rooms.fault(await rooms.signIn(ann.name, ann.iamId)), undefined);
  });

  test('a subject of a provider is one user’s: another user cannot have it too', async () => {
    const ann = await arrive();
    await assert.rejects(rooms.signIn(ann.name, await rooms.newUser()), { code: 'CONFLICT' });
  });

  const settle = async (changes: object): Promise<void> => {
    const { entityTag } = await rooms.identity.settings.read(rooms.accountId);
    await rooms.identity.settings.update({
      accountId: rooms.accountId,
      changes,
      ifMatch: entityTag,
      by: 'IBMid-owner',
      actor,
    });
  };
  const actor = { principal: 'test', credentialId: undefined, address: undefined, requestId: undefined };
});
