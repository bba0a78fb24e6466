import { deepEqual } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab } from './browser-lab.ts';
import { type Filled, fill } from './filled.ts';
import { addressesOf } from './pages.ts';

/** Words of the page in Latin letters alone. Names, code and what the server says in English are marked as such. */
const LATIN = `(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = new Set();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.data.trim();
    const parent = node.parentElement;
    if (!/[a-z]{2}/i.test(text) || /[가-힣]/.test(text)) continue;
    if (parent.closest('bdi, code, pre, textarea, script, noscript, [lang=en], time')) continue;
    found.add(text);
  }
  return [...found];
})()`;

/** Names that are written in Latin letters in Korean too, and what was pushed or chosen. */
const NAMES = new RegExp(
  [
    '^(Tidegate|English|ID|SBOM|docker|podman|crane|skopeo|kubernetes|standard)$',
    '^(Reader|Writer|Manager|Administrator|Editor|Viewer)$',
    '^(birds|payments|platform|default|Default|active|latest|stable|main|broken|image)$',
    String.raw`^\S*[:/.@-]\S*$`,
    String.raw`^[\d.,]+ ([KMGT]i)?B( – [\d.,]+ ([KMGT]i)?B)?$`,
    '^serviceName = ',
    '^image\\.[a-z]+(, image\\.[a-z]+)*$',
  ].join('|'),
);

describe('every page of the console', needs(chromium), () => {
  let lab: BrowserLab;
  let filled: Filled;
  before(async () => {
    lab = await BrowserLab.start();
    filled = await fill(lab.registry);
  });
  after(() => lab[Symbol.asyncDispose]());

  test('is Korean for those who read Korean, but for names and what the server says', async () => {
    await using visit = await lab.visit({ language: 'ko' });
    const found: string[] = [];
    for (const path of addressesOf(filled)) {
      await visit.walkTo(path);
      const words = (await visit.page.evaluate(LATIN)) as string[];
      for (const word of words) if (!NAMES.test(word)) found.push(`${path}: ${word}`);
    }
    deepEqual(found, []);
  });

  for (const language of ['en', 'ko'] as const)
    test(`is not wider than a window of 320 pixels (${language})`, async () => {
      await using visit = await lab.visit({ language, width: 320 });
      const found: string[] = [];
      for (const path of addressesOf(filled)) {
        await visit.walkTo(path);
        const over = Number(await visit.page.evaluate('document.documentElement.scrollWidth - innerWidth'));
        if (over > 0) found.push(`${path}: ${over} pixels`);
      }
      deepEqual(found, []);
    });

  for (const language of ['en', 'ko'] as const)
    test(`has no barrier in the dark theme (${language})`, async () => {
      await using visit = await lab.visit({ language });
      const found: string[] = [];
      for (const path of addressesOf(filled)) {
        await visit.walkTo(path);
        found.push(...(await visit.barriers('dark', path === '/' ? undefined : 'main')));
      }
      deepEqual(found, []);
    });
});
