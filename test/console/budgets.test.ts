import { deepEqual, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';
import { Pusher } from './images.ts';
import { areas, SentFiles } from './sent-files.ts';

const KB = 1000;

describe('what the console sends', () => {
  let files: SentFiles;
  before(async () => {
    files = await SentFiles.read();
  });

  test('all files together are 150 kB at most, and 175 kB for a browser that knows gzip alone', async (t) => {
    const all = files.all();
    const [brotli, gzip] = [await files.bytes(all, 'br'), await files.bytes(all, 'gzip')];
    t.diagnostic(`${all.length} files, ${brotli} bytes, ${gzip} bytes by gzip`);
    ok(brotli <= 150 * KB, `${brotli} bytes`);
    ok(gzip <= 175 * KB, `${gzip} bytes`);
  });

  test('the pages of an area are 6 files and 15 kB at most, beyond the overview', async (t) => {
    const large: string[] = [];
    let [most, largest] = [0, 0];
    for (const area of await areas()) {
      const loaded = files.areaFiles(area);
      const bytes = await files.bytes(loaded, 'gzip');
      [most, largest] = [Math.max(most, loaded.length), Math.max(largest, bytes)];
      if (bytes > 15 * KB || loaded.length > 6) large.push(`${area}: ${loaded.length} files, ${bytes} bytes`);
    }
    t.diagnostic(`the largest: ${largest} bytes; most files: ${most}`);
    deepEqual(large, []);
  });
});

describe('what the console asks for', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  before(async () => {
    lab = await BrowserLab.start();
    await lab.registry.namespaceAdd('birds');
    const pusher = new Pusher(lab.registry);
    for (let index = 0; index < 60; index++)
      await pusher.image('birds/many', [`v${index}`], { layer: 'many' });
    visit = await lab.open();
  });
  after(() => lab[Symbol.asyncDispose]());

  /** The addresses that are asked for meanwhile, and the bytes that come. */
  const counted = async (act: () => Promise<void>): Promise<{ paths: string[]; bytes: number }> => {
    const found: { path: string; bytes: Promise<number> }[] = [];
    const note = (request: import('playwright-core').Request): void => {
      const bytes = request.sizes().then(
        ({ responseBodySize }) => responseBodySize,
        () => 0,
      );
      found.push({ path: new URL(request.url()).pathname, bytes });
    };
    visit.page.on('requestfinished', note);
    await act();
    await visit.settled();
    visit.page.off('requestfinished', note);
    const sizes = await Promise.all(found.map(({ bytes }) => bytes));
    return { paths: found.map(({ path }) => path), bytes: sizes.reduce((sum, size) => sum + size, 0) };
  };

  test('the sign-in page is 20 requests and 45 kB at most for a browser that knows nothing', async (t) => {
    const { paths, bytes } = await counted(async () => {
      await visit.page.goto(`${lab.registry.url}/console/`);
      await visit.field('API key').waitFor();
    });
    t.diagnostic(`${paths.length} requests, ${bytes} bytes`);
    ok(paths.length <= 20, `${paths.length}:\n${paths.join('\n')}`);
    ok(bytes <= 45 * KB, `${bytes} bytes`);
  });

  test('a list asks for its rows and for the rights, and no more', async (t) => {
    await visit.signIn(lab.registry.apikey);
    await visit.settled();
    const many: string[] = [];
    const lists = ['repositories', 'repositories/birds/many', 'namespaces', 'trash', 'service-ids', 'users'];
    for (const list of [...lists, 'groups', 'policies', 'profiles', 'audit', 'webhooks']) {
      const { paths } = await counted(() => visit.walkTo(`/${list}`));
      const asked = paths.filter((path) => !path.startsWith('/console/'));
      t.diagnostic(`${list}: ${asked.length} calls, ${paths.length - asked.length} files`);
      if (asked.length > 2) many.push(`${list}: ${asked.join(' ')}`);
    }
    deepEqual(many, []);
  });

  test('a list of 50 rows is 3,000 elements at most', async (t) => {
    await visit.walkTo('/repositories/birds/many');
    const elements = Number(await visit.page.evaluate(`document.querySelectorAll('*').length`));
    t.diagnostic(`${elements} elements`);
    ok(elements <= 3000, `${elements} elements`);
  });
});
