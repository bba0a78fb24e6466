import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MasterKey } from '../identity/master-key.ts';

/** The folder of everything, held by one process at a time. */
export class DataFolder implements Disposable {
  readonly path: string;
  readonly #lock: DatabaseSync | undefined;

  private constructor(path: string, lock: DatabaseSync | undefined) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Creates the folder if need be and, where anything of the installation lives in it, takes its lock. That is SQLite's
   * exclusive file lock: the system frees it when the process dies, however it dies, so no stale one is ever removed by hand.
   */
  static open(folder: string, { lock }: { lock: boolean }): DataFolder {
    const path = resolve(folder);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return new DataFolder(path, lock ? takeLock(path) : undefined);
  }

  /** A file in the folder. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file only its owner can read. */
  writePrivate(name: string, content: string): string {
    const path = this.file(name);
    writeFileSync(path, content, { mode: 0o600 });
    chmodSync(path, 0o600);
    return path;
  }

  /** The master key of this folder, created with it. */
  masterKey(): Buffer {
    const path = this.file('master.key');
    if (!existsSync(path)) this.writePrivate('master.key', `${MasterKey.generate().toString('base64')}\n`);
    return Buffer.from(readFileSync(path, 'utf8').trim(), 'base64');
  }

  [Symbol.dispose](): void {
    this.#lock?.close();
  }
}

const takeLock = (path: string): DatabaseSync => {
  const lock = new DatabaseSync(join(path, 'lock'));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch {
    throw new Error(
      `another process${readHolder(path)} uses the data folder ${path}; stop it first, or choose another folder with TIDEGATE_DATA`,
    );
  }
  writeFileSync(join(path, 'lock.pid'), `${process.pid}\n`);
  return lock;
};

const readHolder = (path: string): string => {
  try {
    return ` (process ${readFileSync(join(path, 'lock.pid'), 'utf8').trim()})`;
  } catch {
    return '';
  }
};
