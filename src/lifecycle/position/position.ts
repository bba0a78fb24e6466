import type { BlobStore } from '../../blobs/blob-store.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { Job } from '../../job.ts';
import type { Log } from '../../observe/log.ts';
import { readBeside, writeBeside } from './beside.ts';
import { judgePosition, newestWithoutBytes } from './judge.ts';
import type { DatabasePosition } from './rows.ts';
import { acceptPosition, advancePosition } from './writes.ts';

/** So much of what was written last may be missing from an older database before it is noticed. */
const PERIOD = 5_000;

export interface PositionParts {
  readonly database: Database;
  readonly store: BlobStore;
  readonly clock: Clock;
  /** The name of the installation's marker in the blob store. */
  readonly installation: string;
}

/**
 * A number that grows while there are writes, in the database and beside the bytes, so that one that is older than the other
 * is noticed. It costs one small write in five seconds, whatever is pushed.
 */
export class StoragePosition implements AsyncDisposable {
  readonly #parts: PositionParts;
  #changed = false;
  /** In the database, and not yet beside the bytes. */
  #pending: DatabasePosition | undefined;
  #key: string | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: PositionParts) {
    this.#parts = parts;
    parts.database.onChange(() => {
      this.#changed = true;
    });
  }

  readonly job: Job = { name: 'note-position', period: PERIOD, of: 'process', run: () => this.note() };

  /**
   * At the start: refuses to go on where database and bytes are not of one time, and warns where the newest blobs have no
   * bytes. A process that was killed between the two leaves a step that is done now.
   */
  async start(log: Pick<Log, 'warn'>): Promise<void> {
    const { database, store, installation } = this.#parts;
    const place = { db: database.db, store, installation, alone: database.alone };
    const { fault, database: here, bytes } = await judgePosition(place);
    if (fault) throw new Error(fault.message);
    const { looked, missing } = await newestWithoutBytes(database.db, store);
    if (missing.length > 0) {
      const [blob] = missing;
      log.warn(
        { looked, missing: missing.length, blob },
        'blobs that were pushed last have no bytes: the bytes are older than the database, or damaged; tidegate verify tells all that is missing',
      );
    }
    if (here && here.number > (bytes?.number ?? 0)) this.#pending = here;
    await this.note().catch((err) => log.warn({ err }, 'the position could not be written beside the bytes'));
  }

  /** Goes on by one if anything was changed since the last time. */
  note(): Promise<void> {
    this.#running = this.#running.catch(() => undefined).then(() => this.#note());
    return this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // an unclean end looks the same to the next start
    await this.note().catch(() => undefined);
  }

  async #note(): Promise<void> {
    const { database, store, clock, installation } = this.#parts;
    if (this.#changed && this.#pending === undefined) {
      this.#changed = false;
      this.#pending = await database.write(advancePosition, { at: clock.now() }).catch((error) => {
        this.#changed = true;
        throw error;
      });
    }
    if (this.#pending === undefined) return;
    // after the commit: what is beside the bytes is never ahead of the database
    const key = await writeBeside(store, installation, this.#pending);
    const before = this.#key;
    this.#pending = undefined;
    this.#key = key;
    if (before === undefined) await this.#clear(key);
    else await store.remove(before);
  }

  /** What earlier processes left. */
  async #clear(latest: string): Promise<void> {
    const { store, installation } = this.#parts;
    const found = await readBeside(store, installation);
    const own = found.find(({ key }) => key === latest);
    for (const { key, position } of found)
      if (own && position.number < own.position.number) await store.remove(key);
  }
}

/** Takes database and bytes as they are; answers whether there was anything to accept. */
export const acceptStorage = async (parts: PositionParts): Promise<boolean> => {
  const { database, store, clock, installation } = parts;
  const place = { db: database.db, store, installation, alone: database.alone };
  const { fault, bytes } = await judgePosition(place);
  if (!fault) return false;
  const input = { beside: bytes?.number ?? 0, at: clock.now() };
  await writeBeside(store, installation, await database.write(acceptPosition, input));
  return true;
};
