import { closeSync, openSync, read, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import type { StoredBytes } from '../../registry/tx.ts';

const CHUNK = 256 * 1024;
const NEWLINE = 10;
const readAt = promisify(read);

/**
 * The blobs of an instant, on the disk: copying them takes longer than the instant may be kept, and a million of them are
 * too many for memory. The file has no name, so that it is gone with the process however that ends.
 */
export class BlobList implements Disposable {
  readonly file: number;

  private constructor(file: number) {
    this.file = file;
  }

  static open(path: string): BlobList {
    const file = openSync(path, 'wx+', 0o600);
    rmSync(path);
    return new BlobList(file);
  }

  /** All of them, in the order in which they were written. */
  async *pages(limit: number): AsyncGenerator<readonly StoredBytes[]> {
    let page: StoredBytes[] = [];
    for await (const line of this.#lines()) {
      const [storageKey, digest, size] = JSON.parse(line) as [string, string, number];
      page.push({ storageKey, digest, size });
      if (page.length < limit) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  [Symbol.dispose](): void {
    closeSync(this.file);
  }

  async *#lines(): AsyncGenerator<string> {
    let rest: Buffer = Buffer.alloc(0);
    for (let at = 0; ; ) {
      const { bytesRead, buffer } = await readAt(this.file, Buffer.allocUnsafe(CHUNK), 0, CHUNK, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      const bytes = Buffer.concat([rest, (buffer as Buffer).subarray(0, bytesRead)]);
      let from = 0;
      for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
        yield bytes.toString('utf8', from, to);
        from = to + 1;
      }
      rest = bytes.subarray(from);
    }
  }
}
