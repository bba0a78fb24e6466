import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LRUCache } from 'lru-cache';
import { isAbsent, onDisk, rename, sizeAt, storageError, unlessAbsent, unlink } from './disk.ts';
import { closingPath, parseStagingFile, parseStagingId, type StagingName, stagingPath } from './layout.ts';
import { uploadBusy, uploadUnknown } from './refusals.ts';
import { type Mark, StagedFile } from './staged-file.ts';

const IDLE_MS = 60_000;

/** One holder's grip on a staging place. */
export interface Hold {
  readonly name: StagingName;
  /** Where the file lies now. */
  path: string;
  readonly file: StagedFile;
  /** While the last bytes come: how many count so far. */
  closingAt: number | undefined;
  /** The path names these bytes no longer: aborted, or published. */
  gone: boolean;
  /** They are synced and have their storage name. */
  published: boolean;
}

type Held = Pick<Hold, 'gone' | 'published' | 'closingAt'> & { file?: StagedFile; path?: string };

/**
 * The staging files that are open: those that a request works on, and a bounded number of idle ones, kept with their
 * running hash for the next append or the seal. An idle one that is closed loses nothing but its hash.
 */
export class StagingTable {
  readonly #root: string;
  readonly #held = new Map<string, Held>();
  readonly #idle: LRUCache<string, StagedFile>;
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(root: string, maxIdle: number) {
    this.#root = root;
    this.#idle = new LRUCache({
      max: maxIdle,
      ttl: IDLE_MS,
      ttlAutopurge: true,
      dispose: (file, _id, reason) => {
        // "delete" is what a request says that takes the file, and what `clear` says
        if (reason !== 'delete' || this.#closed) this.#close(file);
      },
    });
  }

  /** How many staging places requests work on. */
  get held(): number {
    return this.#held.size;
  }

  async create(name: StagingName): Promise<void> {
    this.#rest(name.id, await onDisk(StagedFile.create(stagingPath(this.#root, name))));
  }

  /** Runs `work`, which alone has the staging place; a request that comes meanwhile is refused with RANGE_INVALID. */
  async hold<T>(id: string, work: (hold: Hold) => Promise<T>): Promise<T> {
    const name = parseStagingId(id);
    if (name === undefined) throw uploadUnknown();
    if (this.#held.has(id)) throw uploadBusy();
    const held: Held = { gone: false, published: false, closingAt: undefined };
    this.#held.set(id, held);
    try {
      const path = stagingPath(this.#root, name);
      const file = this.#wake(id) ?? (await this.#reopen(name));
      return await work(Object.assign(held, { name, path, file }));
    } finally {
      this.#held.delete(id);
      this.#release(id, held);
    }
  }

  async staged(id: string): Promise<number | undefined> {
    const name = parseStagingId(id);
    if (name === undefined) return undefined;
    const held = this.#held.get(id);
    if (held?.gone) return undefined;
    const file = held?.file ?? this.#idle.get(id);
    if (file !== undefined) return held?.closingAt ?? file.size;
    return (
      (await unlessAbsent(sizeAt(stagingPath(this.#root, name)))) ??
      (await this.#leftClosing(name))?.closingAt
    );
  }

  /** From now on the file's name says that only the bytes it has now count, also after a kill. */
  async beginClosing(hold: Hold): Promise<void> {
    const path = closingPath(this.#root, hold.name, hold.file.size);
    await this.#move(hold, path);
    hold.closingAt = hold.file.size;
  }

  /** Takes that back, and with it the bytes that came since `before`. */
  async endClosing(hold: Hold, before: Mark): Promise<void> {
    await hold.file.backTo(before);
    await this.#move(hold, stagingPath(this.#root, hold.name));
    hold.closingAt = undefined;
  }

  async abort(id: string): Promise<void> {
    const name = parseStagingId(id);
    if (name === undefined) return;
    const held = this.#held.get(id);
    if (held !== undefined) held.gone = true;
    const file = this.#wake(id);
    if (file !== undefined) this.#close(file);
    const path = held?.path ?? stagingPath(this.#root, name);
    const isRemoved = await unlessAbsent(unlink(path).then(() => true));
    const left = isRemoved || held ? undefined : await this.#leftClosing(name);
    if (left !== undefined) await unlessAbsent(unlink(left.path));
  }

  /** Closes what is idle now and what is held when it is let go. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#idle.clear();
    await Promise.all(this.#closing);
  }

  async #reopen(name: StagingName): Promise<StagedFile> {
    const path = stagingPath(this.#root, name);
    const file = await unlessAbsent(StagedFile.reopen(path));
    if (file !== undefined) return file;
    const left = await this.#leftClosing(name);
    if (left === undefined) throw uploadUnknown();
    const cut = await onDisk(StagedFile.reopen(left.path));
    await cut.backTo({ size: left.closingAt, running: undefined });
    await onDisk(rename(left.path, path));
    return cut;
  }

  /** A file whose closing request did not end, since the process did. Rare, so the folder is looked through. */
  async #leftClosing(name: StagingName): Promise<{ path: string; closingAt: number } | undefined> {
    const names = (await unlessAbsent(readdir(dirname(stagingPath(this.#root, name))))) ?? [];
    for (const each of names) {
      const { staging, closingAt } = parseStagingFile(each) ?? {};
      if (staging?.id === name.id && closingAt !== undefined)
        return { path: closingPath(this.#root, name, closingAt), closingAt };
    }
    return undefined;
  }

  async #move(hold: Hold, path: string): Promise<void> {
    try {
      await rename(hold.path, path);
    } catch (error) {
      throw hold.gone && isAbsent(error) ? uploadUnknown() : storageError(error);
    }
    hold.path = path;
  }

  #wake(id: string): StagedFile | undefined {
    const file = this.#idle.get(id);
    if (file !== undefined) this.#idle.delete(id);
    return file;
  }

  #release(id: string, held: Held): void {
    const { file } = held;
    if (file === undefined) return;
    if (held.published) file.closeSynced();
    else if (held.gone || file.uncertain || held.closingAt !== undefined) this.#close(file);
    else this.#rest(id, file);
  }

  #rest(id: string, file: StagedFile): void {
    if (this.#closed) this.#close(file);
    else this.#idle.set(id, file);
  }

  #close(file: StagedFile): void {
    const closing = file.close();
    this.#closing.add(closing);
    closing.then(() => this.#closing.delete(closing));
  }
}
