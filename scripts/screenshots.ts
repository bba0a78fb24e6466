/**
 * Writes pictures of every page of the console, in both languages and themes, on a wide and a narrow screen:
 * `npm run screenshots -- FOLDER [part of an address]`.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BrowserLab, type Visit } from '../test/console/browser-lab.ts';
import { fill } from '../test/console/filled.ts';
import { addressesOf } from '../test/console/pages.ts';

const [folder = 'screenshots', wanted = ''] = process.argv.slice(2);

const nameOf = (path: string): string =>
  path.replaceAll(/[^a-z0-9]+/gi, '-').replaceAll(/^-|-$/g, '') || 'start';

const shoot = async (visit: Visit, path: string, name: string): Promise<void> => {
  await visit.walkTo(path);
  for (const width of [1280, 390]) {
    await visit.page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await visit.page.emulateMedia({ colorScheme });
      const file = join(folder, `${name}-${width}-${colorScheme}.png`);
      await visit.page.screenshot({ path: file, fullPage: width === 390 });
    }
  }
};

await mkdir(folder, { recursive: true });
await using lab = await BrowserLab.start();
const filled = await fill(lab.registry);
const pages = [
  ...addressesOf(filled).map(
    (path) => [path, nameOf(path.replaceAll(/[\w-]*[0-9a-f]{8}[\w-]*/g, 'one'))] as const,
  ),
  [`/explain?request=${filled.refusedRequest}`, 'explain-request'],
  ['/namespaces/birds?tab=retention', 'namespaces-retention'],
  ['/namespaces/birds?tab=protection', 'namespaces-protection'],
  ['/search?q=payments', 'search-payments'],
] as const;
for (const language of ['en', 'ko'] as const) {
  const visit = await lab.visit({ language });
  for (const [path, name] of pages)
    if (`${path} ${name}`.includes(wanted)) await shoot(visit, path, `${name}-${language}`);
}
console.log(`The pictures are in ${folder}.`);
