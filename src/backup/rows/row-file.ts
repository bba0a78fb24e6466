/*
 * The rows of an installation as one file, the same for both engines: lines of JSON in one zstd frame.
 *
 *   {"format":"tidegate-rows-1","engine":"sqlite","migrations":["0001-initial",…],"leftOut":["job_leases",…]}
 *   {"table":"accounts","columns":["created_at",…],"key":["id"]}      tables come after those they refer to
 *   [1795775300000,"…",null,{"bytes":"<base64>"},…]                   a row, in the order of the columns
 *   …
 *   {"tables":{"accounts":1,…},"sha256":"<of all bytes before this line>"}
 *
 * A file without its last line is not whole.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { Engine } from '../../database/engine.ts';
import type { Row } from '../../database/table-copy.ts';

const ROW_FILE_FORMAT = 'tidegate-rows-1';

export interface RowFileHead {
  /** The engine the rows were read from. */
  readonly engine: Engine;
  /** The names of the migrations that database has had, in order. */
  readonly migrations: readonly string[];
  /** The tables of that database that are not in the file. */
  readonly leftOut: readonly string[];
}

/** A table as the file describes it. */
export interface FiledTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
}

/** Rows by table. */
export type RowCounts = Readonly<Record<string, number>>;

/** What can be said of a file once it is written. */
export interface RowFileSummary {
  readonly tables: RowCounts;
  /** Of the file's bytes, in hexadecimal, and how many there are. */
  readonly sha256: string;
  readonly size: number;
}

export interface RowSource {
  readonly head: RowFileHead;
  readonly tables: readonly FiledTable[];
  /** The rows of a table, in batches that fit in memory. */
  rowsOf(table: FiledTable): AsyncIterable<readonly Row[]>;
}

const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** The bytes of the file; returns what can be said of it. One batch of rows is in memory at a time. */
export async function* writeRowFile(source: RowSource): AsyncGenerator<Uint8Array, RowFileSummary> {
  const tables: Record<string, number> = {};
  const zstd = createZstdCompress(LEVEL);
  const written = pipeline(Readable.from(linesOf(source, tables), { objectMode: true }), zstd);
  // a failure is thrown by the loop below
  written.catch(() => undefined);
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of zstd as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.byteLength;
    yield chunk;
  }
  await written;
  return { tables, sha256: hash.digest('hex'), size };
}

async function* linesOf(source: RowSource, tables: Record<string, number>): AsyncGenerator<string> {
  const hash = createHash('sha256');
  const lines = (values: readonly unknown[]): string => {
    const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
    hash.update(text);
    return text;
  };
  yield lines([{ format: ROW_FILE_FORMAT, ...source.head }]);
  for (const { name, columns, key } of source.tables) {
    yield lines([{ table: name, columns, key }]);
    let count = 0;
    for await (const rows of source.rowsOf({ name, columns, key })) {
      count += rows.length;
      if (rows.length > 0) yield lines(rows.map((row) => row.map(printed)));
    }
    tables[name] = count;
  }
  yield `${JSON.stringify({ tables, sha256: hash.digest('hex') })}\n`;
}

const printed = (value: Row[number]): unknown =>
  value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('base64') } : value;

/** What a reader is given, in this order: the head, then each table and its rows, then the end. */
export type RowFilePart =
  | { readonly kind: 'head'; readonly head: RowFileHead }
  | { readonly kind: 'table'; readonly table: FiledTable }
  | { readonly kind: 'rows'; readonly table: FiledTable; readonly rows: readonly Row[] }
  | { readonly kind: 'end'; readonly tables: RowCounts };

/** A rows file that cannot be trusted. The message says what is wrong with it. */
export class RowFileFault extends Error {}

/**
 * Reads a rows file, and compares its last line with all that came before. Throws RowFileFault where the file is damaged,
 * cut off or of another format: what was read by then must not be used.
 */
export async function* readRowFile(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<RowFilePart> {
  const reader = new Reader();
  for await (const lines of linesIn(inflated(bytes))) {
    let rows: Row[] = [];
    const batch = (table: FiledTable): RowFilePart => {
      const full = rows;
      rows = [];
      return { kind: 'rows', table, rows: full };
    };
    for (const line of lines) {
      const { table } = reader;
      const part = reader.take(line);
      if (isRow(part)) rows.push(part);
      if (table && rows.length > 0 && (!isRow(part) || rows.length >= BATCH)) yield batch(table);
      if (!isRow(part)) yield part;
    }
    if (reader.table && rows.length > 0) yield batch(reader.table);
  }
  reader.finish();
}

const isRow = (part: Row | RowFilePart): part is Row => Array.isArray(part);

/** How many rows come at most in one part. */
const BATCH = 1000;

async function* inflated(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const zstd = createZstdDecompress();
  let failure: unknown;
  const fed = pipeline(
    watched(bytes, (error) => (failure = error)),
    zstd,
  );
  fed.catch(() => undefined);
  try {
    for await (const chunk of zstd) yield chunk as Buffer;
    await fed;
  } catch (cause) {
    // a source that cannot be read is no damage of the file
    if (failure !== undefined) throw failure;
    throw new RowFileFault('the rows file is damaged: it cannot be decompressed', { cause });
  } finally {
    zstd.destroy();
  }
}

async function* watched(
  bytes: AsyncIterable<Uint8Array>,
  failed: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    failed(error);
    throw error;
  }
}

/** A manifest has 4 MiB at most, and base64 makes 6 of them. */
const LONGEST_LINE = 64 * 1024 * 1024;
const NEWLINE = 10;

/** The whole lines of each chunk, without their newlines. */
async function* linesIn(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const lines: Buffer[] = [];
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      lines.push(Buffer.concat([...parts, chunk.subarray(from, to)]));
      parts = [];
      length = 0;
      from = to + 1;
    }
    if (from < chunk.byteLength) parts.push(chunk.subarray(from));
    length += chunk.byteLength - from;
    if (length > LONGEST_LINE) throw new RowFileFault('the rows file is damaged: a line is too long');
    if (lines.length > 0) yield lines;
  }
  if (length > 0) throw new RowFileFault('the rows file is cut off');
}

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const MOST_COLUMNS = 200;

/** Knows what may come next. */
class Reader {
  readonly #hash = createHash('sha256');
  readonly #counts: Record<string, number> = {};
  #head = false;
  #table: FiledTable | undefined;
  #ended = false;

  /** A row is answered as it is, every other line as its part. */
  take(line: Buffer): Row | RowFilePart {
    if (this.#ended) throw new RowFileFault('the rows file is damaged: something follows its last line');
    const value = parse(line);
    if (!Array.isArray(value) && 'sha256' in value) return this.#end(value);
    this.#hash.update(line).update('\n');
    if (Array.isArray(value)) return this.#row(value);
    return this.#head ? this.#begin(value) : this.#first(value);
  }

  /** The table that rows are of which come now. */
  get table(): FiledTable | undefined {
    return this.#table;
  }

  finish(): void {
    if (!this.#ended) throw new RowFileFault('the rows file is cut off');
  }

  #first({ format, engine, migrations, leftOut }: Record<string, unknown>): RowFilePart {
    if (format !== ROW_FILE_FORMAT)
      throw new RowFileFault(
        `the rows file has the format ${String(format)}; this version reads ${ROW_FILE_FORMAT}`,
      );
    if ((engine !== 'sqlite' && engine !== 'postgres') || !areTexts(migrations) || !areNames(leftOut))
      throw damaged();
    this.#head = true;
    return { kind: 'head', head: { engine, migrations, leftOut } };
  }

  #begin({ table, columns, key }: Record<string, unknown>): RowFilePart {
    const isTable = typeof table === 'string' && NAME.test(table) && areNames(columns) && areNames(key);
    if (!isTable || table in this.#counts) throw damaged();
    this.#table = { name: table, columns, key };
    this.#counts[table] = 0;
    return { kind: 'table', table: this.#table };
  }

  #row(values: readonly unknown[]): Row {
    const table = this.#table;
    if (!table || values.length !== table.columns.length) throw damaged();
    this.#counts[table.name] = (this.#counts[table.name] ?? 0) + 1;
    return values.map(readValue);
  }

  #end({ tables, sha256 }: Record<string, unknown>): RowFilePart {
    const same = JSON.stringify(tables) === JSON.stringify(this.#counts);
    if (!same || sha256 !== this.#hash.digest('hex'))
      throw new RowFileFault('the rows file is damaged: it does not have the rows that its last line says');
    this.#ended = true;
    return { kind: 'end', tables: this.#counts };
  }
}

const damaged = (): RowFileFault =>
  new RowFileFault('the rows file is damaged: a line is not what it must be');

const parse = (line: Buffer): Record<string, unknown> | unknown[] => {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    throw damaged();
  }
  if (typeof value !== 'object' || value === null) throw damaged();
  return value as Record<string, unknown> | unknown[];
};

const areTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= 10_000 && value.every((each) => typeof each === 'string');

const areNames = (value: unknown): value is string[] =>
  areTexts(value) && value.length <= MOST_COLUMNS && value.every((each) => NAME.test(each));

const readValue = (value: unknown): Row[number] => {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  const { bytes } = value as { bytes?: unknown };
  if (typeof bytes !== 'string') throw damaged();
  return Buffer.from(bytes, 'base64');
};
