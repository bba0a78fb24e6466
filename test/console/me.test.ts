import { equal, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Identities } from '../access/identities.ts';
import { PASSWORD } from '../identity/people.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { basic } from '../support/registry.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';

describe('what is one’s own in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  let email = '';
  before(async () => {
    lab = await BrowserLab.start();
    const member = await new Identities(lab.registry).member();
    email = member.email;
    const made = await lab.registry.fetch('/v1/apikeys', {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${(await token(PASSWORD)).access_token}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({ name: 'own', iam_id: member.iamId, account_id: lab.registry.accountId }),
    });
    const { apikey } = (await made.json()) as { apikey: string };
    visit = await lab.visit({ apikey });
  });
  after(() => lab[Symbol.asyncDispose]());

  const grant = (fields: Record<string, string>): Promise<Response> =>
    lab.registry.fetch('/identity/token', {
      method: 'POST',
      headers: { Authorization: basic('bx', 'bx') },
      body: new URLSearchParams(fields),
    });
  const token = async (password: string): Promise<{ access_token: string; refresh_token: string }> => {
    const response = await grant({ grant_type: 'password', username: email, password });
    ok(response.ok, String(response.status));
    return (await response.json()) as { access_token: string; refresh_token: string };
  };

  test('own keys are listed and made, without any right', async () => {
    await visit.goTo('/me/keys');
    await visit.link('own').waitFor();
    await visit.refuseBarriers();
    await visit.picture('me-keys');
    await visit.button('Create an API key').click();
    await visit.field('Name').fill('second');
    await visit.inDialog('Create').click();
    const secret = await visit.field('API key').inputValue();
    await visit.field('I have stored it').check();
    await visit.inDialog('Close').click();
    await visit.link('second').waitFor();
    await lab.registry.login(secret);
  });

  test('own sessions are listed and ended', async () => {
    const { refresh_token: refresh } = await token(PASSWORD);
    await visit.goTo('/me/sessions');
    await visit.row('this one').waitFor();
    await visit.refuseBarriers();
    await visit.picture('me-sessions');
    await visit.button('End all others').click();
    await visit.inDialog('End').click();
    await visit.button('End all others').waitFor({ state: 'detached' });
    equal(await visit.rows('this one').count(), 1);
    equal(await visit.rows('command line').count(), 0);
    equal((await grant({ grant_type: 'refresh_token', refresh_token: refresh })).ok, false);
  });

  test('the password is changed: the old one is refused, a wrong one is told', async () => {
    await visit.goTo('/me/password');
    await visit.refuseBarriers();
    await visit.picture('me-password');
    const next = 'a longer horse battery';
    const fill = async (before: string): Promise<void> => {
      await visit.field('Your password of now').fill(before);
      await visit.field('New password').fill(next);
      await visit.field('New password, once more').fill(next);
      await visit.button('Set the password').click();
    };
    visit.expectRefusal(401);
    visit.expectRefusal(403);
    visit.expectRefusal(400);
    await fill('not the password at all');
    await visit.page.locator('form [role=alert]').first().waitFor();
    await visit.picture('me-password-wrong');
    await fill(PASSWORD);
    await visit.says('Your password is set.', visit.page.locator('.note')).waitFor();
    equal((await grant({ grant_type: 'password', username: email, password: PASSWORD })).ok, false);
    await token(next);
  });

  test('a one-time code signs in a command line, once', async () => {
    await visit.goTo('/me/cli');
    await visit.button('Make a code').click();
    const code = await visit.page.locator('.passcode').innerText();
    await visit.says('--passcode -').waitFor();
    await visit.refuseBarriers();
    await visit.picture('me-cli');
    const signIn = () => grant({ grant_type: 'urn:ibm:params:oauth:grant-type:passcode', passcode: code });
    equal((await signIn()).ok, true);
    equal((await signIn()).ok, false);
  });
});
