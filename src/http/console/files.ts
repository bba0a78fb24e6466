import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const zip = promisify(gzip);

/** A file of the console as it is sent. */
export interface ConsoleFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly zipped: Buffer;
}

/** The folders of the source that a browser may load: the pages, the client of the API, and the shapes of its answers. */
const FOLDERS = ['console', 'client', 'wire'];

/** Packages that the pages import, by the names they are imported by. */
const PACKAGES = ['preact', 'preact/hooks', '@preact/signals', '@preact/signals-core'];

const TYPES: Readonly<Record<string, string>> = {
  '.ts': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const SOURCE = new URL('../../', import.meta.url);

/**
 * The files of the console, read once, at the first visit. Browsers load the modules of the source itself, with the types
 * blanked out. All addresses have one hash of all of them: what a browser keeps is never of another version.
 */
export class ConsoleFiles {
  readonly #paths: ReadonlyMap<string, string>;
  readonly #made = new Map<string, Promise<ConsoleFile>>();
  /** Of the contents of all files. */
  readonly hash: string;
  /** What a file imports, by its path: other files, as paths. */
  readonly imports: ReadonlyMap<string, readonly string[]>;

  private constructor(
    paths: ReadonlyMap<string, string>,
    hash: string,
    imports: ReadonlyMap<string, readonly string[]>,
  ) {
    this.#paths = paths;
    this.hash = hash;
    this.imports = imports;
  }

  static async read(): Promise<ConsoleFiles> {
    const paths = new Map<string, string>();
    for (const folder of FOLDERS) {
      const from = fileURLToPath(new URL(folder, SOURCE));
      for (const name of (await readdir(from, { recursive: true })).sort())
        if (TYPES[extname(name)]) paths.set(`${folder}/${name.replaceAll('\\', '/')}`, join(from, name));
    }
    for (const name of PACKAGES) paths.set(`packages/${name}.mjs`, fileURLToPath(import.meta.resolve(name)));
    const digest = createHash('sha256');
    const imports = new Map<string, readonly string[]>();
    for (const [path, file] of paths) {
      const content = await readFile(file);
      digest.update(`${path}\0${content.length}\0`).update(content);
      imports.set(path, importsOf(path, content.toString('utf8')));
    }
    return new ConsoleFiles(paths, digest.digest('hex').slice(0, 16), imports);
  }

  /** A file by its path below the hash; undefined where there is none. */
  file(path: string): Promise<ConsoleFile> | undefined {
    const source = this.#paths.get(path);
    if (source === undefined) return undefined;
    const known = this.#made.get(path);
    if (known) return known;
    const made = make(source);
    this.#made.set(path, made);
    return made;
  }

  /** A module and all that it loads before it runs: what a browser would ask for one after the other. */
  loadedBy(path: string): string[] {
    const found = new Set([path]);
    for (const each of found) for (const next of this.imports.get(each) ?? []) found.add(next);
    return [...found];
  }

  /** The names by which modules import packages, and the addresses of these below `base`. */
  importMap(base: string): Record<string, string> {
    const own = { typebox: 'console/schema/typebox.ts', 'typebox/compile': 'console/schema/compile.ts' };
    const packages = PACKAGES.map((name) => [name, `packages/${name}.mjs`]);
    return Object.fromEntries(
      [...packages, ...Object.entries(own)].map(([name, path]) => [name, `${base}/${path}`]),
    );
  }
}

/** Comments that stand on lines of their own. Their lines stay, so that an error names the line of the source. */
const COMMENT = /^[ \t]*(?:\/\*\*[\s\S]*?\*\/|\/\/.*)[ \t]*$/gm;

const make = async (source: string): Promise<ConsoleFile> => {
  const content = await readFile(source, 'utf8');
  const extension = extname(source);
  const code = extension === '.ts' ? stripTypeScriptTypes(content) : content;
  const text = extension === '.css' ? code : code.replace(COMMENT, (found) => found.replace(/[^\n]/g, ''));
  const bytes = Buffer.from(text);
  return { type: TYPES[extension] ?? '', bytes, zipped: await zip(bytes, { level: 9 }) };
};

/** Imports that are there when the types are gone, and not those that are loaded later. */
const IMPORT = /^(?:import|export) (?!type\b)(?:[^'"]*? from )?['"]([^'"]+)['"]/gm;

const importsOf = (path: string, text: string): string[] =>
  [...text.matchAll(IMPORT)].map(([, name = '']) => {
    if (name === 'typebox') return 'console/schema/typebox.ts';
    if (name === 'typebox/compile') return 'console/schema/compile.ts';
    return name.startsWith('.') ? join(path, '..', name) : `packages/${name}.mjs`;
  });
