import { deepEqual, ok } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';
import { Pusher } from './images.ts';
import { SentFiles, SOURCE } from './sent-files.ts';

const KB = 1000;

const pageModules = async (): Promise<string[]> => {
  const text = await readFile(join(SOURCE, 'console/routing/routes.ts'), 'utf8');
  const pages = [...text.matchAll(/import\('\.\.\/(pages\/[^']+)'\)/g)].map(([, path]) => `console/${path}`);
  return [...pages, 'console/pages/repositories/repository.ts', 'console/pages/images/image.ts'];
};

describe('what the console sends', () => {
  let files: SentFiles;
  before(async () => {
    files = await SentFiles.read();
  });

  test('all files together are 220 kB at most', async (t) => {
    const all = await files.all();
    const bytes = await files.bytes(all);
    t.diagnostic(`${all.length} files, ${bytes} bytes`);
    ok(bytes <= 220 * KB, `${bytes} bytes`);
  });

  test('what a page loads before it shows is 15 kB at most, beyond the overview', async (t) => {
    const large: string[] = [];
    let [most, largest] = [0, 0];
    for (const page of await pageModules()) {
      const loaded = files.pageFiles(page);
      const bytes = await files.bytes(loaded);
      [most, largest] = [Math.max(most, loaded.length), Math.max(largest, bytes)];
      if (bytes > 15 * KB) large.push(`${page}: ${loaded.length} files, ${bytes} bytes`);
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
      await visit.page.getByLabel('API key').waitFor();
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
