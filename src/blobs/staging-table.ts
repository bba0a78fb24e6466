import { LRUCache } from 'lru-cache';
import { isAbsent, onDisk, sizeAt, storageError, unlessAbsent, unlink } from './disk.ts';
import { parseStagingId, type StagingName, stagingPath } from './layout.ts';
import { uploadBusy, uploadUnknown } from './refusals.ts';
import { StagedFile } from './staged-file.ts';

const IDLE_MS = 60_000;

/** One holder's grip on a staging place. */
export interface Hold {
  readonly name: StagingName;
  readonly path: string;
  readonly file: StagedFile;
  /** The path names these bytes no longer: aborted, or published. */
  gone: boolean;
  /** They are synced and have their storage name. */
  published: boolean;
}

type Held = Pick<Hold, 'gone' | 'published'> & { file?: StagedFile };

/**
 * The staging files that are open: those in use, and a bounded number of idle ones, kept with their
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
        // "delete" is the reason both when a file is taken into use and for `clear`
        if (reason !== 'delete' || this.#closed) this.#close(file);
      },
    });
  }

  /** How many staging places are in use. */
  get held(): number {
    return this.#held.size;
  }

  async create(name: StagingName): Promise<void> {
    this.#rest(name.id, await onDisk(StagedFile.create(stagingPath(this.#root, name))));
  }

  /** Runs `work` with the staging place for itself alone; another caller meanwhile is refused with RANGE_INVALID. */
  async hold<T>(id: string, work: (hold: Hold) => Promise<T>): Promise<T> {
    const name = parseStagingId(id);
    if (name === undefined) throw uploadUnknown();
    if (this.#held.has(id)) throw uploadBusy();
    const held: Held = { gone: false, published: false };
    this.#held.set(id, held);
    try {
      const path = stagingPath(this.#root, name);
      const file = this.#wake(id) ?? (await this.#reopen(path));
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
    return file?.size ?? (await unlessAbsent(sizeAt(stagingPath(this.#root, name))));
  }

  async abort(id: string): Promise<void> {
    const name = parseStagingId(id);
    if (name === undefined) return;
    const held = this.#held.get(id);
    if (held !== undefined) held.gone = true;
    const file = this.#wake(id);
    if (file !== undefined) this.#close(file);
    await unlessAbsent(unlink(stagingPath(this.#root, name)));
  }

  /** Closes what is idle now and what is held when it is let go. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#idle.clear();
    await Promise.all(this.#closing);
  }

  async #reopen(path: string): Promise<StagedFile> {
    try {
      return await StagedFile.reopen(path);
    } catch (error) {
      throw isAbsent(error) ? uploadUnknown() : storageError(error);
    }
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
    else if (held.gone || file.uncertain) this.#close(file);
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
