import { deepEqual, rejects } from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab } from './browser-lab.ts';

describe('the lab in which the console is looked at', needs(chromium), () => {
  let lab: BrowserLab;
  before(async () => {
    lab = await BrowserLab.start();
  });
  after(() => lab[Symbol.asyncDispose]());

  test('signs a person in, and finds no barrier on a page that has none', async () => {
    await using visit = await lab.visit();
    await visit.goTo('/namespaces');
    await visit.refuseBarriers();
    await visit.picture('lab-namespaces');
  });

  test('keeps what a page should not do: errors, inline styles, requests to other hosts', async () => {
    const visit = await lab.visit();
    const devtools = await visit.page.context().newCDPSession(visit.page);
    const run = (expression: string) => devtools.send('Runtime.evaluate', { expression });
    await run(`document.body.setAttribute('style', 'color: red')`);
    await run(`void fetch('http://192.0.2.1/').catch(() => undefined)`);
    await run(`console.error('a mistake')`);
    await visit.page.waitForTimeout(200);
    await rejects(visit.end(), (error: Error) =>
      [/a mistake/, /192\.0\.2\.1/, /style/].every((each) => each.test(error.message)),
    );
  });

  test('tells what axe finds', async () => {
    await using visit = await lab.visit();
    await visit.page.locator('h1').evaluate((heading) => {
      heading.append(Object.assign(heading.ownerDocument.createElement('img'), { alt: undefined }));
      heading.querySelector('img')?.removeAttribute('alt');
    });
    await rejects(visit.refuseBarriers(), /image-alt/);
  });
});

test('tests of the console name one element: what may be there several times at a moment is a first, a last or a count', () => {
  const all = globSync('*.{test,long}.ts', { cwd: import.meta.dirname });
  const found = all.flatMap((file) =>
    readFileSync(join(import.meta.dirname, file), 'utf8')
      .split(/;\n/)
      .filter((statement) => /\.getBy(Text|Role|Label)\(/.test(statement))
      .filter((statement) =>
        /\b(waitFor|click|fill|check|press|innerText|inputValue|selectOption)\(/.test(statement),
      )
      .filter((statement) => !/\.(first|last)\(\)|\.says\(/.test(statement))
      .map((statement) => `${file}: ${statement.trim()}`),
  );
  deepEqual(found, []);
});
