import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readDocument, sourceFiles } from './source.ts';

const root = join(import.meta.dirname, '../..');
const sources = ['src', 'test', 'scripts'].flatMap((folder) => sourceFiles(folder));
const code = sources
  .filter(({ path }) => path !== 'test/house/architecture.test.ts')
  .map(({ text }) => text)
  .join('\n');

/** Files and folders as a page may shorten them: `needs.ts`, `http/needs.ts`, `people/`. */
const exists = (path: string): boolean => {
  const bare = path.replace(/\/$/, '');
  return globSync([bare, `{src,test}/${bare}`, `{src,test}/**/${bare}`], { cwd: root }).length > 0;
};

/** Whether the code has this word, as a name or within quotes. */
const isSaid = (word: string): boolean =>
  new RegExp(`(?<![\\w-])${RegExp.escape(word)}(?![\\w-])`).test(code);

/** A class, and a method or property of it. */
const hasMember = (owner: string, member: string): boolean =>
  sources.some(
    ({ text }) =>
      new RegExp(`\\b(?:class|interface|type) ${owner}\\b`).test(text) &&
      new RegExp(`^ +(?:readonly |async |\\*|static )*${member}\\b`, 'm').test(text),
  );

/** What is wrong with a name that stands between backticks, or undefined. */
const faultOf = (span: string): string | undefined => {
  const name = span.replace(/\(.*\)$/, '');
  if (/^[\w./-]+\.ts$|^[a-z][\w.-]*(?:\/[\w.-]+)*\/$|^[a-z]+(?:\/[a-z-]+)+$/.test(name))
    return exists(name) ? undefined : 'no such file or folder';
  const [, owner = '', member = ''] = /^([A-Z]\w+)\.(\w+)$/.exec(name) ?? [];
  if (owner) return hasMember(owner, member) ? undefined : 'no such member of a class';
  const [, address] = /^(?:GET|POST|PUT|PATCH|DELETE) (\/[^?…]*)$/.exec(span) ?? [];
  const pattern = address?.replaceAll(/\{(\w+)\}/g, ':$1');
  if (pattern !== undefined) return pattern === '/v2/' || isSaid(pattern) ? undefined : 'no such route';
  if (/^[\w.-]+$/.test(name)) return isSaid(name.replace(/^(?:db|tx)\./, '')) ? undefined : 'no such name';
  return undefined;
};

/** Names of a page: between backticks, and what is a file or folder in its blocks. */
const namesOf = (page: string): string[] => {
  const blocks = [...page.matchAll(/^```.*?^```$/gms)].map(([block]) => block).join('\n');
  const prose = page.replaceAll(/^```.*?^```$/gms, '');
  return [
    ...[...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span),
    ...[...blocks.matchAll(/(?<![\w/:.-])[a-z][\w-]*(?:\/[\w-]+)*(?:\.ts|\/)(?![\w{])/g)].map(
      ([name]) => name,
    ),
  ];
};

/** What is built, and the name that no file may have. */
const ELSEWHERE = ['dist/', 'utils'];

test('every file, class, function, write and route that ARCHITECTURE.md and CONTRIBUTING.md name exists', () => {
  for (const path of ['ARCHITECTURE.md', 'CONTRIBUTING.md']) {
    const names = namesOf(readDocument(path)).filter((name) => !ELSEWHERE.includes(name));
    assert.ok(names.length > 20, path);
    const wrong = names.flatMap((name) => {
      const fault = faultOf(name);
      return fault === undefined ? [] : [`${path}: ${name}: ${fault}`];
    });
    assert.deepEqual(wrong, []);
  }
});
