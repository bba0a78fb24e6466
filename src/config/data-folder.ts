import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MasterKey } from '../identity/room.ts';
import { closeToOthers, makePrivateFolder, writePrivateFile } from './private-file.ts';
import { key32 } from './values.ts';

/** The file of the embedded database. */
export const DATABASE = 'tidegate.db';

/** The file of the owner's API key, where the server made it. */
export const OWNER_APIKEY = 'owner-apikey';

/** Files of SQLite and of the lock. A version before made them as the process's umask had it. */
const ONCE_OPEN = [DATABASE, `${DATABASE}-wal`, `${DATABASE}-shm`, 'lock', 'lock-journal', 'lock.pid'];

/** The folder that holds everything. One process at a time may use it. */
export class DataFolder implements Disposable {
  readonly path: string;
  readonly #lock: DatabaseSync | undefined;

  private constructor(path: string, lock: DatabaseSync | undefined) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Creates the folder where it is missing. With `lock` it also takes the folder's lock, which is an exclusive file lock of
   * SQLite. The operating system frees it when the process ends in any way, so a lock is never left behind. Files that others
   * could read are closed to them: the folder may be one that others enter.
   */
  static open(folder: string, { lock }: { lock: boolean }): DataFolder {
    const path = resolve(folder);
    makePrivateFolder(path);
    for (const name of ONCE_OPEN) closeToOthers(join(path, name));
    return new DataFolder(path, lock ? takeLock(path) : undefined);
  }

  /** A file in the folder. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file that only its owner can read, durably. */
  writePrivate(name: string, content: string): string {
    const path = this.file(name);
    writePrivateFile(path, content);
    return path;
  }

  /** Leaves the owner's API key where the operator finds it; answers what removes it again. */
  keepOwnerKey(apikey: string): () => void {
    const path = this.writePrivate(OWNER_APIKEY, `${apikey}\n`);
    return () => rmSync(path, { force: true });
  }

  /**
   * The master key of this folder, created with it. It is durable before this returns: no power cut takes a key that
   * something was sealed with.
   */
  masterKey(): Buffer {
    const path = this.file('master.key');
    if (existsSync(path)) return readMasterKey(path);
    if (existsSync(this.file(DATABASE)))
      throw keyFault(path, 'is missing, but there is a database beside it');
    this.writePrivate('master.key', `${MasterKey.generate().toString('base64')}\n`);
    return readMasterKey(path);
  }

  [Symbol.dispose](): void {
    this.#lock?.close();
  }
}

/** A command that works on what is there must not make a new installation where the name of the folder was mistyped. */
export const refuseAbsentInstallation = (folder: string): void => {
  if (existsSync(join(folder, DATABASE))) return;
  throw new Error(`there is no installation in ${folder}; --data names its folder`);
};

const readMasterKey = (path: string): Buffer => {
  const text = readFileSync(path, 'utf8').trim();
  try {
    return key32(text);
  } catch {
    throw keyFault(path, text === '' ? 'is empty' : 'is damaged: it does not hold 32 bytes in base64');
  }
};

const keyFault = (path: string, fault: string): Error =>
  new Error(
    `the master key file ${path} ${fault}. Put a copy of the key back there, or name one with TIDEGATE_MASTER_KEY_FILE: without it no API key, token or login of this installation works. Only if nothing in the folder is worth keeping, remove the whole folder and start again`,
  );

const takeLock = (path: string): DatabaseSync => {
  makeLockFile(join(path, 'lock'));
  const lock = new DatabaseSync(join(path, 'lock'));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch {
    throw new Error(
      `another process${readHolder(path)} uses the data folder ${path}; stop it first, or choose another folder with TIDEGATE_DATA`,
    );
  }
  writeFileSync(join(path, 'lock.pid'), `${process.pid}\n`, { mode: 0o600 });
  return lock;
};

/** Never opens a file that is there: where this process holds its lock, closing it here would free the lock. */
const makeLockFile = (path: string): void => {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

const readHolder = (path: string): string => {
  try {
    return ` (process ${readFileSync(join(path, 'lock.pid'), 'utf8').trim()})`;
  } catch {
    return '';
  }
};
