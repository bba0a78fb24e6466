import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/**
 * A new file for a secret that is shown once. Only its owner can read it. It is opened before the secret is created:
 * where the path cannot be written, nothing is created. It is removed again unless a secret was written to it.
 */
export class SecretFile implements Disposable {
  readonly path: string;
  readonly #file: number;
  #kept = false;

  /** `what` stands in the error message: `key`. */
  constructor(path: string, what: string) {
    this.path = resolve(path);
    try {
      this.#file = openSync(this.path, 'wx', 0o600);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CliError(EXIT.FAILED, `Cannot create the file for the ${what}: ${reason}.`, { cause: error });
    }
  }

  keep(text: string): void {
    writeSync(this.#file, text);
    fsyncSync(this.#file);
    this.#kept = true;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
    if (!this.#kept) rmSync(this.path, { force: true });
  }
}
