import { after, before, describe, test } from 'node:test';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab } from './browser-lab.ts';
import { deleteAllThatMatch, pushMany } from './bulk.ts';

describe('many images in the console', needs(chromium), () => {
  let lab: BrowserLab;
  before(async () => {
    lab = await BrowserLab.start();
    await lab.registry.namespaceAdd('birds');
  });
  after(() => lab[Symbol.asyncDispose]());

  test('five hundred images that a filter finds are deleted at once; the one that is protected is named', async () => {
    await pushMany(lab, 'birds/many', 500);
    await using visit = await lab.visit();
    await deleteAllThatMatch(lab, visit, { repository: 'birds/many', count: 500 });
  });
});
