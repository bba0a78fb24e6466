import { deepEqual, equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';
import { Pusher } from './images.ts';

describe('retention in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  before(async () => {
    lab = await BrowserLab.start();
    await lab.registry.namespaceAdd('birds');
    const pusher = new Pusher(lab.registry);
    for (const tag of ['1', '2', '3', '4']) {
      await pusher.image('birds/old', [tag], { layer: tag });
      lab.registry.clock.advance(60_000);
    }
    visit = await lab.visit();
  });
  after(() => lab[Symbol.asyncDispose]());

  const newest = 'Newest images kept in each repository';
  const preview = async (kept: string, says: string): Promise<void> => {
    await visit.field(newest).fill(kept);
    await visit.button('Preview').click();
    await visit.says(says).waitFor();
  };

  test('a change of any field takes away the preview and its button', async () => {
    await visit.goTo('/namespaces/birds?tab=retention');
    const changes = [
      () => visit.field(newest).fill('1'),
      () => visit.field('Younger images are kept, in days').fill('9'),
      () => visit.field('Keep untagged images').uncheck(),
    ];
    for (const change of changes) {
      await visit.goTo('/namespaces/birds?tab=retention');
      await preview('3', '1 of 4 images would go');
      await change();
      await visit.button('Save and run').waitFor({ state: 'detached' });
    }
  });

  test('a preview that comes after its field was changed is not shown', async () => {
    await visit.goTo('/namespaces/birds?tab=retention');
    const held = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    await visit.page.route('**/api/v1/retentions/explain', async (route) => {
      asked.resolve();
      await held.promise;
      await route.continue();
    });
    await visit.field(newest).fill('3');
    await visit.button('Preview').click();
    await asked.promise;
    await visit.field(newest).fill('1');
    held.resolve();
    await visit.settled();
    equal(await visit.button('Save and run').count(), 0);
    await visit.page.unroute('**/api/v1/retentions/explain');
  });

  test('what is saved is the policy that was previewed', async () => {
    await visit.goTo('/namespaces/birds?tab=retention');
    await preview('3', '1 of 4 images would go');
    const saved = visit.page.waitForRequest(
      (request) => request.method() === 'POST' && request.url().endsWith('/api/v1/retentions'),
    );
    await visit.button('Save and run').click();
    deepEqual((await saved).postDataJSON(), {
      namespace: 'birds',
      images_per_repo: 3,
      retain_untagged: true,
    });
  });
});
