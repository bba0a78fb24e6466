import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { rulingClaims } from '../../src/identity/federated-identities/ruling-claims.ts';
import { HOUR, MINUTE, MovableClock } from '../support/clock.ts';
import { OpenIdProvider } from '../support/openid-provider.ts';
import { PeopleRooms, type SignedIn } from './people-rooms.ts';

const has = (group: string) => [{ claim: 'groups', operator: 'CONTAINS', value: JSON.stringify(group) }];

suite('rules of access groups decide on what the provider says now', () => {
  const clock = new MovableClock();
  let provider: OpenIdProvider;
  let rooms: PeopleRooms;
  let count = 0;

  before(async () => {
    provider = await OpenIdProvider.start({ clock });
    rooms = await PeopleRooms.open({ provider, clock, people: { recheck_minutes: 20, grace_minutes: 30 } });
  });
  after(async () => {
    await rooms[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
  });

  const unique = (what: string): string => {
    count += 1;
    return `${what}-${count}`;
  };

  const arrive = async (user: object): Promise<SignedIn & { name: string }> => {
    const name = unique('person');
    await provider.setUser(name, user as Record<string, unknown>);
    return { ...(await rooms.signIn(name)), name };
  };

  /** A group whose members may pull from a namespace of its own, with a rule. */
  const ruled = async (
    conditions: readonly object[],
    more: object = {},
  ): Promise<{ id: string; ruleId: string; namespace: string }> => {
    const namespace = unique('space');
    const group = await rooms.newGroup(unique('group'), namespace);
    const { id: ruleId } = await rooms.newRule(group, {
      name: unique('rule'),
      expiration: 24,
      realm_name: provider.issuer,
      conditions,
      ...more,
    });
    return { id: group, ruleId, namespace };
  };

  test('F35: a group of the provider gives what the rule’s group may, and a person without it gets nothing', async () => {
    const { namespace } = await ruled(has('writers'));
    const ann = await arrive({ groups: ['readers', 'writers'] });
    const bob = await arrive({ groups: ['readers', 'typewriters'] });
    assert.equal(await rooms.mayPull(ann, namespace), true);
    assert.equal(await rooms.mayPull(bob, namespace), false);
  });

  test('F35: a rule that is made, changed or deleted counts with the next decision', async () => {
    const ann = await arrive({ groups: ['late'] });
    const namespace = unique('space');
    const group = await rooms.newGroup(unique('group'), namespace);
    assert.equal(await rooms.mayPull(ann, namespace), false);
    const rule = await rooms.newRule(group, {
      expiration: 24,
      realm_name: provider.issuer,
      conditions: has('late'),
    });
    assert.equal(await rooms.mayPull(ann, namespace), true);
    await rooms.deleteRule(group, rule.id);
    assert.equal(await rooms.mayPull(ann, namespace), false);
  });

  test('F35, T18: a group that the provider took away is gone within the bound: claims are replaced, not added to', async () => {
    const { namespace } = await ruled(has('birds'));
    const other = await ruled(has('bees'));
    const ann = await arrive({ groups: ['birds'] });
    await provider.setUser(ann.name, { groups: ['bees'] });
    clock.advance(20 * MINUTE - 1);
    assert.equal(await rooms.mayPull(ann, namespace), true);
    clock.advance(1);
    assert.equal(await rooms.mayPull(ann, namespace), false);
    assert.equal(await rooms.mayPull(ann, other.namespace), true);
  });

  test('F35: a membership by rule ends with the rule’s hours, where the provider says nothing new meanwhile', async () => {
    const { namespace } = await ruled(has('slow'), { expiration: 1 });
    const patient = await ruled(has('slow'), { expiration: 2 });
    const ann = await arrive({ groups: ['slow'] });
    await rooms.keepClaimsOf(ann.iamId);
    clock.advance(HOUR - 1);
    await rooms.keepClaimsOf(ann.iamId);
    assert.equal(await rooms.mayPull(ann, namespace), true);
    clock.advance(1);
    await rooms.keepClaimsOf(ann.iamId);
    assert.equal(await rooms.mayPull(ann, namespace), false);
    assert.equal(await rooms.mayPull(ann, patient.namespace), true);
  });

  test('F38: a person who was removed at the provider is in no group by rules within the bound, whichever key asks', async () => {
    const { namespace } = await ruled(has('leavers'));
    const ann = await arrive({ groups: ['leavers'] });
    assert.equal(await rooms.mayPull(ann, namespace), true);
    await provider.setUser(ann.name, undefined);
    clock.advance(20 * MINUTE);
    assert.equal(await rooms.mayPull(ann, namespace), false);
  });

  test('T19, F36: groups that are too many for a token are reported and give nothing, also where they gave something before', async () => {
    const { namespace } = await ruled(has('many'));
    const ann = await arrive({ groups: ['many'] });
    assert.equal(await rooms.mayPull(ann, namespace), true);
    await provider.setUser(ann.name, {
      _claim_names: { groups: 'src1' },
      _claim_sources: { src1: { endpoint: 'https://graph.example.com/getMemberObjects' } },
    });
    clock.advance(20 * MINUTE);
    assert.equal(await rooms.mayPull(ann, namespace), false);
    const { providers } = await rooms.explain(ann, namespace);
    assert.match(providers[0]?.claimsFault ?? '', /too many groups/);
    assert.equal(await rooms.fault(ann), undefined, 'the sign-in itself goes on');
  });

  test('claims that are larger than what is kept give nothing, and are reported', async () => {
    const { namespace } = await ruled(has('g1'));
    const groups = Array.from({ length: 900 }, (_, index) => `g${index}-${'x'.repeat(40)}`);
    const ann = await arrive({ groups: ['g1', ...groups] });
    assert.equal(await rooms.mayPull(ann, namespace), false);
    const { providers } = await rooms.explain(ann, namespace);
    assert.match(providers[0]?.claimsFault ?? '', /larger than what is kept/);
  });

  test('T20, F37: a rule of another realm does not match, nor does a group of the same name here', async () => {
    const elsewhere = await ruled(has('ops'), { realm_name: `${provider.issuer}/` });
    const local = await rooms.newGroup('ops', 'opsspace');
    const ann = await arrive({ groups: ['ops', local, elsewhere.id] });
    assert.equal(await rooms.mayPull(ann, elsewhere.namespace), false);
    assert.equal(await rooms.mayPull(ann, 'opsspace'), false);
  });

  test('conditions all have to hold; types and capitals count; a text is one group and no part of one', async () => {
    const both = await ruled([...has('a'), { claim: 'name', operator: 'EQUALS', value: '3' }]);
    const negative = await ruled([
      ...has('a'),
      { claim: 'given_name', operator: 'NOT_EQUALS', value: '"guest"' },
    ]);
    const color = { claim: 'family_name', operator: 'IN', value: '["red","blue"]' };
    const nested = await ruled([...has('a'), color]);
    const ann = await arrive({ groups: ['a'], name: 3, given_name: 'staff', family_name: 'red' });
    const bob = await arrive({ groups: 'a', name: '3', given_name: 'guest', family_name: 'Red' });
    const cat = await arrive({ groups: 'abc', name: 3, given_name: 'staff' });
    const may = async (person: SignedIn): Promise<boolean[]> => [
      await rooms.mayPull(person, both.namespace),
      await rooms.mayPull(person, negative.namespace),
      await rooms.mayPull(person, nested.namespace),
    ];
    assert.deepEqual(await may(ann), [true, true, true]);
    assert.deepEqual(await may(bob), [false, false, false]);
    assert.deepEqual(await may(cat), [false, false, false]);
  });

  test('what a person could get by rules counts as what they reach, so that a key of theirs cannot be handed on by less', async () => {
    const { id, namespace } = await ruled(has('strong'));
    const ann = await arrive({ groups: ['strong'] });
    const reach = JSON.stringify(await rooms.access.access.reachOf(rooms.accountId, ann.iamId));
    assert.ok(reach.includes(namespace), id);
  });

  test('explain tells the rule, the claims and until when', async () => {
    const { id, ruleId, namespace } = await ruled(has('why'), { expiration: 5 });
    const ann = await arrive({ groups: ['why'] });
    const { memberships, groups, allowed } = await rooms.explain(ann, namespace);
    assert.equal(allowed, true);
    assert.ok(groups.includes(id));
    const [held] = memberships.filter(({ ruleId: each }) => each === ruleId);
    assert.deepEqual(held?.claims, has('why'));
    assert.equal(held?.realmName, provider.issuer);
    assert.equal(held?.until, clock.now() + 5 * HOUR);
  });

  test('members by rule are listed apart from those who were added', async () => {
    const { id } = await ruled(has('listed'));
    const ann = await arrive({ groups: ['listed'] });
    const group = await rooms.access.accessGroups.find(rooms.accountId, id);
    assert.ok(group);
    const found = await rooms.access.accessGroups.ruledMembers(group);
    assert.deepEqual(
      found.map(({ iamId }) => iamId),
      [ann.iamId],
    );
    const { accessGroups } = rooms.access;
    const ids = async (by: 'static' | 'dynamic' | 'all'): Promise<string[]> =>
      (await accessGroups.list(rooms.accountId, ann.iamId, by)).map((each) => each.id);
    assert.deepEqual(await ids('static'), []);
    assert.deepEqual(await ids('dynamic'), [id]);
    assert.deepEqual(await ids('all'), [id]);
  });

  test('T17: an e-mail address lets in only whom the provider says it verified it for: the boolean true, and nothing like it', async () => {
    const boss = { claim: 'email', operator: 'EQUALS', value: '"boss@example.com"' };
    const { namespace } = await ruled([boss]);
    const byPath = await ruled([{ ...boss, claim: '/email' }]);
    const email = 'boss@example.com';
    for (const email_verified of [false, undefined, 'true', 1]) {
      const mallory = await arrive({ email, email_verified });
      for (const place of [namespace, byPath.namespace])
        assert.equal(await rooms.mayPull(mallory, place), false, String(email_verified));
    }
    const real = await arrive({ email, email_verified: true });
    assert.equal(await rooms.mayPull(real, namespace), true);
    await provider.setUser(real.name, { email, email_verified: false });
    clock.advance(20 * MINUTE);
    assert.equal(await rooms.mayPull(real, namespace), false, 'the provider takes it back');
  });

  test('at Microsoft no address and no name is looked at by rules: an administrator of any tenant writes them', () => {
    const claims = {
      email: 'a@b.c',
      email_verified: true,
      upn: 'a@b.c',
      preferred_username: 'a',
      groups: ['x'],
    };
    assert.deepEqual(rulingClaims(claims, 'azure'), { email_verified: true, groups: ['x'] });
    assert.deepEqual(rulingClaims(claims, undefined), claims);
    const unproven = { email: 'ann@example.com', groups: ['x'] };
    const ruling = rulingClaims(unproven, undefined);
    assert.deepEqual(ruling, { groups: ['x'] });
    assert.equal(rulingClaims(unproven, undefined), ruling, 'the same object, with which its rules are kept');
  });

  test('a name narrows a rule, and makes none', async () => {
    const { namespace } = await ruled([
      ...has('named'),
      { claim: 'name', operator: 'EQUALS', value: '"Ann"' },
    ]);
    assert.equal(await rooms.mayPull(await arrive({ groups: ['named'], name: 'Ann' }), namespace), true);
    assert.equal(await rooms.mayPull(await arrive({ groups: ['named'], name: 'Bob' }), namespace), false);
  });

  test('a rule without a positive condition would let in everyone whom the provider knows, and is refused', async () => {
    const group = await rooms.newGroup(unique('group'), unique('space'));
    const rule = { expiration: 24, realm_name: provider.issuer };
    const refused = [
      [],
      [{ claim: 'groups', operator: 'NOT_EQUALS', value: '"x"' }],
      [{ claim: 'iss', operator: 'EQUALS', value: JSON.stringify(provider.issuer) }],
      [{ claim: 'groups', operator: 'MATCHES', value: '.*' }],
      [{ claim: '/iss', operator: 'EQUALS', value: JSON.stringify(provider.issuer) }],
      [{ claim: 'email_verified', operator: 'EQUALS', value: 'true' }],
      ...[
        ...['name', 'preferred_username', 'upn', 'unique_name', 'nickname', 'picture'],
        ...['/name', '/address/country'],
      ].map((claim) => [{ claim, operator: 'EQUALS', value: '"The Boss"' }]),
    ];
    for (const conditions of refused)
      await assert.rejects(rooms.newRule(group, { ...rule, conditions }), { code: 'BAD_REQUEST' });
  });

  test('a person whom no provider knows costs a decision no more queries than before there were providers', async () => {
    const stranger = await rooms.newUser();
    const principal = { kind: 'user', iamId: stranger, accountId: rooms.accountId } as const;
    await rooms.mayPull({ principal });
    const another = { ...principal, iamId: await rooms.newUser() };
    const statements = await rooms.statementsOf(() => rooms.mayPull({ principal: another }));
    // its groups together with whether a provider knows it, and the policies
    assert.equal(statements.length, 2, statements.join('\n'));
    assert.equal((await rooms.statementsOf(() => rooms.mayPull({ principal: another }))).length, 0);
  });

  test('a person whom a provider knows costs a second decision no query either', async () => {
    const { namespace } = await ruled(has('fast'));
    const ann = await arrive({ groups: ['fast'] });
    await rooms.mayPull(ann, namespace);
    assert.equal((await rooms.statementsOf(() => rooms.mayPull(ann, namespace))).length, 0);
  });

  test('a user gets by a first sign-in what rules give, though decisions about them were made before', async () => {
    const { namespace } = await ruled(has('first'));
    const iamId = await rooms.newUser();
    const principal = { kind: 'user', iamId, accountId: rooms.accountId } as const;
    assert.equal(await rooms.mayPull({ principal }, namespace), false);
    const name = unique('person');
    await provider.setUser(name, { groups: ['first'] });
    await rooms.signIn(name, iamId);
    assert.equal(await rooms.mayPull({ principal }, namespace), true);
  });
});
