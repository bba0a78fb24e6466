import { LRUCache } from 'lru-cache';
import { close } from './disk.ts';

interface Opened {
  readonly fd: number;
}

interface Handle<T extends Opened> {
  readonly opened: Promise<T>;
  users: number;
  dropped: boolean;
}

/**
 * Files or folders kept open for reading, at most `max` of them idle. A handle that is evicted or forgotten while
 * it is in use is closed by its last user, so a descriptor number is never used after it may mean another file.
 */
export class HandleCache<T extends Opened> {
  readonly #open: (path: string) => Promise<T>;
  readonly #handles: LRUCache<string, Handle<T>>;

  constructor(max: number, open: (path: string) => Promise<T>) {
    this.#open = open;
    this.#handles = new LRUCache({ max, dispose: (handle) => this.#drop(handle) });
  }

  /** Runs `work` with the open `path`; rejects with the opener's error when it cannot be opened. */
  async use<R>(path: string, work: (opened: T) => Promise<R>): Promise<R> {
    const handle = this.#take(path);
    try {
      return await work(await handle.opened);
    } finally {
      handle.users -= 1;
      this.#closeIfDone(handle);
    }
  }

  forget(path: string): void {
    this.#handles.delete(path);
  }

  clear(): void {
    this.#handles.clear();
  }

  #take(path: string): Handle<T> {
    const found = this.#handles.get(path);
    if (found !== undefined) {
      found.users += 1;
      return found;
    }
    const handle: Handle<T> = { opened: this.#open(path), users: 1, dropped: false };
    this.#handles.set(path, handle);
    handle.opened.catch(() => {
      if (this.#handles.peek(path) === handle) this.#handles.delete(path);
    });
    return handle;
  }

  #drop(handle: Handle<T>): void {
    handle.dropped = true;
    this.#closeIfDone(handle);
  }

  #closeIfDone(handle: Handle<T>): void {
    if (!handle.dropped || handle.users > 0) return;
    handle.opened.then(
      ({ fd }) => close(fd),
      () => undefined,
    );
  }
}
