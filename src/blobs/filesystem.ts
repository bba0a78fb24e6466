import { opendir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { RegistryError } from '../errors.ts';
import type { ByteRange } from '../oci/content-range.ts';
import { algorithmOf, type Digest } from '../oci/digest.ts';
import { adoptFile } from './adopt-file.ts';
import type { Adopted, BlobFiles, BlobStore, Rest, SealedBlob } from './blob-store.ts';
import {
  close,
  datasync,
  isAbsent,
  onDisk,
  open,
  read,
  rename,
  sizeAt,
  sizeOf,
  storageError,
  unlessAbsent,
  unlink,
  writeAll,
} from './disk.ts';
import { DurableFolders } from './durable-folders.ts';
import { HandleCache } from './handle-cache.ts';
import {
  keyOf,
  keyOfFile,
  newStagingName,
  parseStagingFile,
  probePath,
  sealedFolders,
  sealedPath,
  stagingFolder,
} from './layout.ts';
import { blobUnknown, digestMismatch, offsetInvalid, uploadUnknown } from './refusals.ts';
import { ReadBuffers, type SealedFile, sendFile } from './send-file.ts';
import { Source } from './source.ts';
import { type Hold, StagingTable } from './staging-table.ts';

export interface FilesystemBlobStoreOptions {
  /** The folder of all bytes; made if absent. One process at a time. */
  readonly root: string;
  /** How many descriptors each of the three kinds (staging, folder, sealed) may keep open while idle. Default 256. */
  readonly idleHandles?: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
/**
 * Memory that waiting bytes of all appends may take together, about, and as much again while it is written; each gets
 * between 16 KiB and 1 MiB of it.
 */
const BATCH_BUDGET = 16 * MIB;

const openSealed = async (path: string): Promise<SealedFile> => {
  try {
    const fd = await open(path, 'r');
    return { fd, size: await sizeOf(fd) };
  } catch (error) {
    throw isAbsent(error) ? blobUnknown() : storageError(error);
  }
};

/** Blobs as files of a local file system; `layout.ts` draws them. */
export class FilesystemBlobStore implements BlobStore, BlobFiles, AsyncDisposable {
  readonly #root: string;
  readonly #folders: DurableFolders;
  readonly #stagings: StagingTable;
  readonly #sealed: HandleCache<SealedFile>;
  readonly #buffers = new ReadBuffers();

  /** For a folder that exists; `open` makes it and tries it out. */
  constructor({ root, idleHandles = 256 }: FilesystemBlobStoreOptions) {
    this.#root = root;
    this.#folders = new DurableFolders(root, idleHandles);
    this.#stagings = new StagingTable(root, idleHandles);
    this.#sealed = new HandleCache(idleHandles, openSealed);
  }

  static async open(options: FilesystemBlobStoreOptions): Promise<FilesystemBlobStore> {
    const store = new FilesystemBlobStore(options);
    await onDisk(store.#folders.makeRoot());
    await store.check();
    return store;
  }

  async begin(region: string): Promise<string> {
    const name = newStagingName(region);
    await onDisk(this.#folders.ensure(stagingFolder(region)));
    await this.#stagings.create(name);
    return name.id;
  }

  append(
    id: string,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
    length?: number,
  ): Promise<number> {
    return this.#stagings.hold(id, async (hold) => {
      if (offset !== hold.file.size) throw offsetInvalid(hold.file.size);
      await this.#append(hold, new Source(bytes, signal, length));
      return hold.file.size;
    });
  }

  staged(id: string): Promise<number | undefined> {
    return this.#stagings.staged(id);
  }

  seal(id: string, digest: Digest, rest?: Rest): Promise<SealedBlob> {
    return this.#stagings.hold(id, async (hold) => {
      const key = keyOf(hold.name, digest);
      if (rest === undefined) await this.#verifyAndPublish(hold, digest, key);
      else await this.#close(hold, rest, () => this.#verifyAndPublish(hold, digest, key));
      return { key, size: hold.file.size };
    });
  }

  abort(id: string): Promise<void> {
    return this.#stagings.abort(id);
  }

  async send(
    key: string,
    sink: Writable,
    range?: ByteRange,
    signal?: AbortSignal,
    sent?: (bytes: number) => void,
  ): Promise<void> {
    const path = this.#sealedAt(key);
    if (path === undefined) throw blobUnknown();
    await this.#sealed.use(path, (file) => sendFile(file, sink, range, this.#buffers, signal, sent));
  }

  async stat(key: string): Promise<number | undefined> {
    const path = this.#sealedAt(key);
    return path === undefined ? undefined : unlessAbsent(sizeAt(path));
  }

  async fileOf(key: string, size: number): Promise<string | undefined> {
    return (await this.stat(key)) === size ? sealedPath(key) : undefined;
  }

  /** Not synced: a name that a power cut brings back is one that nothing refers to, and is collected again. */
  async remove(key: string): Promise<boolean> {
    const path = this.#sealedAt(key);
    if (path === undefined) return true;
    await unlessAbsent(unlink(path));
    this.#sealed.forget(path);
    return true;
  }

  async adopt(blob: Adopted, fill: (sink: Writable) => Promise<void>): Promise<void> {
    const path = sealedPath(blob.key);
    if (path === undefined) throw blobUnknown();
    await adoptFile({ root: this.#root, folders: this.#folders }, path, blob, fill);
  }

  async *list(region: string, what: 'sealed' | 'staged' = 'sealed'): AsyncIterable<string> {
    if (what === 'staged') {
      for await (const name of this.#entries(stagingFolder(region))) {
        const file = parseStagingFile(name);
        if (file) yield file.staging.id;
      }
      return;
    }
    for (const folder of sealedFolders(region)) {
      for await (const fan of this.#entries(folder)) {
        for await (const name of this.#entries(`${folder}/${fan}`)) {
          const key = keyOfFile(folder, fan, name);
          if (key !== undefined) yield key;
        }
      }
    }
  }

  async check(): Promise<void> {
    try {
      await this.#probe();
    } catch (error) {
      const { reason } = storageError(error);
      throw new RegistryError('UNAVAILABLE', { ...(reason === undefined ? {} : { reason }), cause: error });
    }
  }

  /** Closes every descriptor; those in use when their user is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#folders.close();
    this.#sealed.clear();
    await this.#stagings.close();
  }

  readonly #batchBytes = (): number => Math.min(MIB, Math.max(16 * KIB, BATCH_BUDGET / this.#stagings.held));

  async #probe(): Promise<void> {
    const path = probePath(this.#root);
    const sent = Buffer.from(path);
    const received = Buffer.alloc(sent.byteLength);
    const fd = await open(path, 'wx+');
    try {
      await writeAll(fd, [sent], 0);
      await datasync(fd);
      await read(fd, received, received.byteLength, 0);
    } finally {
      await close(fd);
      await unlessAbsent(unlink(path));
    }
    if (!sent.equals(received)) throw new Error('what was written is not what is read');
  }

  async #append(hold: Hold, source: Source): Promise<void> {
    try {
      await hold.file.append(source, this.#batchBytes);
    } finally {
      source.stop();
    }
    if (hold.gone) throw uploadUnknown();
  }

  /** Appends the last bytes and runs `publish`. The bytes count only if that succeeds: else they are dropped again. */
  async #close(
    hold: Hold,
    { offset, bytes, signal, length }: Rest,
    publish: () => Promise<void>,
  ): Promise<void> {
    const { file } = hold;
    if (offset !== file.size) throw offsetInvalid(file.size);
    const before = file.mark();
    await this.#stagings.beginClosing(hold);
    try {
      await this.#append(hold, new Source(bytes, signal, length));
      await publish();
    } catch (error) {
      // a disk that does not take that back either leaves the file's name, which says what counts
      if (!hold.gone) await this.#stagings.endClosing(hold, before).catch(() => undefined);
      throw error;
    }
  }

  async #verifyAndPublish(hold: Hold, digest: Digest, key: string): Promise<void> {
    const actual = await hold.file.digest(algorithmOf(digest));
    if (actual !== digest) throw digestMismatch(actual, digest);
    await this.#publish(hold, key);
  }

  #pathOf(name: string): string {
    return join(this.#root, name);
  }

  #sealedAt(key: string): string | undefined {
    const path = sealedPath(key);
    return path && this.#pathOf(path);
  }

  /** Bytes, then name, then the folder's entry: at no instant does a sealed name lead to bytes that are not all there. */
  async #publish(hold: Hold, key: string): Promise<void> {
    const folder = dirname(key);
    await Promise.all([this.#flush(hold), onDisk(this.#folders.ensure(folder))]);
    try {
      await rename(hold.path, this.#pathOf(key));
    } catch (error) {
      throw hold.gone && isAbsent(error) ? uploadUnknown() : storageError(error);
    }
    hold.gone = true;
    await onDisk(this.#folders.sync(folder));
    hold.published = true;
  }

  /**
   * After a failed flush the system may count the pages as clean: a second one would succeed with nothing on the
   * disk. So the staging is given up, and the client uploads again.
   */
  async #flush({ name, file }: Hold): Promise<void> {
    try {
      await file.datasync();
    } catch (error) {
      await this.#stagings.abort(name.id);
      throw storageError(error);
    }
  }

  async *#entries(folder: string): AsyncIterable<string> {
    const entries = await unlessAbsent(opendir(this.#pathOf(folder), { bufferSize: 256 }));
    if (entries === undefined) return;
    for await (const entry of entries) yield entry.name;
  }
}
