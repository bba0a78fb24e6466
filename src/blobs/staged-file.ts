import { type Digest, type DigestAlgorithm, RunningDigest } from '../oci/digest.ts';
import { close, closeSynced, datasync, onDisk, open, read, sizeOf, truncate, writeAll } from './disk.ts';
import { giveBack } from './give-back.ts';
import type { Source } from './source.ts';

/** A batch holds at most this many chunks, whatever their size: one `writev` takes no more. */
const CHUNKS_PER_BATCH = 1024;
const REREAD_BYTES = 1 << 20;

/** What a staging file holds at some instant, so that it can be taken back to it. */
export interface Mark {
  readonly size: number;
  readonly running: RunningDigest | undefined;
}

/** An open staging file, what is known of its bytes, and the sha256 of them while they pass. Used by one at a time. */
export class StagedFile {
  readonly #fd: number;
  #size: number;
  #running: RunningDigest | undefined;
  #finished: Digest | undefined;
  #uncertain = false;

  private constructor(fd: number, size: number) {
    this.#fd = fd;
    this.#size = size;
    this.#running = size === 0 ? new RunningDigest('sha256') : undefined;
  }

  static async create(path: string): Promise<StagedFile> {
    return new StagedFile(await open(path, 'wx+'), 0);
  }

  static async reopen(path: string): Promise<StagedFile> {
    const fd = await open(path, 'r+');
    try {
      return new StagedFile(fd, await sizeOf(fd));
    } catch (error) {
      await close(fd);
      throw error;
    }
  }

  /** Bytes written, without those that still wait for their batch. */
  get size(): number {
    return this.#size;
  }

  /** Whether a write failed and could not be undone: only a reopened file knows its size again. */
  get uncertain(): boolean {
    return this.#uncertain;
  }

  /**
   * Writes everything `source` gives, in batches of about `batchBytes()`; one batch is written while the next one
   * fills. When the source fails, what it gave before is written first, unless it was of the wrong length.
   */
  async append(source: Source, batchBytes: () => number): Promise<void> {
    const before = source.mayMismatch ? this.mark() : undefined;
    try {
      await this.#append(source, batchBytes);
    } catch (error) {
      if (before !== undefined && source.mismatched) await this.backTo(before);
      throw error;
    }
  }

  mark(): Mark {
    return { size: this.#size, running: this.#running?.copy() };
  }

  /** Drops what came after `mark`, which may be used once. */
  async backTo({ size, running }: Mark): Promise<void> {
    await this.#truncate(size);
    this.#running = running;
  }

  async #append(source: Source, batchBytes: () => number): Promise<void> {
    let batch: Uint8Array[] = [];
    let filled = 0;
    let writing: Promise<void> | undefined;
    const flush = async (): Promise<void> => {
      await writing;
      writing = batch.length > 0 ? this.#write(batch, filled) : undefined;
      // Awaited by the next flush; until then its failure must not count as unhandled.
      writing?.catch(() => undefined);
      batch = [];
      filled = 0;
    };
    try {
      for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
        if (chunk.byteLength === 0) continue;
        this.#hash(chunk);
        batch.push(chunk);
        filled += chunk.byteLength;
        if (filled >= batchBytes() || batch.length >= CHUNKS_PER_BATCH) await flush();
      }
    } finally {
      await flush();
      await writing;
    }
  }

  /** The digest of all bytes: sha256 from what was hashed in passing where that is whole, else by reading them. */
  async digest(algorithm: DigestAlgorithm): Promise<Digest> {
    if (this.#finished?.startsWith(`${algorithm}:`)) return this.#finished;
    if (algorithm === 'sha256' && this.#running !== undefined) {
      this.#finished = this.#running.finish();
      this.#running = undefined;
    } else {
      this.#finished = await this.#reread(algorithm);
    }
    return this.#finished;
  }

  datasync(): Promise<void> {
    return datasync(this.#fd);
  }

  close(): Promise<void> {
    return close(this.#fd);
  }

  /** After the bytes were synced and published. */
  closeSynced(): void {
    closeSynced(this.#fd);
  }

  #hash(chunk: Uint8Array): void {
    this.#finished = undefined;
    this.#running?.update(chunk);
  }

  async #write(batch: readonly Uint8Array[], bytes: number): Promise<void> {
    try {
      await onDisk(writeAll(this.#fd, batch, this.#size));
      this.#size += bytes;
      batch.forEach(giveBack);
    } catch (error) {
      // Part of a batch may have been written: back to the last size that is sure.
      await this.#truncate(this.#size).catch(() => undefined);
      throw error;
    }
  }

  /** Back to `size` bytes. The hash has seen more than that. */
  async #truncate(size: number): Promise<void> {
    this.#running = undefined;
    this.#finished = undefined;
    try {
      await onDisk(truncate(this.#fd, size));
      this.#size = size;
    } catch (error) {
      this.#uncertain = true;
      throw error;
    }
  }

  async #reread(algorithm: DigestAlgorithm): Promise<Digest> {
    const digest = new RunningDigest(algorithm);
    const buffer = Buffer.allocUnsafeSlow(Math.min(REREAD_BYTES, Math.max(this.#size, 1)));
    for (let at = 0; at < this.#size; ) {
      const count = await onDisk(read(this.#fd, buffer, Math.min(buffer.byteLength, this.#size - at), at));
      if (count === 0) break;
      digest.update(buffer.subarray(0, count));
      at += count;
    }
    return digest.finish();
  }
}
