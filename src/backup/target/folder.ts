import { randomUUID } from 'node:crypto';
import { link, opendir, readdir, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  close,
  datasync,
  isAbsent,
  isPresent,
  open,
  read,
  rename,
  sizeOf,
  unlink,
  writeAll,
} from '../../blobs/disk.ts';
import { DurableFolders } from '../../blobs/durable-folders.ts';
import { RegistryError } from '../../errors.ts';
import {
  type BackupTarget,
  exactly,
  objectTaken,
  objectUnknown,
  type PutOptions,
  refuseObjectName,
  type TargetObject,
  targetFailed,
  targetFull,
} from './target.ts';

/** Objects on their way; a leading dot keeps them out of every listing. */
const UNFINISHED = '.unfinished';
/** What a killed process left is removed after this long. */
const ABANDONED_MS = 24 * 3_600_000;
const READ_BYTES = 256 * 1024;
const IDLE_HANDLES = 32;
const ENTRIES_AT_ONCE = 256;

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? 'unknown');

/** A folder on a disk or a network file system: files of mode 0600 in folders of mode 0700. */
export class FolderTarget implements BackupTarget {
  readonly name: string;
  readonly #root: string;
  #folders: DurableFolders;
  #prepared: Promise<void> | undefined;

  /** Nothing is made before the first `put`: a folder that is only read may lie on a read-only disk. */
  constructor(path: string) {
    this.#root = resolve(path);
    this.name = this.#root;
    this.#folders = new DurableFolders(this.#root, IDLE_HANDLES);
  }

  async put(name: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<void> {
    refuseObjectName(name);
    const staged = join(UNFINISHED, randomUUID());
    try {
      this.#prepared ??= this.#prepare();
      await this.#prepared;
      await this.#write(join(this.#root, staged), exactly(name, bytes, options));
      await this.#publish(staged, name, options.once === true);
    } catch (error) {
      this.#prepared = undefined;
      await unlink(join(this.#root, staged)).catch(() => undefined);
      throw this.#words(error);
    }
  }

  async *get(name: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    refuseObjectName(name);
    let fd: number;
    try {
      fd = await open(join(this.#root, name), 'r');
    } catch (error) {
      throw isAbsent(error) ? objectUnknown(name, this.name) : this.#words(error);
    }
    try {
      for (let at = 0; ; ) {
        signal?.throwIfAborted();
        const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
        const count = await read(fd, buffer, READ_BYTES, at).catch((error) => {
          throw this.#words(error);
        });
        if (count === 0) return;
        yield buffer.subarray(0, count);
        at += count;
      }
    } finally {
      await close(fd);
    }
  }

  async stat(name: string): Promise<number | undefined> {
    refuseObjectName(name);
    try {
      const found = await stat(join(this.#root, name));
      return found.isFile() ? found.size : undefined;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw this.#words(error);
    }
  }

  list(prefix: string): AsyncIterable<TargetObject> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (folder !== '') refuseObjectName(folder.slice(0, -1));
    return this.#walk(folder, prefix);
  }

  /** Also removes the folders that hold nothing any more. */
  async remove(name: string): Promise<void> {
    refuseObjectName(name);
    try {
      await unlink(join(this.#root, name));
      for (let folder = dirname(name); folder !== '.'; folder = dirname(folder))
        await rmdir(join(this.#root, folder));
    } catch (error) {
      if (!isAbsent(error) && !['ENOTEMPTY', 'EEXIST', 'EBUSY'].includes(codeOf(error)))
        throw this.#words(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#folders.close();
  }

  async #prepare(): Promise<void> {
    await this.#folders.makeRoot();
    await this.#folders.ensure(UNFINISHED);
    await this.#removeAbandoned();
  }

  /** The age is told by the file system's own clock: one new file against the others. */
  async #removeAbandoned(): Promise<void> {
    const folder = join(this.#root, UNFINISHED);
    const probe = join(folder, randomUUID());
    await close(await open(probe, 'wx'));
    try {
      const now = (await stat(probe)).mtimeMs;
      for (const entry of await readdir(folder)) {
        const path = join(folder, entry);
        const age = now - ((await stat(path).catch(() => undefined))?.mtimeMs ?? now);
        if (age > ABANDONED_MS) await unlink(path).catch(() => undefined);
      }
    } finally {
      await unlink(probe);
    }
  }

  async #write(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const fd = await open(path, 'wx');
    try {
      let at = 0;
      for await (const chunk of bytes) {
        if (chunk.byteLength > 0) await writeAll(fd, [chunk], at);
        at += chunk.byteLength;
      }
      await datasync(fd);
      if ((await sizeOf(fd)) !== at) throw Object.assign(new Error('bytes were lost'), { code: 'EIO' });
    } finally {
      await close(fd);
    }
  }

  /** Bytes, then name, then the folder's entry. */
  async #publish(staged: string, name: string, once: boolean): Promise<void> {
    const [from, to] = [join(this.#root, staged), join(this.#root, name)];
    const folder = dirname(name);
    const enter = async (): Promise<void> => {
      await this.#folders.ensure(folder);
      await (once ? this.#takeName(from, to, name) : rename(from, to));
    };
    try {
      await enter();
    } catch (error) {
      if (!isAbsent(error)) throw error;
      // a removal took the folder away, which is remembered as made
      this.#folders.close();
      this.#folders = new DurableFolders(this.#root, IDLE_HANDLES);
      await enter();
    }
    await this.#folders.sync(folder);
  }

  async #takeName(from: string, to: string, name: string): Promise<void> {
    try {
      await link(from, to);
      await unlink(from);
    } catch (error) {
      if (isPresent(error)) throw objectTaken(name, this.name);
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(codeOf(error))) throw error;
      // a file system without hard links
      if ((await this.stat(name)) !== undefined) throw objectTaken(name, this.name);
      await rename(from, to);
    }
  }

  async *#walk(folder: string, prefix: string): AsyncIterable<TargetObject> {
    for await (const entry of this.#entries(folder)) {
      const path = folder + entry;
      if (path.endsWith('/')) {
        if (path.startsWith(prefix) || prefix.startsWith(path)) yield* this.#walk(path, prefix);
      } else if (path.startsWith(prefix)) {
        const size = await this.stat(path);
        if (size !== undefined) yield { name: path, size };
      }
    }
  }

  /**
   * The entries of a folder in the order their full names have; a folder's name ends in a slash. A folder may have a million
   * of them, as names without further parts come from a bucket: they are read in portions and put in order by their first two
   * letters, so that no moment of it is long.
   */
  async *#entries(folder: string): AsyncIterable<string> {
    const groups = new Map<string, string[]>();
    try {
      for await (const entry of await opendir(join(this.#root, folder), { bufferSize: ENTRIES_AT_ONCE })) {
        if (entry.name.startsWith('.')) continue;
        const name = entry.isDirectory() ? `${entry.name}/` : entry.name;
        const group = groups.get(name.slice(0, 2));
        if (group === undefined) groups.set(name.slice(0, 2), [name]);
        else group.push(name);
      }
    } catch (error) {
      if (isAbsent(error)) return;
      throw this.#words(error);
    }
    for (const beginning of [...groups.keys()].sort()) {
      yield* groups.get(beginning)?.sort() ?? [];
      groups.delete(beginning);
    }
  }

  #words(error: unknown): unknown {
    if (error instanceof RegistryError) return error;
    const code = (error as NodeJS.ErrnoException)?.code;
    if (code === 'ENOSPC' || code === 'EDQUOT') return targetFull(this.name, error);
    // what comes with the bytes is not the target's fault
    return typeof code === 'string' && (error as NodeJS.ErrnoException).syscall !== undefined
      ? targetFailed(this.name, code, error)
      : error;
  }
}
