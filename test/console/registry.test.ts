import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';
import { pushMultiPlatform } from './filled.ts';
import { Pusher } from './images.ts';

describe('images in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  let pusher: Pusher;
  before(async () => {
    lab = await BrowserLab.start();
    pusher = new Pusher(lab.registry);
    for (const name of ['birds', 'fish', 'bees', 'wasp']) await lab.registry.namespaceAdd(name);
    visit = await lab.visit();
  });
  after(() => lab[Symbol.asyncDispose]());

  const tagsOf = async (repository: string): Promise<string[]> => {
    const answer = await lab.registry.v2('GET', `${repository}/tags/list`);
    if (answer.status === 404) return [];
    return ((await answer.json()) as { tags: string[] | null }).tags ?? [];
  };
  const names = (): Promise<string[]> => visit.page.locator('tbody th').allInnerTexts();
  const select = (tag: string): Promise<void> => visit.field(`Select ${tag}`).check();
  const settled = async (path: string): Promise<void> => {
    await visit.goTo(path);
    await visit.settled();
  };

  test('removing one of three tags keeps the image and the other two, and the dialog says so', async () => {
    await pusher.image('birds/three', ['a', 'b', 'c'], { layer: 'three' });
    await settled('/repositories/birds/three');
    await select('b');
    await visit.button('Remove tags').click();
    await visit.says('The images stay, without these tags', visit.dialog).waitFor();
    deepEqual(await visit.goes(), ['birds/three:b']);
    await visit.inDialog('Remove').click();
    await visit.field('Select b').waitFor({ state: 'detached' });
    deepEqual(await tagsOf('birds/three'), ['a', 'c']);
  });

  test('deleting an image names every tag that goes with it, those that were not selected too', async () => {
    await settled('/repositories/birds/three');
    await select('a');
    await visit.button('Delete images').click();
    const other = 'birds/three:c (not selected, the same image)';
    deepEqual(await visit.goes(), [other, 'birds/three:a']);
    await visit.inDialog('Cancel').click();
    deepEqual(await tagsOf('birds/three'), ['a', 'c']);
  });

  test('deleting an index says what is attached and goes too, and that the images it lists stay', async () => {
    const one = await pusher.image('birds/index', [], { layer: 'one' });
    const index = await pusher.index('birds/index', ['1'], [one]);
    const artifactType = 'application/vnd.dev.cosign.artifact.sig.v1+json';
    await pusher.image('birds/index', [], { artifactType, layer: '{}', subject: index });
    await settled('/repositories/birds/index');
    await select('1');
    await visit.button('Delete images').click();
    await visit.says('What is attached goes too, as signatures and SBOMs: 1.', visit.dialog).waitFor();
    await visit.says('Images that an index lists stay: 1.', visit.dialog).waitFor();
    await visit.picture('delete-images');
    await visit.inDialog('Delete').click();
    await visit.field('Select 1').waitFor({ state: 'detached' });
    const trash = await (await lab.registry.api('GET', '/api/v1/trash?namespace=birds')).json();
    equal(Object.keys(trash as object).filter((name) => name.includes('/birds/index@')).length, 2);
    equal((await lab.registry.v2('GET', `birds/index/manifests/${one.digest}`)).status, 200);
  });

  test('of several images the one that is protected is named with the reason, and the others go', async () => {
    for (const tag of ['keep', 'one', 'two']) await pusher.image('birds/bulk', [tag], { layer: tag });
    await settled('/namespaces/birds?tab=protection');
    await visit.button('Protect tags').click();
    await visit.field('Tags').fill('keep');
    await visit.inDialog('Add').click();
    await visit.row('keep').waitFor();
    await settled('/repositories/birds/bulk');
    await visit.says('Protected', visit.row('keep')).waitFor();
    await visit.field('Select All').check();
    await visit.button('Delete images').click();
    await visit.field('Type 3 to confirm').fill('3');
    await visit.inDialog('Delete 3 images').click();
    await visit.says('could not be removed', visit.dialog).waitFor();
    const refused = await visit.goes();
    equal(refused.length, 1);
    match(refused[0] ?? '', /^birds\/bulk:keep .*protect/i);
    deepEqual(await tagsOf('birds/bulk'), ['keep']);
    await visit.inDialog('Close').click();
  });

  test('another filter empties the selection: what is not seen does not go', async () => {
    for (const tag of ['red', 'green', 'blue']) await pusher.image('birds/colours', [tag], { layer: tag });
    await settled('/repositories/birds/colours');
    await select('red');
    await visit.says('1 selected').waitFor();
    await visit.page.evaluate(
      `history.replaceState(null, '', '?q=blue'); dispatchEvent(new PopStateEvent('popstate'))`,
    );
    await visit.row('red').waitFor({ state: 'detached' });
    equal(await visit.page.getByText('1 selected').count(), 0);
    deepEqual(await names(), ['blue']);
  });

  test('Back brings back the filter, the order and the page of a list', async () => {
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => pusher.image('fish/many', [`v${index}`], { layer: 'many' })),
    );
    await settled('/repositories/fish/many');
    await visit.field('Filter').fill('v');
    await visit.page.waitForURL(/q=v/);
    await visit.button('Tag').click();
    await visit.page.waitForURL(/sort=name/);
    await visit.link('Next page').click();
    await visit.page.waitForURL(/start=/);
    await visit.settled();
    const [before, address] = [await names(), visit.page.url()];
    equal(before.length, 10);
    await visit.link(before[0] ?? '').click();
    await visit.titled(`fish/many:${before[0]}`).waitFor();
    await visit.page.goBack();
    await visit.row(before[9] ?? '').waitFor();
    equal(visit.page.url(), address);
    deepEqual(await names(), before);
    equal(await visit.field('Filter').inputValue(), 'v');
  });

  test('while a list is sorted anew, the next page of the order before cannot be had', async () => {
    await settled('/repositories/fish/many');
    await visit.link('Next page').waitFor();
    const held = Promise.withResolvers<void>();
    await visit.page.route('**/api/v1/tags?*sort=name*', async (route) => {
      await held.promise;
      await route.continue();
    });
    await visit.button('Tag').click();
    await visit.page.waitForURL(/sort=name/);
    await visit.page.locator('.pager a[aria-disabled=true]').first().waitFor();
    await visit.link('Next page').click({ force: true });
    ok(!visit.page.url().includes('start='), visit.page.url());
    held.resolve();
    await visit.page.locator('.pager a[aria-disabled=false]').first().waitFor();
    await visit.link('Next page').click();
    await visit.row('v9').waitFor();
    await visit.page.unroute('**/api/v1/tags?*sort=name*');
    await visit.settled();
    equal((await names()).length, 10);
  });

  test('an image for two machines with an attestation has two platforms, and none of them is unknown', async () => {
    const { digest } = await pushMultiPlatform(pusher, 'fish/multi', ['1']);
    await settled('/repositories/fish/multi');
    await visit.says('2 platforms', visit.row('2 platforms')).click();
    await visit.says('linux/arm64/v8', visit.row('2 platforms')).waitFor();
    ok(!(await visit.page.locator('main').innerText()).includes('unknown'));
    await visit
      .row('2 platforms')
      .getByRole('button', { name: `Copy: ${digest}` })
      .first()
      .click();
    const copied = (await visit.page.evaluate('navigator.clipboard.readText()')) as string;
    equal((await lab.registry.v2('GET', `fish/multi/manifests/${copied}`)).status, 200);
    await visit.link('1').click();
    await visit.titled('fish/multi:1').waitFor();
    await visit.says('Provenance').waitFor();
    await visit.says(/KiB – .*KiB/, visit.page.locator('dd')).waitFor();
    ok(!(await visit.page.locator('main').innerText()).includes('unknown'));
  });

  test('the command that is copied pulls, also where the browser gives pages no clipboard', async () => {
    const { digest } = await pusher.image('birds/pulled', ['1'], { layer: 'pulled' });
    await settled('/repositories/birds/pulled:1');
    const pull = visit.page.locator('.pull');
    const pasted = async (): Promise<string> => {
      await visit.page.getByRole('searchbox').first().fill('');
      await visit.page.getByRole('searchbox').first().press('Control+v');
      return visit.page.getByRole('searchbox').first().inputValue();
    };
    for (const [client, line] of [
      ['docker', /^docker pull (\S+)$/],
      ['crane', /^crane pull (\S+) image\.tar$/],
      ['skopeo', /^skopeo copy docker:\/\/(\S+) oci:image$/],
    ] as const) {
      // over plain HTTP there is none
      if (client === 'crane')
        await visit.page.evaluate(
          `Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined })`,
        );
      await pull.locator('select').selectOption(client);
      await pull.getByRole('button').first().click();
      await visit.says('Copied').waitFor();
      const [, image = ''] = line.exec(await pasted()) ?? [];
      const [, host, name, tag] = /^([^/]+)\/(.+):([^:/]+)$/.exec(image) ?? [];
      equal(`http://${host}`, lab.registry.url);
      const answer = await lab.registry.v2('GET', `${name}/manifests/${tag}`);
      equal(answer.headers.get('docker-content-digest'), digest);
    }
    await visit.page.reload();
  });

  test('the page of one image says too what is attached and goes, and that the images it lists stay', async () => {
    const one = await pusher.image('fish/index', [], { layer: 'one' });
    const index = await pusher.index('fish/index', ['1', '2'], [one]);
    const artifactType = 'application/vnd.dev.cosign.artifact.sig.v1+json';
    await pusher.image('fish/index', [], { artifactType, layer: '{}', subject: index });
    await settled('/repositories/fish/index:1');
    await visit.button('Delete image').click();
    deepEqual(await visit.goes(), ['fish/index:1', 'fish/index:2']);
    await visit.says('What is attached goes too, as signatures and SBOMs: 1.', visit.dialog).waitFor();
    await visit.says('Images that an index lists stay: 1.', visit.dialog).waitFor();
    await visit.inDialog('Delete').click();
    await visit.titled('fish/index').waitFor();
    const trash = await (await lab.registry.api('GET', '/api/v1/trash?namespace=fish')).json();
    equal(Object.keys(trash as object).filter((name) => name.includes('/fish/index@')).length, 2);
    equal((await lab.registry.v2('GET', `fish/index/manifests/${one.digest}`)).status, 200);
  });

  test('a deleted image is restored from the trash with its tags; a tag that stands for another one by now is named', async () => {
    await pusher.image('fish/back', ['x', 'y'], { layer: 'first' });
    await settled('/repositories/fish/back:x');
    await visit.button('Delete image').click();
    deepEqual(await visit.goes(), ['fish/back:x', 'fish/back:y']);
    await visit.inDialog('Delete').click();
    await visit.titled('fish/back').waitFor();
    deepEqual(await tagsOf('fish/back'), []);
    await pusher.image('fish/back', ['y'], { layer: 'second' });
    await settled('/trash');
    await visit.row('fish/back').getByRole('button', { name: 'Restore' }).first().click();
    await visit.says('stayed with it: y').waitFor();
    deepEqual(await tagsOf('fish/back'), ['x', 'y']);
  });

  test('the preview of a retention policy names what its run deletes', async () => {
    for (const tag of ['1', '2', '3', '4']) {
      await pusher.image('bees/old', [tag], { layer: tag });
      lab.registry.clock.advance(60_000);
    }
    await settled('/namespaces/bees?tab=retention');
    await visit.field('Newest images kept in each repository').fill('1');
    await visit.button('Preview').click();
    await visit.says('3 of 4 images would go').waitFor();
    const shown = await visit.page.locator('.goes li').allInnerTexts();
    equal(shown.length, 3);
    await visit.button('Save and run').click();
    await visit.row('done').waitFor();
    deepEqual(await tagsOf('bees/old'), ['4']);
  });

  test('the bar of a limit says what the quota says', async () => {
    await settled('/quota');
    await visit.button('Change the limits').click();
    await visit.dialog.getByRole('textbox').or(visit.dialog.getByRole('spinbutton')).first().fill('10');
    await visit.inDialog('Save').click();
    await visit.page.getByRole('meter').first().waitFor();
    const answer = await lab.registry.api('GET', '/api/v1/quotas');
    const { usage } = (await answer.json()) as { usage: { storage_bytes: number } };
    const bar = visit.page.getByRole('meter').first();
    equal(Number(await bar.getAttribute('value')), usage.storage_bytes);
    equal(Number(await bar.getAttribute('max')), 10 * 1024 * 1024);
  });

  test('deleting a namespace names its repositories and images, and the policies that stay', async () => {
    await pusher.image('wasp/nest', ['1'], { layer: 'stays' });
    const { digest } = await pusher.image('wasp/nest', ['2'], { layer: 'goes' });
    equal((await lab.registry.v2('DELETE', `wasp/nest/manifests/${digest}`)).status, 202);
    const made = await lab.registry.api('POST', '/v2/policies', {
      type: 'access',
      subject: {
        attributes: [{ key: 'iam_id', operator: 'stringEquals', value: lab.registry.ownerIamId }],
      },
      resource: {
        attributes: [
          { key: 'accountId', operator: 'stringEquals', value: lab.registry.accountId },
          { key: 'serviceName', operator: 'stringEquals', value: 'container-registry' },
          { key: 'resourceType', operator: 'stringEquals', value: 'namespace' },
          { key: 'resource', operator: 'stringEquals', value: 'wasp' },
        ],
      },
      control: { grant: { roles: [{ role_id: 'crn:v1:bluemix:public:iam::::serviceRole:Reader' }] } },
    });
    const policy = (await made.json()) as { id: string };
    await settled('/namespaces/wasp');
    await visit.button('Delete namespace').click();
    await visit.dialog.getByText('Images in the trash: 1').first().waitFor();
    const goes = await visit.dialog.getByRole('listitem').allInnerTexts();
    equal(goes[0], 'Repositories: 1');
    match(goes.join(), /Images: 1 .*Images in the trash: 1/);
    await visit.field('Type wasp to confirm').fill('wasp');
    await visit.inDialog('Delete').click();
    await visit.says('These policies name it still', visit.dialog).waitFor();
    equal(await visit.dialog.getByRole('listitem').getByRole('link').first().innerText(), policy.id);
    await visit.inDialog('Close').click();
    await visit.titled('Namespaces').waitFor();
    await visit.says('The namespace is gone.', visit.page.getByRole('status')).waitFor();
    deepEqual(await (await lab.registry.api('GET', '/api/v1/namespaces')).json(), ['bees', 'birds', 'fish']);
  });
});
