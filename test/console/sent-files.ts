import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConsoleFiles } from '../../src/http/console/files.ts';

/** The folder of the source. */
export const SOURCE = join(import.meta.dirname, '../../src');

export const START = 'console/start.ts';
const SIGNED_IN = 'console/frame/signed-in.ts';
const OVERVIEW = 'console/pages/overview/overview.ts';

/** What a browser loads of the console, and how many bytes each file is on the wire. */
export class SentFiles {
  readonly #files: ConsoleFiles;

  private constructor(files: ConsoleFiles) {
    this.#files = files;
  }

  static async read(): Promise<SentFiles> {
    return new SentFiles(await ConsoleFiles.read());
  }

  /** What a page loads before it shows, beyond what is there on the overview. */
  pageFiles(module: string): string[] {
    const before = new Set([START, SIGNED_IN, OVERVIEW].flatMap((path) => this.#files.loadedBy(path)));
    return this.#files.loadedBy(module).filter((path) => !before.has(path));
  }

  /** Everything that any page loads. */
  all(): Promise<string[]> {
    return this.#withLater(START);
  }

  async bytes(paths: readonly string[]): Promise<number> {
    let sum = 0;
    for (const path of paths) sum += (await this.#files.file(path))?.zipped.length ?? 0;
    return sum;
  }

  /** What a module loads, and what that loads later. */
  async #withLater(module: string): Promise<string[]> {
    const found = new Set([module]);
    for (const path of found) {
      for (const next of this.#files.loadedBy(path)) found.add(next);
      for (const next of await laterImports(path)) found.add(next);
    }
    return [...found];
  }
}

const laterImports = async (path: string): Promise<string[]> => {
  if (!path.startsWith('console/')) return [];
  const text = await readFile(join(SOURCE, path), 'utf8');
  return [...text.matchAll(/\bimport\('([^']+)'\)/g)].map(([, name = '']) => join(path, '..', name));
};
