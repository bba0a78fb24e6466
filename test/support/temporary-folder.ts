import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.ts';

export interface TemporaryFolder extends Disposable {
  readonly path: string;
}

/** A folder that is gone with its scope, or else when this process ends. */
export const temporaryFolder = (): TemporaryFolder => {
  const path = mkdtempSync(join(tmpdir(), 'tidegate-test-'));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  const forget = atExit(remove);
  return {
    path,
    [Symbol.dispose]() {
      forget();
      remove();
    },
  };
};
