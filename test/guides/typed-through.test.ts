/**
 * README and guides, typed line by line in one session on a fresh copy, in the order in which a newcomer reads them.
 *
 * The word behind a fence says what is done with the block:
 * - `console`: each `$ ` line is typed, and what it prints is compared with the lines below it.
 * - `console server`: the same in the terminal of the server. Its last command is left running; the next such block
 *   begins with Ctrl-C.
 * - `console regions`: the same beside a second server, the one that examples/regions.yaml describes.
 * - `console again`: commands that only read. They are typed again until they print what is shown, because the server
 *   records logins and last uses every 15 seconds, and writes its log every second.
 * - `console package`, `console executable`, `console image`: typed by the tests of what is built (installer.ts), which have it.
 * - `sh`: run as a script, which must succeed.
 * - `yaml FILE`: written to that file. `yaml` alone: not run.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs } from '../support/component.ts';
import { fencedBlocks } from './fenced.ts';
import { wayOf } from './installer.ts';
import { NEEDED, Newcomer } from './newcomer.ts';
import { Typist } from './typist.ts';

const root = join(import.meta.dirname, '../..');
const PAGES = [
  'README.md',
  'docs/guides/registry-tokens.md',
  'docs/guides/automating-access.md',
  'docs/guides/images.md',
  'docs/guides/webhooks.md',
  'docs/guides/keyless-ci.md',
  'docs/operate/leaked-key.md',
];
const options = needs(...NEEDED);
const blocksOf = (page: string) => fencedBlocks(readFileSync(join(root, page), 'utf8'));

describe('pages typed in one session', () => {
  let newcomer: Newcomer | undefined;
  let typist: Typist | undefined;

  before(async () => {
    if (options.skip) return;
    newcomer = await Newcomer.arrives();
    typist = new Typist(newcomer);
  });
  after(() => newcomer?.[Symbol.asyncDispose]());

  for (const page of PAGES) {
    test(`${page}: no command fails, and each prints what the page shows`, options, async () => {
      assert.ok(typist);
      for (const block of blocksOf(page)) if (wayOf(block) === undefined) await typist.types(block);
      assert.ok(typist.typed > 10, `only ${typist.typed} commands were typed so far`);
    });
  }
});

test('every code block of these pages says whether it is typed', () => {
  for (const page of PAGES) {
    for (const { language, line } of blocksOf(page)) {
      assert.ok(['console', 'sh', 'yaml'].includes(language), `${page}:${line} is '${language}'`);
    }
  }
});

test('README begins with the ways to install: package, executable, image and clone', () => {
  const first = blocksOf('README.md').slice(0, 5);
  assert.deepEqual(
    first.map((block) => wayOf(block) ?? block.lines[0]),
    ['package', 'executable', 'image', '$ git clone … tidegate', '$ export PATH="$HOME/.local/bin:$PATH"'],
  );
});

test('the pages are every guide, in the order in which README leads to them', () => {
  const links = readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^- \[[^\]]+\]\((docs\/[^)]+)\)/gm);
  const pages = [...links]
    .map(([, page = '']) => page)
    .filter((page) => blocksOf(page).some(({ language }) => language === 'console'));
  assert.deepEqual(
    pages.filter((page) => PAGES.includes(page) || page.startsWith('docs/guides/')),
    PAGES.slice(1),
  );
  const guides = globSync('docs/guides/*.md', { cwd: root }).filter((page) => !page.endsWith('.ko.md'));
  const others = guides.filter((page) => !PAGES.includes(page));
  // what needs a company's provider or another registry is tried in a test of its own; the console is clicked, not typed
  assert.deepEqual(others, ['docs/guides/console.md', 'docs/guides/import.md', 'docs/guides/signing-in.md']);
  assert.deepEqual(blocksOf('docs/guides/console.md'), []);
});

const koreanOf = (page: string): string => page.replace(/\.md$/, '.ko.md');

for (const page of PAGES.filter((each) => existsSync(join(root, koreanOf(each))))) {
  test(`${page}: its Korean page types the same lines and shows the same`, () => {
    const types = (path: string) =>
      blocksOf(path).map(({ language, words, lines }) => [language, ...words, ...lines]);
    assert.deepEqual(types(koreanOf(page)), types(page));
  });
}
