import { deepEqual, match, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, readModule } from '../../src/http/console/module.ts';
import { packsOf, packText } from '../../src/http/console/packs.ts';
import { readModules } from '../../src/http/console/source-files.ts';

const noPath = (name: string): string => name;

test('every module of the console stands in one file, after those that it imports', async () => {
  const packs = packsOf(await readModules());
  const seen: string[] = [];
  for (const { path, modules } of packs) {
    const own = new Set(modules.map((module) => module.path));
    for (const module of modules) {
      for (const { from } of module.imports)
        if (own.has(from) && !seen.includes(from)) throw new Error(`${from} comes late in ${path}`);
      seen.push(module.path);
    }
  }
  deepEqual(seen.toSorted(), [...new Set(seen)].toSorted());
  const later = packs.flatMap(({ modules }) => modules.flatMap((module) => module.later));
  deepEqual(
    later.filter((path) => !seen.includes(path)),
    [],
  );
});

test('files of the console never import in a circle', async () => {
  const packs = new Map(packsOf(await readModules()).map((pack) => [pack.path, pack]));
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) throw new Error(`a circle: ${[...trail, path].join(' → ')}`);
    for (const next of packs.get(path)?.imports ?? []) visit(next, [...trail, path]);
  };
  for (const path of packs.keys()) visit(path, []);
});

test('every module of the console can stand in a file', async () => {
  for (const module of (await readModules()).values()) codeOf(module, noPath);
});

test('a form of export that the files of the console cannot have is an error', () => {
  for (const line of ["export * from './b.ts';", 'export default 1;', "import * as b from './b.ts';"]) {
    const module = readModule('console/a.ts', `${line}\n`, noPath);
    throws(() => codeOf(module, noPath), /console\/a\.ts has a form/);
  }
});

test('blanks go, but for those in a text of several lines', () => {
  const code = (source: string): string => codeOf(readModule('console/a.ts', source, noPath), noPath).code;
  deepEqual(code('export const a = [\n  1,\n\n  2,\n];\n'), 'const a = [\n1,\n2,\n];');
  match(code('export const a = `b\n  c`;\n'), /`b\n {2}c`/);
});

test('what a shape says of itself is not sent, and a field of that name is', () => {
  const code = (path: string, source: string): string =>
    codeOf(readModule(path, source, noPath), noPath).code;
  const source = `export const A = Type.Object({
  description: Type.Optional(Text),
  a: Type.String({ description: 'it\\'s a, b' }),
  b: Type.Integer({ minimum: 0, description: "b's", maximum: 1 }),
  c: Type.String({
    description:
      'long: { c }, and more',
  }),
});
`;
  const sent = [
    'const A = Type.Object({',
    'description: Type.Optional(Text),',
    'a: Type.String({  }),',
    'b: Type.Integer({ minimum: 0, maximum: 1 }),',
    'c: Type.String({',
    '}),',
    '});',
  ];
  deepEqual(code('wire/a.ts', source).split('\n'), sent);
  match(code('console/a.ts', source), /it\\'s a, b/);
});

test('a page that is imported later asks at once for all files that it needs', async () => {
  const packs = packsOf(await readModules());
  const frame = packs.find(({ path }) => path === 'console/frame.js');
  match(
    frame ? packText(frame, packs) : '',
    /Promise\.all\(\[import\('\.\/users\.js'\), [^\]]*import\('\.\/shared\.js'\)[^\]]*\]\)/,
  );
});
