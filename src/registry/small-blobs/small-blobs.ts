import { Writable } from 'node:stream';
import type { Adopted, BlobStore } from '../../blobs/blob-store.ts';
import { isRowKey, rowKeys } from '../../blobs/layout.ts';
import { blobUnknown, digestMismatch } from '../../blobs/refusals.ts';
import { Sink } from '../../blobs/sink.ts';
import type { Database } from '../../database/database.ts';
import { algorithmOf, digestOf } from '../../oci/digest.ts';
import { findSmallBlob, sizeOfSmallBlob, smallBlobsAfter } from './rows.ts';
import { adoptSmallBlob, removeSmallBlob } from './writes.ts';

/**
 * Blobs up to this size are kept in a row. A file costs six times as much at 3 KB and four and a half times at 16 KB;
 * much larger ones would fill the database.
 */
export const SMALL_BLOB = 16 << 10;

/** Names that are listed at a time. */
const PAGE = 200;

export type SmallBlobRows = Pick<Database, 'db' | 'write'>;

/**
 * The store of an installation: bytes whose name says so are in rows, all others in `store`. So what copies, collects and
 * verifies bytes by their names need not know which are which.
 *
 * New bytes come to rows with the write that names them (`finishBlob`), or from another store (`adopt`).
 */
export const withSmallBlobs = (store: BlobStore, rows: SmallBlobRows): BlobStore => ({
  begin: (region) => store.begin(region),
  append: (id, offset, bytes, signal, length) => store.append(id, offset, bytes, signal, length),
  staged: (id) => store.staged(id),
  seal: (id, digest, rest) => store.seal(id, digest, rest),
  abort: (id) => store.abort(id),
  send: (key, sink, range, signal, sent) =>
    isRowKey(key)
      ? sendRow(rows, key, { sink, range, signal, sent })
      : store.send(key, sink, range, signal, sent),
  stat: (key) => (isRowKey(key) ? sizeOfSmallBlob(rows.db, key) : store.stat(key)),
  remove: async (key) => {
    if (!isRowKey(key)) return store.remove(key);
    await rows.write(removeSmallBlob, key);
    return true;
  },
  adopt: (blob, fill) => (isRowKey(blob.key) ? adoptRow(rows, blob, fill) : store.adopt(blob, fill)),
  async *list(region, what = 'sealed') {
    yield* store.list(region, what);
    if (what === 'sealed') yield* listRows(rows, region);
  },
  check: () => store.check(),
});

interface Sending {
  readonly sink: Writable;
  readonly range: Parameters<BlobStore['send']>[2];
  readonly signal: Parameters<BlobStore['send']>[3];
  readonly sent: Parameters<BlobStore['send']>[4];
}

const sendRow = async (
  { db }: SmallBlobRows,
  key: string,
  { sink, range, signal, sent }: Sending,
): Promise<void> => {
  const content = await findSmallBlob(db, key);
  if (content === undefined) throw blobUnknown();
  using out = new Sink(sink, signal, sent);
  const bytes = range === undefined ? content : content.subarray(range.first, range.last + 1);
  if (bytes.byteLength > 0) await out.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
};

const adoptRow = async (
  rows: SmallBlobRows,
  { key, digest }: Adopted,
  fill: (sink: Writable) => Promise<void>,
) => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const sink = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      size += chunk.byteLength;
      // the memory of the chunk is used again; what is too long has another digest, however it begins
      if (size <= SMALL_BLOB) chunks.push(Uint8Array.from(chunk));
      done();
    },
  });
  await fill(sink);
  const content = Buffer.concat(chunks);
  const actual = digestOf(content, algorithmOf(digest));
  if (actual !== digest) throw digestMismatch(actual, digest);
  await rows.write(adoptSmallBlob, { key, content });
};

async function* listRows({ db }: SmallBlobRows, region: string): AsyncIterable<string> {
  const begin = rowKeys(region);
  // behind every name that begins so
  const end = `${begin}~`;
  for (let after = begin; ; ) {
    const page = await smallBlobsAfter(db, after, end, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last;
  }
}
