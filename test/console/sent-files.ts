import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConsoleFiles, type Encoding } from '../../src/http/console/files.ts';

/** The folder of the source. */
export const SOURCE = join(import.meta.dirname, '../../src');

/** The areas of pages, each of which has a file. */
export const areas = async (): Promise<string[]> => {
  const text = await readFile(join(SOURCE, 'console/routing/routes.ts'), 'utf8');
  return [...new Set([...text.matchAll(/import\('\.\.\/pages\/([^/']+)\//g)].map(([, area = '']) => area))];
};

const fileOf = (name: string): string => `console/${name}.js`;

/** What a browser loads of the console, and how many bytes each file is on the wire. */
export class SentFiles {
  readonly #files: ConsoleFiles;

  private constructor(files: ConsoleFiles) {
    this.#files = files;
  }

  static async read(): Promise<SentFiles> {
    return new SentFiles(await ConsoleFiles.read());
  }

  /** What the pages of an area load, beyond what is there on the overview. */
  areaFiles(area: string): string[] {
    const before = new Set(['frame', 'overview'].flatMap((name) => this.#files.loadedBy(fileOf(name))));
    return this.#files.loadedBy(fileOf(area)).filter((path) => !before.has(path));
  }

  all(): string[] {
    return this.#files.paths;
  }

  async bytes(paths: readonly string[], encoding: Encoding): Promise<number> {
    let sum = 0;
    for (const path of paths) sum += (await (await this.#files.file(path))?.in(encoding))?.length ?? 0;
    return sum;
  }
}
