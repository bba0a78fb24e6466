import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { MINUTE } from '../support/clock.ts';
import { type Answer, answerOf, type Browser, PeopleLab } from './people-lab.ts';

const SIGN_UP = { people: { sign_up: { account: '{account}', email_domains: ['example.com'] } } };
const EVENT = { 'http://schemas.openid.net/event/backchannel-logout': {} };

suite('back-channel logout', () => {
  let lab: PeopleLab;
  let count = 0;

  before(async () => {
    lab = await PeopleLab.start({ company: SIGN_UP, partner: SIGN_UP });
  });
  after(() => lab[Symbol.asyncDispose]());

  const seconds = (): number => Math.floor(lab.registry.clock.now() / 1000);

  /** What the provider says in a logout token; null takes a claim out. */
  const claims = (more: object): object => {
    count += 1;
    const all = {
      iss: lab.provider.issuer,
      aud: lab.provider.client.id,
      iat: seconds(),
      exp: seconds() + 120,
      jti: `logout-${count}`,
      events: EVENT,
      ...more,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  };

  const send = async (token: string, issuer = 'company'): Promise<Answer> =>
    answerOf(
      await lab.registry.fetch(`/identity/backchannel-logout/${issuer}`, {
        method: 'POST',
        body: new URLSearchParams({ logout_token: token }),
      }),
    );

  const sign = (more: object, header: object = { typ: 'logout+jwt' }): Promise<string> =>
    lab.provider.sign(claims(more), header);

  const isIn = async (browser: Browser): Promise<boolean> => (await browser.session()).signed_in;

  test('F39: a logout token ends all sign-ins of its subject, with what came from them, and no other person’s', async () => {
    const [ann, again, bob] = [
      await lab.signedIn('ann'),
      await lab.signedIn('ann'),
      await lab.signedIn('bob'),
    ];
    const token = await ann.token();
    const answer = await send(await sign({ sub: 'ann' }));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.deepEqual([await isIn(ann), await isIn(again), await isIn(bob)], [false, false, true]);
    const refused = await lab.registry.fetch('/identity/userinfo', {
      headers: { Authorization: `Bearer ${token}` },
    });
    assert.equal(refused.status, 401);
    assert.equal(await isIn(await lab.signedIn('ann')), true, 'she may sign in again');
  });

  test('F39: a logout token with a session of the provider ends the sign-in of that session alone', async () => {
    await lab.provider.tamper({ idToken: { sid: 'desk' } });
    const desk = await lab.signedIn('ann');
    await lab.provider.tamper({ idToken: { sid: 'phone' } });
    const phone = await lab.signedIn('ann');
    await lab.provider.tamper({});
    assert.equal((await send(await sign({ sub: 'bob', sid: 'desk' }))).status, 200);
    assert.equal(await isIn(desk), true, 'a session is not ended in another person’s name');
    assert.equal((await send(await sign({ sid: 'desk' }))).status, 200);
    assert.deepEqual([await isIn(desk), await isIn(phone)], [false, true]);
  });

  test('F39: a logout token that is replayed, for another client, with a nonce, old, foreign or not a logout is 400 and ends nothing', async () => {
    const ann = await lab.signedIn('ann');
    const used = await sign({ sub: 'nobody-here' });
    assert.equal((await send(used)).status, 200);
    const wrong: Record<string, string | Promise<string>> = {
      'used before': used,
      'no token': 'not-a-token',
      'another client': sign({ sub: 'ann', aud: 'other' }),
      'no client': sign({ sub: 'ann', aud: null }),
      'another issuer': sign({ sub: 'ann', iss: 'https://other.example.com' }),
      'a nonce': sign({ sub: 'ann', nonce: 'n' }),
      'no event': sign({ sub: 'ann', events: null }),
      'another event': sign({ sub: 'ann', events: { 'https://example.com/other': {} } }),
      'an event that is no object': sign({ sub: 'ann', events: { [Object.keys(EVENT)[0] ?? '']: true } }),
      'no jti': sign({ sub: 'ann', jti: null }),
      'neither subject nor session': sign({}),
      'a subject that is no text': sign({ sub: 7 }),
      'issued long ago': sign({ sub: 'ann', iat: seconds() - 151 }),
      'not issued yet': sign({ sub: 'ann', iat: seconds() + 60 }),
      'no time': sign({ sub: 'ann', iat: null }),
      expired: sign({ sub: 'ann', exp: seconds() - 31 }),
      'of another type': sign({ sub: 'ann' }, { typ: 'at+jwt' }),
      'a foreign signature': lab.provider.sign(claims({ sub: 'ann' }), { typ: 'logout+jwt' }, 'foreign'),
    };
    for (const [what, token] of Object.entries(wrong)) {
      const answer = await send(await token);
      assert.equal(answer.status, 400, `${what}: ${answer.text}`);
      assert.equal(answer.headers.get('cache-control'), 'no-store', what);
    }
    assert.equal((await send(await sign({ sub: 'ann' }), 'partner')).status, 400, 'at another issuer’s door');
    assert.equal((await send(await sign({ sub: 'ann' }), 'unknown')).status, 400);
    assert.equal(await isIn(ann), true);
  });

  test('what tells a logout token from every other is forgotten once it would be too old anyway', async () => {
    const token = await sign({ sub: 'ann' });
    assert.equal((await send(token)).status, 200);
    lab.registry.clock.advance(6 * MINUTE);
    await lab.registry.runJob('expire-logout-tokens');
    assert.equal((await send(token)).status, 400);
  });

  test('the audit log of each account that a person is in tells of their sign-in and of its end', async () => {
    const ann = await lab.signedIn('ann');
    const { iam_id: iamId } = (await ann.session()).user;
    await send(await sign({ sub: 'ann' }));
    const owner = await lab.registry.login();
    const { body } = await answerOf(
      await lab.registry.fetch(`/api/v1/audit/events?target=${iamId}`, {
        headers: { Authorization: `Bearer ${owner.access_token}`, Account: lab.registry.accountId },
      }),
    );
    const actions = JSON.stringify(body);
    for (const action of ['link', 'login', 'logout'])
      assert.ok(
        actions.includes(`iam-identity.user-federated.${action}`),
        `${action}: ${actions.slice(0, 500)}`,
      );
  });
});
