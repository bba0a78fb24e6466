import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  type FiledTable,
  type RowFilePart,
  type RowFileSummary,
  type RowSource,
  readRowFile,
  writeRowFile,
} from '../../src/backup/rows/row-file.ts';
import type { Row } from '../../src/database/table-copy.ts';
import { digestOf } from '../../src/oci/digest.ts';

const birds: FiledTable = { name: 'birds', columns: ['id', 'name', 'picture', 'size'], key: ['id'] };
const nests: FiledTable = { name: 'nests', columns: ['id'], key: ['id'] };
const rows: Row[] = [
  [1, 'Łyska\n"coot"', Buffer.from([0, 255, 10, 123]), null],
  [2, '', new Uint8Array(), Number.MAX_SAFE_INTEGER],
  [3, '{"bytes":"AA=="}', null, -1],
];
const head = { engine: 'sqlite', migrations: ['0001-initial'], leftOut: ['job_leases'] } as const;

const sourceOf = (byTable: Readonly<Record<string, readonly Row[]>>): RowSource => ({
  head,
  tables: [birds, nests],
  async *rowsOf({ name }) {
    const all = byTable[name] ?? [];
    yield all.slice(0, 2);
    yield all.slice(2);
  },
});

const write = async (source: RowSource): Promise<{ bytes: Buffer; summary: RowFileSummary }> => {
  const file = writeRowFile(source);
  const chunks: Uint8Array[] = [];
  for (let step = await file.next(); ; step = await file.next()) {
    if (step.done) return { bytes: Buffer.concat(chunks), summary: step.value };
    chunks.push(step.value);
  }
};

async function* inPieces(bytes: Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.slice(at, at + size);
}

const read = (bytes: Uint8Array): Promise<RowFilePart[]> => Array.fromAsync(readRowFile(inPieces(bytes)));

suite('a file of rows', () => {
  test('it gives back every value as it was written, table by table', async () => {
    const { bytes, summary } = await write(sourceOf({ birds: rows }));
    const parts = await read(bytes);
    assert.deepEqual(parts[0], { kind: 'head', head });
    assert.deepEqual(
      parts.filter(({ kind }) => kind === 'table').map((part) => 'table' in part && part.table),
      [birds, nests],
    );
    const found = parts.flatMap((part) => (part.kind === 'rows' ? part.rows : []));
    assert.deepEqual(
      found.map((row) => row.map(plain)),
      rows.map((row) => row.map(plain)),
    );
    assert.deepEqual(parts.at(-1), { kind: 'end', tables: { birds: 3, nests: 0 } });
    assert.deepEqual(summary.tables, { birds: 3, nests: 0 });
    assert.equal(summary.size, bytes.byteLength);
    assert.equal(`sha256:${summary.sha256}`, digestOf(bytes));
  });

  test('O16: a file that is cut off is refused, wherever it ends', async () => {
    const { bytes } = await write(sourceOf({ birds: rows }));
    for (let length = 0; length < bytes.byteLength; length += 5)
      await assert.rejects(read(bytes.subarray(0, length)), /the rows file is (cut off|damaged)/);
    const text = zstdDecompressSync(bytes).toString();
    for (const lines of [1, 2, 4, 5])
      await assert.rejects(
        read(zstdCompressSync(text.split('\n').slice(0, lines).join('\n'))),
        /the rows file is (cut off|damaged)/,
      );
  });

  test('O16: a file with a flipped bit is refused, wherever that is', async () => {
    const { bytes } = await write(sourceOf({ birds: rows }));
    let refused = 0;
    for (let at = 0; at < bytes.byteLength; at++) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      // a bit of the frame's own header may mean nothing; then every row is as it was written
      const outcome = await read(damaged).catch((error: Error) => error);
      if (outcome instanceof Error) {
        assert.match(outcome.message, /^the rows file /);
        refused++;
      } else
        assert.deepEqual(
          outcome.flatMap((part) => (part.kind === 'rows' ? part.rows.map((row) => row.map(plain)) : [])),
          rows.map((row) => row.map(plain)),
        );
    }
    assert.ok(refused > bytes.byteLength * 0.95);
  });

  test('O16: a changed, removed or added line is refused', async () => {
    const { bytes } = await write(sourceOf({ birds: rows }));
    const lines = zstdDecompressSync(bytes).toString().split('\n');
    const changed = [
      lines.with(3, (lines[3] ?? '').replace('""', '"x"')),
      lines.toSpliced(3, 1),
      lines.toSpliced(3, 0, lines[3] ?? ''),
      lines.toSpliced(-1, 0, lines[3] ?? ''),
      lines.with(2, '[1]'),
      lines.with(2, '{"a":1}'),
      lines.with(2, 'null'),
      lines.with(2, '[{}, 1, 1, 1]'),
    ];
    for (const each of changed)
      await assert.rejects(read(zstdCompressSync(each.join('\n'))), /^Error: the rows file is damaged/);
  });

  test('another format is refused by its name', async () => {
    const other = zstdCompressSync(
      '{"format":"tidegate-rows-9","engine":"sqlite","migrations":[],"leftOut":[]}\n',
    );
    await assert.rejects(read(other), /format tidegate-rows-9; this version reads tidegate-rows-1/);
  });

  test('a source that fails while it is written or read fails with its own words', async () => {
    const source: RowSource = {
      ...sourceOf({}),
      // biome-ignore lint/correctness/useYield: it fails before its first rows
      async *rowsOf() {
        throw new Error('the disk is gone');
      },
    };
    await assert.rejects(write(source), /the disk is gone/);
    const { bytes } = await write(sourceOf({ birds: rows }));
    const broken = async function* () {
      yield bytes.subarray(0, 10);
      throw new Error('the network is gone');
    };
    await assert.rejects(Array.fromAsync(readRowFile(broken())), /the network is gone/);
  });
});

const plain = (value: Row[number]): unknown =>
  value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('hex') } : value;
