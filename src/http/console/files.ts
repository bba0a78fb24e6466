import { extname } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { FORM, readBuilt } from '../../release.ts';
import { type ConsoleSource, TYPES } from './console-source.ts';

const zip = promisify(gzip);
const brotli = promisify(brotliCompress);

/** How a file can be sent, by the names that browsers ask with; the smallest first. */
const ENCODERS = {
  br: (bytes: Buffer) => brotli(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  gzip: (bytes: Buffer) => zip(bytes, { level: 9 }),
} as const;
export type Encoding = keyof typeof ENCODERS;
export const ENCODINGS = Object.keys(ENCODERS) as Encoding[];

/** A file of the console. It is compressed when it is first asked for, and kept. */
export class ConsoleFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly #compressed = new Map<Encoding, Promise<Buffer>>();

  constructor(type: string, bytes: Buffer) {
    this.type = type;
    this.bytes = bytes;
  }

  in(encoding: Encoding): Promise<Buffer> {
    const known = this.#compressed.get(encoding) ?? ENCODERS[encoding](this.bytes);
    this.#compressed.set(encoding, known);
    return known;
  }
}

/** The list of a build's files of the console, which scripts/build/console.ts writes. */
export interface BuiltConsole {
  readonly hash: string;
  readonly start: string;
  readonly imports: Readonly<Record<string, readonly string[]>>;
  readonly packages: Readonly<Record<string, string>>;
}
/** Where a build has that list, and the folder of the files. */
export const BUILT_CONSOLE = 'console.json';
export const BUILT_FILES = 'console';

const builtSource = async (): Promise<ConsoleSource> => {
  const { imports, ...list }: BuiltConsole = JSON.parse((await readBuilt(BUILT_CONSOLE)).toString());
  return {
    ...list,
    imports: new Map(Object.entries(imports)),
    read: (path) => readBuilt(`${BUILT_FILES}/${path}`),
  };
};

/**
 * The files of the console, read once, at the first visit: the modules of the source itself, or what a build made of them. All
 * addresses have one hash of all of them: what a browser keeps is never of another version.
 */
export class ConsoleFiles {
  readonly #source: ConsoleSource;
  readonly #made = new Map<string, Promise<ConsoleFile>>();

  private constructor(source: ConsoleSource) {
    this.#source = source;
  }

  static async read(): Promise<ConsoleFiles> {
    if (FORM !== 'sources') return new ConsoleFiles(await builtSource());
    // a build has no types to take out
    const { readSources } = await import('./source-files.ts');
    return new ConsoleFiles(await readSources());
  }

  get hash(): string {
    return this.#source.hash;
  }

  get start(): string {
    return this.#source.start;
  }

  /** Of all files, below the hash. */
  get paths(): string[] {
    return [...this.#source.imports.keys()];
  }

  /** A file by its path below the hash; undefined where there is none. */
  file(path: string): Promise<ConsoleFile> | undefined {
    if (!this.#source.imports.has(path)) return undefined;
    const known = this.#made.get(path);
    if (known) return known;
    const made = this.#make(path);
    this.#made.set(path, made);
    return made;
  }

  /** A module and all that it loads before it runs: what a browser would ask for one after the other. */
  loadedBy(path: string): string[] {
    const found = new Set([path]);
    for (const each of found) for (const next of this.#source.imports.get(each) ?? []) found.add(next);
    return [...found];
  }

  /** The names by which modules import packages, and the addresses of these below `base`. */
  importMap(base: string): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.#source.packages).map(([name, path]) => [name, `${base}/${path}`]),
    );
  }

  async #make(path: string): Promise<ConsoleFile> {
    return new ConsoleFile(TYPES[extname(path)] ?? '', await this.#source.read(path));
  }
}
