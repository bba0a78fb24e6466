import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ApiKey } from '../wire/api-keys.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/**
 * A new file for an API key, readable by its owner only, opened before the key is made: a secret that is shown once
 * must not find its place taken. Removed again unless a key was kept in it.
 */
export class KeyFile implements Disposable {
  readonly path: string;
  readonly #file: number;
  #kept = false;

  constructor(path: string) {
    this.path = resolve(path);
    try {
      this.#file = openSync(this.path, 'wx', 0o600);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CliError(EXIT.FAILED, `Cannot create the file for the key: ${reason}.`, { cause: error });
    }
  }

  /** Writes the fields IBM's client writes, which `login --apikey @FILE` reads. */
  keep({ name, description = '', created_at: createdAt = '', apikey }: ApiKey): void {
    writeSync(this.#file, `${JSON.stringify({ name, description, createdAt, apikey }, null, 2)}\n`);
    fsyncSync(this.#file);
    this.#kept = true;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
    if (!this.#kept) rmSync(this.path, { force: true });
  }
}
