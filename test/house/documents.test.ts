import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { REFERENCE } from '../../scripts/reference.ts';
import { COMMANDS, GROUPS } from '../../src/cli/tables.ts';
import { V2_ROUTES } from '../../src/http/v2/routes.ts';
import { TestRegistry } from '../support/registry.ts';
import { documents, readDocument } from './source.ts';

test('the reference pages are what the code makes of them (scripts/reference.ts writes them)', () => {
  for (const [path, text] of Object.entries(REFERENCE)) assert.equal(readDocument(path), text(), path);
});

test('every JSON route declares its needs and stands in docs/api, and every route there exists', async () => {
  await using registry = await TestRegistry.start();
  const { paths } = (await (await registry.fetch('/api/openapi.json')).json()) as {
    paths: Record<string, object>;
  };
  const served = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const pages = documents('docs/api/*.md').map(readDocument).join('\n');
  for (const route of served) assert.ok(pages.includes(`${route}\``), `${route} is not in docs/api`);
  for (const [, route = ''] of pages.matchAll(/`((?:GET|POST|PUT|PATCH|DELETE) \/(?!v2)[^`?]*)`/g)) {
    assert.ok(served.includes(route), `docs/api has ${route}, which is not served`);
  }
});

test('every endpoint of /v2/ stands in docs/api/oci.md by its number', () => {
  const page = readDocument('docs/api/oci.md');
  for (const { id } of V2_ROUTES) assert.match(page, new RegExp(`\\b${id}[a-z]?\\b`), id);
});

test('every command stands in docs/cli.md with every flag', () => {
  const page = readDocument('docs/cli.md');
  const groups = [{ name: '', commands: COMMANDS }, ...GROUPS];
  for (const { name: group, commands } of groups) {
    for (const { name, alias, flags = [] } of commands) {
      const words = [group, name].filter(Boolean).join(' ');
      assert.ok(page.includes(`\`${words}`), `${words} is not in docs/cli.md`);
      if (alias) assert.ok(page.includes(alias), `${words}: the alias ${alias} is not in docs/cli.md`);
      for (const flag of flags) {
        const long = /--[a-z-]+/.exec(flag.flags)?.[0] ?? flag.flags;
        assert.ok(page.includes(long), `${words} ${long} is not in docs/cli.md`);
      }
    }
  }
});

test('every command of a group that a document names exists', () => {
  const known = new Set(
    GROUPS.flatMap(({ name, commands }) =>
      commands.flatMap((each) => [`${name} ${each.name}`, `${name} ${each.alias}`]),
    ),
  );
  const groups = GROUPS.map(({ name }) => name).join('|');
  const named = new RegExp(`(?:\\b(?:tidegate|ibmcloud|bx) |\`)((?:${groups}) [a-z][a-z-]+)`, 'g');
  const wrong = pages().flatMap((path) =>
    [...readDocument(path).matchAll(named)]
      // a line of the server's log begins with these words
      .filter(([, command = '']) => !known.has(command) && command !== 'audit log')
      .map(([, command]) => `${path} names ${command}`),
  );
  assert.deepEqual(wrong, []);
});

/** All documents that people read, and what stands beside them to be read. */
const PAGES = ['*.md', 'docs/**/*.md', 'deploy/**/*.md', 'examples/*'];
const pages = (): string[] => PAGES.flatMap(documents);

/** The lines of a page outside its code blocks. */
const prose = (page: string): string => page.replaceAll(/^ *```.*?^ *```$/gms, '');

/** The anchors of a page's headings, as GitHub and GitLab make them. */
const anchorsOf = (page: string): Set<string> =>
  new Set(
    [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

test('every relative link of every document leads to a file, and its anchor to a heading there', () => {
  for (const path of pages()) {
    for (const [, target = '', anchor] of prose(readDocument(path)).matchAll(
      /\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g,
    )) {
      const resolved = target === '' ? path : new URL(target, `file:///${path}`).pathname.slice(1);
      assert.ok(documents(resolved).length > 0, `${path} links to ${target}`);
      if (anchor === undefined) continue;
      const anchors = anchorsOf(readDocument(resolved));
      assert.ok(anchors.has(decodeURI(anchor)), `${path} links to ${target}#${anchor}`);
    }
  }
});

test('a Korean page has every section of the English one, and they link to each other', () => {
  const levels = (page: string) => [...prose(page).matchAll(/^(#+) /gm)].map(([, level]) => level);
  const korean = pages().filter((path) => path.endsWith('.ko.md'));
  assert.ok(korean.length > 2, 'the Korean pages were found');
  for (const path of korean) {
    const english = path.replace(/\.ko\.md$/, '.md');
    assert.deepEqual(levels(readDocument(path)), levels(readDocument(english)), path);
    assert.ok(readDocument(path).includes(`](${basename(english)})`), path);
    assert.ok(readDocument(english).includes(`](${basename(path)})`), english);
  }
});

test('no document refers to a text that the repository does not have', () => {
  for (const path of pages())
    assert.doesNotMatch(readDocument(path), /\bblueprint\b|\bfacts (?:section )?\d|\bhouse-\d/i, path);
});

test('pages are in plain English: no whoever, somebody, nobody, anybody or shall', () => {
  const written = ['README.md', 'docs/clients.md', 'docs/performance.md', 'docs/*/*.md'].flatMap(documents);
  for (const path of written) {
    const said = prose(readDocument(path)).replaceAll(/`[^`]*`/g, '');
    assert.doesNotMatch(said, /\b(?:whoever|somebody|nobody|anybody|shall)\b/i, path);
  }
});

test('no document, source or script names a place outside the repository', () => {
  const paths = [
    '*.md',
    'docs/**/*.md',
    'src/**/*.ts',
    'test/**/*.ts',
    'bench/**/*',
    'scripts/**/*',
    '.ci/*',
  ].flatMap(documents);
  for (const path of paths.filter((each) => /\.[a-z]+$|components\/|\.ci\/run/.test(each))) {
    if (path === 'test/house/documents.test.ts') continue;
    assert.doesNotMatch(readDocument(path), /\/work\/|\/farm\b|registry\.npmjs|deb\.debian\.org/, path);
  }
});
