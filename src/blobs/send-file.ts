import type { Writable } from 'node:stream';
import { RegistryError } from '../errors.ts';
import type { ByteRange } from '../oci/content-range.ts';
import { onDisk, read } from './disk.ts';
import { Sink } from './sink.ts';

const LARGE = 256 * 1024;
const SMALL = 64 * 1024;
/** More readers than this at once, most of them slow, get small buffers: 1000 stalled pulls hold 130 MB, not 500. */
const LARGE_LENT = 64;
const KEPT = 16;

/** Read buffers, reused. One whose last write was not confirmed is never given back: its bytes may still be on their way. */
export class ReadBuffers {
  readonly #free: Uint8Array[] = [];
  #lent = 0;

  take(): Uint8Array {
    this.#lent += 1;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#lent > LARGE_LENT ? SMALL : LARGE);
  }

  giveBack(buffer: Uint8Array, reusable: boolean): void {
    this.#lent -= 1;
    if (reusable && buffer.byteLength === LARGE && this.#free.length < KEPT) this.#free.push(buffer);
  }
}

export interface SealedFile {
  readonly fd: number;
  readonly size: number;
}

/** Writes `range` of `file` (default: all of it) to `sink`. */
export const sendFile = async (
  file: SealedFile,
  sink: Writable,
  range: ByteRange | undefined,
  buffers: ReadBuffers,
  signal: AbortSignal | undefined,
  sent: ((bytes: number) => void) | undefined,
): Promise<void> => {
  const first = range?.first ?? 0;
  const end = range === undefined ? file.size : range.last + 1;
  using out = new Sink(sink, signal, sent);
  if (end - first <= SMALL) await sendAtOnce(file.fd, out, first, end);
  else await sendInTurns(file.fd, out, first, end, buffers);
};

const sendAtOnce = async (fd: number, out: Sink, first: number, end: number): Promise<void> => {
  const buffer = Buffer.allocUnsafe(end - first);
  for (let at = first; at < end; ) {
    at += await readSome(fd, buffer.subarray(at - first), end - at, at);
  }
  if (end > first) await out.write(buffer);
};

/** Two buffers: one is read into while the other is on its way out. */
const sendInTurns = async (
  fd: number,
  out: Sink,
  first: number,
  end: number,
  buffers: ReadBuffers,
): Promise<void> => {
  let [full, empty] = [buffers.take(), buffers.take()];
  let reading = readSome(fd, full, end - first, first);
  let confirmed = false;
  try {
    for (let at = first; at < end; ) {
      const count = await reading;
      at += count;
      if (at < end) {
        reading = readSome(fd, empty, end - at, at);
        reading.catch(() => undefined);
      }
      await out.write(full.subarray(0, count));
      [full, empty] = [empty, full];
    }
    confirmed = true;
  } finally {
    await reading.catch(() => undefined);
    buffers.giveBack(full, confirmed);
    buffers.giveBack(empty, confirmed);
  }
};

const readSome = async (fd: number, into: Uint8Array, wanted: number, at: number): Promise<number> => {
  const count = await onDisk(read(fd, into, Math.min(wanted, into.byteLength), at));
  if (count > 0) return count;
  throw new RegistryError('UNAVAILABLE', { reason: `the file ends at ${at}, before the range asked for` });
};
