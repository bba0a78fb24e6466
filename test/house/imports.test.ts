import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAY_IMPORT, PACKAGES, ROOF } from './floors.ts';
import { roomOf, type SourceFile, sourceFiles } from './source.ts';

const files = sourceFiles('src');

test('imports point down: every room imports only what its floor allows', () => {
  const wrong = files.flatMap((file) => {
    const room = roomOf(file.path);
    const allowed = MAY_IMPORT[room];
    assert.ok(allowed, `${file.path}: room ${room} is not in the table of floors`);
    return file.files
      .filter(({ path }) => path.startsWith('src/'))
      .map(({ path }) => roomOf(path))
      .filter((target) => target !== room && allowed !== 'any' && !allowed.includes(target))
      .map((target) => `${file.path} imports ${target}`);
  });
  assert.deepEqual(wrong, []);
});

test('nothing below the roof imports the roof', () => {
  const wrong = files
    .filter(({ path }) => !ROOF.includes(roomOf(path)))
    .flatMap((file) =>
      file.files
        .filter(({ path }) => ROOF.includes(roomOf(path)))
        .map(({ path }) => `${file.path} imports ${path}`),
    );
  assert.deepEqual(wrong, []);
});

test('there is no cycle of imports, those of types included', () => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const visit = (file: SourceFile, trail: readonly string[]): void => {
    assert.ok(!trail.includes(file.path), `a cycle: ${[...trail, file.path].join(' → ')}`);
    if (done.has(file.path)) return;
    for (const { path } of file.files) {
      const next = byPath.get(path);
      if (next) visit(next, [...trail, file.path]);
    }
    done.add(file.path);
  };
  for (const file of files) visit(file, []);
});

test('every room uses only the packages written down for it', () => {
  const wrong = files.flatMap((file) => {
    const allowed = PACKAGES[roomOf(file.path)] ?? [];
    return file.packages
      .filter((name) => !allowed.includes(name))
      .map((name) => `${file.path} imports ${name}`);
  });
  assert.deepEqual(wrong, []);
});

test('no file has more than 400 lines, no folder is a drawer, nothing is exported by default', () => {
  const programs = ['scripts', 'test', 'bench', '.ci'].flatMap((folder) =>
    sourceFiles(folder, '*.{ts,cjs,c,h}'),
  );
  const wrong = [...files, ...programs].flatMap(({ path, text }) => [
    ...(text.split('\n').length > 401 ? [`${path} has more than 400 lines`] : []),
    ...(/(^|\/)(utils?|helpers?|common|shared|misc|lib)(\/|\.ts$)/.test(path) ? [`${path} is a drawer`] : []),
    ...(/^export default/m.test(text) ? [`${path} exports by default`] : []),
  ]);
  assert.deepEqual(wrong, []);
});

test('only configuration and the client read the environment; the time is read from the Clock alone', () => {
  const wrong = files.flatMap(({ path, text }) => {
    const room = roomOf(path);
    return [
      ...(/process\.env/.test(text) && !['admin', 'cli', 'blobs', 'main'].includes(room)
        ? [`${path} reads process.env`]
        : []),
      ...(/Date\.now\(\)|new Date\(\)/.test(text) && !['clock', 'cli', 'client', 'console'].includes(room)
        ? [`${path} reads the time`]
        : []),
    ];
  });
  assert.deepEqual(wrong, []);
});

test('every file that defines writes or adds to an extension point stands in src/writes.ts, so that each thread knows it', () => {
  const listed = new Set(files.find(({ path }) => path === 'src/writes.ts')?.files.map(({ path }) => path));
  const defining = files.filter(({ text }) => /= defineWrite\(|^on[A-Z]\w*\.add\(/m.test(text));
  assert.deepEqual(
    defining.map(({ path }) => path).filter((path) => !listed.has(path)),
    [],
  );
  for (const path of listed)
    assert.ok(
      defining.some((file) => file.path === path),
      `${path} defines no write`,
    );
});
