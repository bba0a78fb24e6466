import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Db, Tx } from '../../src/database/database.ts';
import { MAY_IMPORT, ROOMS } from './floors.ts';
import { roomOf, type SourceFile, sourceFiles } from './source.ts';

const files = sourceFiles('src');
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const isFace = (path: string): boolean => /^src\/(?:audit\/)?[a-z]+\/(room|tx)\.ts$/.test(path);
/** In a folder of a noun: src/<room>/<noun>/…, or the whole room where it is one noun (audit/events). */
const isOfNoun = (path: string): boolean =>
  ROOMS.includes(roomOf(path)) &&
  (!isFace(path) || path === 'src/audit/events/tx.ts') &&
  path.split('/').length >= 4;
const inRooms = files.filter(({ path }) => ROOMS.includes(roomOf(path)));

/** Lines of `file` outside comments that match, each with its number. */
const linesWith = ({ path, text }: SourceFile, pattern: RegExp): string[] =>
  text
    .split('\n')
    .map((line, index) => ({ line, place: `${path}:${index + 1}: ${line.trim()}` }))
    .filter(({ line }) => !/^\s*(\*|\/\/|\/\*)/.test(line) && pattern.test(line))
    .map(({ place }) => place);

test('law 1: a room is entered by its faces alone, room.ts and tx.ts', () => {
  const wrong = files.flatMap((file) =>
    file.files
      .filter(({ path }) => ROOMS.includes(roomOf(path)) && roomOf(path) !== roomOf(file.path))
      // src/writes.ts lists the files that define writes, for the writer's thread
      .filter(({ path }) => !isFace(path) && file.path !== 'src/writes.ts')
      .map(({ path }) => `${file.path} imports ${path}`),
  );
  assert.deepEqual(wrong, []);
});

test('law 1: tx.ts is for the transactions of other rooms: doors, jobs and the roof do not import it', () => {
  const wrong = files.flatMap((file) =>
    file.files
      .filter(({ path }) => isFace(path) && nameOf(path) === 'tx.ts')
      .filter(() => !ROOMS.includes(roomOf(file.path)) && roomOf(file.path) !== 'admin')
      .map(({ path }) => `${file.path} imports ${path}`),
  );
  assert.deepEqual(wrong, []);
});

test('law 1: every room has a face, and a face is a page', () => {
  for (const room of ROOMS) {
    const face = files.find(({ path }) => path === `src/${room}/room.ts`);
    assert.ok(face, `${room} has no room.ts`);
  }
  for (const { path, text } of files.filter(({ path }) => isFace(path)))
    assert.ok(text.split('\n').length <= 200, `${path} is longer than a page`);
});

test('law 2: rows.ts knows the database, words, other rows of its room and tx.ts of rooms below: no rules', () => {
  const words = ['database', 'oci', 'errors', 'ids', 'principal', 'clock'];
  const wrong = inRooms
    .filter(({ path }) => nameOf(path) === 'rows.ts')
    .flatMap((file) =>
      file.files
        .filter(({ path }) => !words.includes(roomOf(path)) && !['rows.ts', 'tx.ts'].includes(nameOf(path)))
        .map(({ path }) => `${file.path} imports ${path}`),
    );
  assert.deepEqual(wrong, []);
});

test('law 2: row types stay in the folder of their noun: doors, roof and faces never see one', () => {
  const wrong = files
    .filter(({ path }) => roomOf(path) !== 'database' && !isOfNoun(path))
    .flatMap((file) =>
      file.files
        .filter(({ path }) => /^src\/database\/(\w+-)?schema\.ts$/.test(path))
        .map(({ path }) => `${file.path} imports ${path}`),
    );
  const shown = files
    .filter(({ path }) => isFace(path) && nameOf(path) === 'room.ts')
    .flatMap((file) => linesWith(file, /\b[A-Z]\w*Row\b/));
  assert.deepEqual([...wrong, ...shown], []);
});

test('law 3: the change feed is told in rows.ts, by the query that changes the row', () => {
  const wrong = inRooms
    .filter(({ path }) => nameOf(path) !== 'rows.ts')
    .flatMap((file) => linesWith(file, /\btx\.(changed|changing|uncached|noting)\b/));
  assert.deepEqual(wrong, []);
});

test('law 3: only functions named note… change a cached table without telling the feed', () => {
  const wrong = inRooms.flatMap(({ path, text }) =>
    text
      .split(/^(?=export const |const )/m)
      .filter((part) => /\btx\.noting\b/.test(part) && !/^(export )?const note[A-Z]/.test(part))
      .map((part) => `${path}: ${part.split('\n', 1)[0]}`),
  );
  assert.deepEqual(wrong, []);
});

test('law 3: a query that changes a row of which caches keep a copy, and does not name the entity, does not compile', () => {
  const wrong = [
    // @ts-expect-error outside a transaction rows are only read
    (db: Db) => db.updateTable('tags'),
    // @ts-expect-error caches keep tags
    (tx: Tx) => tx.uncached.updateTable('tags'),
    // @ts-expect-error a tag is no API key
    (tx: Tx) => tx.changed('api-key', 'id').updateTable('tags'),
  ];
  assert.equal(wrong.length, 3);
});

/** Tables that a query of the code names, in Kysely's functions and in the text of `sql`. */
const QUERIED =
  /\b(insertInto|updateTable|deleteFrom|selectFrom|from|using|[a-z]*[jJ]oin)\(\s*\[?'(\w+)|\b(?:from|join|into|update) ([a-z]\w+)/g;

/** Every room that has a query of a table, with the files. */
const queries = inRooms.flatMap(({ path, text }) =>
  [...text.replaceAll(/^\s*(?:\*|\/\/|\/\*).*$/gm, '').matchAll(QUERIED)].map(([, call, named, inText]) => ({
    ...{ path, room: roomOf(path), table: named ?? inText ?? '' },
    inserts: call === 'insertInto',
  })),
);

test('law 4: a table belongs to one room, and no lower room has a query of it', () => {
  // names and values of every room, a row each (src/database/installation.ts)
  const owners = Map.groupBy(
    queries.filter(({ inserts, table }) => inserts && table !== 'installation'),
    ({ table }) => table,
  );
  assert.ok(owners.size > 60);
  const wrong = [...owners].flatMap(([table, inserting]) => {
    const [owner = '', ...others] = new Set(inserting.map(({ room }) => room));
    const lower = queries
      .filter((each) => each.table === table && each.room !== owner)
      .filter(({ room }) => !MAY_IMPORT[room]?.includes(owner))
      .map(({ path }) => `${path} knows ${table} of ${owner}`);
    return [...new Set(lower), ...others.map((room) => `${table} belongs to ${owner} and to ${room}`)];
  });
  assert.deepEqual(wrong, []);
});

test('law 5: doors do not decide in a handler: needs.ts and the authorizer of /v2/ do', () => {
  // the service that answers which scopes are granted, and the door that explains decisions
  const deciding = ['needs.ts', 'may-do.ts', 'v2/authorize.ts', 'token/grants.ts', 'identity/explain.ts'].map(
    (path) => `src/http/${path}`,
  );
  const wrong = files
    .filter(
      ({ path }) => path.startsWith('src/http/') && !deciding.includes(path) && !path.endsWith('-needs.ts'),
    )
    .flatMap((file) => linesWith(file, /\baccess\.(decide|governs)\(/));
  assert.deepEqual(wrong, []);
});

test('law 6: JSON shapes stand in wire/: no room and no word knows them', () => {
  const wrong = files
    .filter(({ path }) => !/^src\/(http|client|cli|console|wire|admin)\//.test(path))
    .flatMap((file) =>
      file.files
        .filter(({ path }) => roomOf(path) === 'wire')
        .map(({ path }) => `${file.path} imports ${path}`),
    );
  assert.deepEqual(wrong, []);
});

test('plain English: at most 10 lines of src, and no title of a test, have the words whoever, somebody and nobody', () => {
  const linesOf = (sources: SourceFile[], wrong: RegExp): string[] =>
    sources.flatMap(({ path, text }) =>
      text
        .split('\n')
        .filter((line) => wrong.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
  const lines = linesOf([...files], /\b(whoever|somebody|nobody)\b/i);
  assert.ok(lines.length <= 10, `${lines.length} lines:\n${lines.join('\n')}`);
  const house = /^test\/house\//;
  const tests = sourceFiles('test').filter(({ path }) => !house.test(path));
  const title = /^ *(test|check|describe)\(\s*['"`].*\b(whoever|somebody|nobody|anybody)\b/i;
  assert.deepEqual(linesOf(tests, title), []);
});

test('the repository stands alone: nothing refers to a text that is not in it', () => {
  const wrong = [
    ...files,
    ...sourceFiles('test'),
    ...sourceFiles('bench'),
    ...sourceFiles('scripts'),
  ].flatMap((file) => (file.path === 'test/house/rooms.test.ts' ? [] : linesIn(file)));
  assert.deepEqual(wrong, []);
});

const linesIn = ({ path, text }: SourceFile): string[] =>
  text
    .split('\n')
    .filter((line) => /\bblueprint\b|\bfacts \d|raw as Request/.test(line))
    .map((line) => `${path}: ${line.trim()}`);
