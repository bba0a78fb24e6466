import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { CR_TOKEN, grant } from '../identity/people.ts';
import { MINUTE } from '../support/clock.ts';
import { openRows } from '../support/rows.ts';
import { type Answer, PeopleLab } from './people-lab.ts';

const SIGN_UP = { people: { sign_up: { account: '{account}', email_domains: ['example.com'] } } };
const SECOND = 1000;

describe('attacks on a sign-in', () => {
  let lab: PeopleLab;

  before(async () => {
    lab = await PeopleLab.start({ company: SIGN_UP, partner: SIGN_UP });
  });
  after(() => lab[Symbol.asyncDispose]());
  afterEach(() => lab.provider.tamper({}));

  const refused = (answer: Answer, status: number, words: RegExp, why: string): void => {
    assert.equal(answer.status, status, `${why}: ${answer.text}`);
    assert.match(answer.text, words, why);
    const set = answer.headers.getSetCookie();
    assert.ok(!set.some((line) => /^tidegate=[^;]/.test(line)), `${why}: no session`);
  };
  const UNKNOWN = /finished before, was begun in another browser/;
  const INVALID = /answer of the identity provider is not valid/;
  const now = (): number => Math.floor(lab.registry.clock.now() / SECOND);

  test('an answer is taken once: neither the same one again nor another one with its state', async () => {
    const browser = lab.browser();
    const callback = await browser.toCallback('ann');
    const replay = new Map(browser.cookies);
    assert.equal((await browser.get(callback)).status, 200);
    const cookie = [...replay].map(([name, value]) => `${name}=${value}`).join('; ');
    refused(await lab.browser().get(callback, { Cookie: cookie }), 400, UNKNOWN, 'replayed');
  });

  test('a wrong state, none, or one of another browser is refused, and what another browser began is used up', async () => {
    const browser = lab.browser();
    const callback = new URL(await browser.toCallback('ann'));
    const wrong = new URL(callback);
    wrong.searchParams.set('state', 'x'.repeat(43));
    refused(await browser.get(wrong.href), 400, UNKNOWN, 'wrong state');
    wrong.searchParams.delete('state');
    refused(await browser.get(wrong.href), 400, UNKNOWN, 'no state');
    refused(await lab.browser().get(callback.href), 400, UNKNOWN, 'login CSRF: no cookie');
    refused(await browser.get(callback.href), 400, UNKNOWN, 'used up by the first callback');
  });

  test('the answer of one provider is none of another one, nor with the name of another issuer', async () => {
    const browser = lab.browser();
    const callback = await browser.toCallback('ann');
    refused(
      await browser.get(callback.replace('/callback/company', '/callback/partner')),
      400,
      INVALID,
      'mix-up',
    );
    const [, partner] = lab.providers;
    const asked = await partner?.requests('/token');
    const mixed = new URL(
      (await browser.toCallback('ann')).replace('/callback/company', '/callback/partner'),
    );
    mixed.searchParams.set('iss', partner?.issuer ?? '');
    refused(await browser.get(mixed.href), 400, INVALID, 'mix-up with the right name');
    assert.equal(await partner?.requests('/token'), asked, 'the code is not shown to another provider');
    const named = new URL(await browser.toCallback('ann'));
    named.searchParams.set('iss', lab.providers[1]?.issuer ?? '');
    refused(await browser.get(named.href), 400, INVALID, 'iss of another issuer');
    const silent = new URL(await browser.toCallback('ann'));
    silent.searchParams.delete('iss');
    refused(await browser.get(silent.href), 400, INVALID, 'the provider says that it names itself');
  });

  test('a code that another browser got is refused: it was asked for with another challenge', async () => {
    const thief = lab.browser();
    const victim = lab.browser();
    const stolen = new URL(await victim.toCallback('bob')).searchParams.get('code') ?? '';
    const own = new URL(await thief.toCallback('ann'));
    own.searchParams.set('code', stolen);
    refused(await thief.get(own.href), 400, INVALID, 'code injection');
  });

  test('an ID token with a wrong nonce, issuer, audience or time, a foreign signature, or none at all is refused', async () => {
    const wrong: [string, object][] = [
      ['nonce', { idToken: { nonce: 'other' } }],
      ['no nonce', { idToken: { nonce: null } }],
      ['issuer', { idToken: { iss: 'https://other.example.com' } }],
      ['audience', { idToken: { aud: 'other' } }],
      ['more audiences', { idToken: { aud: ['tidegate', 'other'] } }],
      ['expired', { idToken: { exp: now() - 61 } }],
      ['not valid yet', { idToken: { nbf: now() + 61 } }],
      ['no subject', { idToken: { sub: null } }],
      ['a subject that is no text', { idToken: { sub: 7 } }],
      ['foreign signature', { foreignKey: true }],
      ['no ID token', { noIdToken: true }],
    ];
    for (const [why, tampering] of wrong) {
      await lab.provider.tamper(tampering);
      refused(await lab.browser().signIn('ann'), 400, INVALID, why);
    }
  });

  test('the clock of the provider may be off by half a minute', async () => {
    for (const idToken of [{ exp: now() - 25 }, { nbf: now() + 25 }]) {
      await lab.provider.tamper({ idToken });
      assert.equal((await lab.browser().signIn('ann')).status, 200, JSON.stringify(idToken));
    }
  });

  test('an answer after ten minutes is refused', async () => {
    const browser = lab.browser();
    const callback = await browser.toCallback('ann');
    lab.registry.clock.advance(10 * MINUTE);
    refused(await browser.get(callback), 400, UNKNOWN, 'late');
  });

  test('a provider that says no uses the attempt up; its words are not put into the page', async () => {
    const browser = lab.browser();
    const callback = new URL(await browser.toCallback('ann'));
    const no = new URL(callback);
    no.searchParams.delete('code');
    no.searchParams.set('error', 'access_denied');
    no.searchParams.set('error_description', '<script>alert(1)</script>');
    const answer = await browser.get(no.href);
    refused(answer, 403, /did not sign you in/, 'denied');
    assert.doesNotMatch(answer.text, /alert/);
    refused(await browser.get(callback.href), 400, UNKNOWN, 'used up');
  });

  test('the same subject at two providers is two people, and the same e-mail address makes no one another user', async () => {
    const first = await (await lab.signedIn('ann', 0)).session();
    const answer = await lab.browser().signIn('ann', 1);
    refused(answer, 409, /e-mail address/, 'the address is taken in the account');
    const { provider } = lab;
    await provider.setUser('mallory', { email: 'ann@example.com', email_verified: true });
    refused(await lab.browser().signIn('mallory'), 409, /e-mail address/, 'takeover by e-mail');
    await lab.providers[1]?.setUser('ann', { email: 'ann2@example.com', email_verified: true });
    const second = await (await lab.signedIn('ann', 1)).session();
    assert.notEqual(second.user.iam_id, first.user.iam_id);
    // the address at the provider changes: the user does not
    await provider.setUser('ann', { email: 'other@example.com', email_verified: true });
    assert.equal((await (await lab.signedIn('ann', 0)).session()).user.iam_id, first.user.iam_id);
    await provider.setUser('ann', { email: 'ann@example.com', email_verified: true });
  });

  test('new signing keys of the provider count at once', async () => {
    await lab.signedIn('ann');
    await lab.provider.rotateKeys();
    await lab.signedIn('ann');
  });

  test('while the provider is down no one signs in through it, who is signed in goes on, and API keys still sign in', async () => {
    const browser = await lab.signedIn('ann');
    const late = lab.browser();
    const callback = await late.toCallback('bob');
    await lab.provider.stop();
    try {
      refused(await late.get(callback), 503, /does not answer now/, 'the callback');
      lab.registry.clock.advance(11 * MINUTE);
      assert.equal((await browser.session()).signed_in, true);
      await browser.token();
      assert.equal((await (await lab.ownersBrowser()).session()).signed_in, true, 'the owner gets in');
    } finally {
      await lab.provider.resume();
    }
    assert.equal((await late.get(callback)).status, 400, 'the attempt was used up');
    await lab.signedIn('ann');
  });

  test('a provider that answers with a redirect, an error, a page or a flood is refused in bounds', async () => {
    const wrong = [
      { status: 302, headers: { location: `${lab.registry.url}/identity/keys` } },
      { status: 500 },
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>' },
      {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: `{"a":"${'x'.repeat(2 << 20)}"}`,
      },
      { status: 200, headers: { 'content-type': 'application/json' }, body: '[]' },
    ];
    for (const path of ['/token', '/jwks'])
      for (const failing of wrong) {
        const browser = lab.browser();
        const callback = await browser.toCallback('ann');
        await lab.provider.tamper({ failing: { path, ...failing } });
        const answer = await browser.get(callback);
        await lab.provider.tamper({});
        assert.ok([400, 503].includes(answer.status), `${path} ${failing.status}: ${answer.status}`);
      }
  });

  test('a token of a person is none of a workload', async () => {
    const idToken = await lab.provider.sign({
      iss: lab.provider.issuer,
      sub: 'ann',
      aud: lab.provider.client.id,
      iat: now(),
      exp: now() + 300,
    });
    const { status } = await grant(lab.registry, {
      grant_type: CR_TOKEN,
      cr_token: idToken,
      profile_id: 'Profile-00000000-0000-0000-0000-000000000000',
    });
    assert.equal(status, 401);
  });

  test('no secret of a sign-in stands in the log', async () => {
    const browser = lab.browser();
    const callback = await browser.toCallback('ann');
    await browser.get(callback);
    const { searchParams } = new URL(callback);
    const log = lab.registry.logged.join('\n');
    const secrets = [searchParams.get('code'), searchParams.get('state'), lab.provider.client.secret];
    for (const secret of [...secrets, ...browser.cookies.values()]) {
      assert.ok(secret && secret.length > 20);
      assert.ok(!log.includes(secret));
    }
  });
});

describe('bounds on attempts', () => {
  test('one address cannot begin more than some hundred sign-ins, and those of ten minutes ago do not count', async () => {
    await using lab = await PeopleLab.start();
    const begin = async (): Promise<number> => {
      const answer = await lab.registry.fetch('/console/session/sign-in/company');
      await answer.text();
      return answer.status;
    };
    for (let begun = 0; begun < 200; begun += 1) assert.equal(await begin(), 302);
    assert.equal(await begin(), 429);
    lab.registry.clock.advance(10 * MINUTE);
    await lab.registry.runJob('expire-sign-in-attempts');
    assert.equal(await begin(), 302);
  });

  test('who fills all places from many networks keeps no one else out: the busiest network loses its newest', async () => {
    await using lab = await PeopleLab.start();
    await using rows = openRows(lab.registry.database);
    const expires_at = lab.registry.clock.now() + 5 * MINUTE;
    const others = { cookie_hash: 'c', sealed: 's', expires_at };
    const networks = Array.from({ length: 100 }, (_, number) => `10.0.0.${number}`);
    for (const network of networks) {
      const many = network === '10.0.0.7' ? 101 : network === '10.0.0.8' ? 99 : 100;
      const values = Array.from({ length: many }, (_, at) => ({
        state_hash: `${network} ${at}`,
        network,
        ...others,
      }));
      await rows.insertInto('sign_in_attempts').values(values).execute();
    }
    const begun = await lab.registry.fetch('/console/session/sign-in/company');
    assert.equal(begun.status, 302, await begun.text());
    const left = await rows
      .selectFrom('sign_in_attempts')
      .select('state_hash')
      .where('network', '=', '10.0.0.7')
      .execute();
    assert.equal(left.length, 100, 'the busiest one made room');
  });
});
