import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isPresent, mkdir, open, sync } from './disk.ts';
import { HandleCache } from './handle-cache.ts';

/** A sync that runs, and the one that all who came during it wait for. */
interface SyncQueue {
  running: Promise<void>;
  next: Promise<void> | undefined;
}

/** Folders below a root whose entries survive a power cut once `sync` or `ensure` has returned. */
export class DurableFolders {
  readonly #root: string;
  readonly #handles: HandleCache<{ readonly fd: number }>;
  readonly #ensured = new Map<string, Promise<void>>();
  readonly #syncing = new Map<string, SyncQueue>();

  constructor(root: string, openHandles: number) {
    this.#root = root;
    this.#handles = new HandleCache(openHandles, async (path) => ({ fd: await open(path, 'r') }));
  }

  /** Makes the root and what is missing above it. */
  async makeRoot(): Promise<void> {
    const first = mkdirSync(this.#root, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    const above = dirname(first);
    for (let folder = dirname(this.#root); ; folder = dirname(folder)) {
      await this.#handles.use(folder, ({ fd }) => sync(fd));
      if (folder === above || folder === dirname(folder)) return;
    }
  }

  /**
   * Makes `folder` (a path below the root) and its parents, and syncs the entry of each. A folder found in place is
   * synced too, once per process: the process that made it may have died before it did.
   */
  ensure(folder: string): Promise<void> {
    const known = this.#ensured.get(folder);
    if (known !== undefined) return known;
    const making = this.#make(folder);
    this.#ensured.set(folder, making);
    making.catch(() => this.#ensured.delete(folder));
    return making;
  }

  /** Makes the entries of `folder` durable. Callers that come while a sync runs share the next one. */
  sync(folder: string): Promise<void> {
    const queue = this.#syncing.get(folder);
    if (queue === undefined) return this.#start(folder);
    // The running sync may have begun before this caller's rename: only the next one surely covers it.
    queue.next ??= queue.running.then(
      () => this.#start(folder),
      () => this.#start(folder),
    );
    return queue.next;
  }

  close(): void {
    this.#handles.clear();
  }

  async #make(folder: string): Promise<void> {
    const parent = dirname(folder);
    if (parent !== '.') await this.ensure(parent);
    try {
      await mkdir(join(this.#root, folder));
    } catch (error) {
      if (!isPresent(error)) throw error;
    }
    await this.sync(parent);
  }

  #start(folder: string): Promise<void> {
    const running = this.#handles.use(join(this.#root, folder), ({ fd }) => sync(fd));
    const queue: SyncQueue = { running, next: undefined };
    this.#syncing.set(folder, queue);
    const done = (): void => {
      if (queue.next === undefined) this.#syncing.delete(folder);
    };
    running.then(done, done);
    return running;
  }
}
