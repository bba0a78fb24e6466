import { deepEqual, equal, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';

const MINUTE = 60_000;

describe('a page of the console that no one looks at', needs(chromium), () => {
  let lab: BrowserLab;
  before(async () => {
    lab = await BrowserLab.start();
    const path = `/v1/accounts/${lab.registry.accountId}/settings/identity`;
    const limit = { session_invalidation_in_seconds: '900' };
    const settings = await lab.registry.api('PUT', path, limit, lab.registry.apikey, { 'If-Match': '*' });
    equal(settings.status, 200);
  });
  after(() => lab[Symbol.asyncDispose]());

  /** A visit in which time goes on as the test says, and what its page asks: `true` for what is marked as asked by a timer. */
  const visitWithClock = async (): Promise<{ visit: Visit; marks: boolean[] }> => {
    const visit = await lab.open();
    await visit.page.clock.install({ time: lab.registry.clock.now() });
    await visit.signIn(lab.registry.apikey);
    await visit.entry('Namespaces').waitFor();
    const marks: boolean[] = [];
    visit.page.on('request', (request) => {
      if (!request.url().includes('/files/'))
        marks.push(request.headers()['x-tidegate-background'] !== undefined);
    });
    return { visit, marks };
  };

  /** Until the timer of the next minute has its answer, of this status. */
  const pass = async ({ page }: Visit): Promise<number> => {
    lab.registry.clock.advance(MINUTE);
    const answered = page.waitForResponse((response) => /questions$|token$/.test(response.url()));
    await page.clock.fastForward(MINUTE);
    return (await answered).status();
  };

  test('its timers are no use of the session, which ends after its idle time', async () => {
    const { visit, marks } = await visitWithClock();
    visit.expectRefusal(401);
    equal(await pass(visit), 200);
    // what the page asked for when it was opened may have come until now
    marks.length = 0;
    let minutes = 2;
    while ((await pass(visit)) === 200) minutes += 1;
    ok(minutes >= 14 && minutes <= 17, `${minutes} minutes`);
    ok(marks.length >= 12, `${marks.length} requests`);
    deepEqual([...new Set(marks)], [true]);
    await visit.says('Your session has ended').waitFor();
    await visit.end();
  });

  test('what a person does keeps it', async () => {
    const { visit } = await visitWithClock();
    for (const page of ['Users', 'Audit', 'Users']) {
      lab.registry.clock.advance(9 * MINUTE);
      await visit.page.clock.fastForward(9 * MINUTE);
      const used = visit.page.waitForResponse(
        (response) =>
          /\/v[12]\/|\/api\/v1\//.test(response.url()) &&
          !response.request().headers()['x-tidegate-background'],
      );
      await visit.entry(page).click();
      equal((await used).status(), 200);
      await visit.titled(page).waitFor();
    }
    equal(await visit.dialog.count(), 0);
    await visit.end();
  });
});
