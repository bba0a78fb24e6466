import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConsoleSource, TYPES } from './console-source.ts';
import { type Module, readModule } from './module.ts';
import { packsOf, packText, START } from './packs.ts';

/** The folders of the source that a browser may load: the pages, the client of the API, and the shapes of its answers. */
const FOLDERS = ['console', 'client', 'wire'];

/** Packages that the pages import, by the names they are imported by. */
export const PACKAGES = ['preact', 'preact/hooks', '@preact/signals', '@preact/signals-core'];

/** Packages for which a browser gets modules of our own. */
const STAND_INS: Readonly<Record<string, string>> = {
  typebox: 'console/schema/typebox.ts',
  'typebox/compile': 'console/schema/compile.ts',
};

const SOURCE = new URL('../../', import.meta.url);
/** What makes files of modules: another way makes other files. */
const MAKERS = ['module.ts', 'packs.ts', 'source-files.ts'];

/** The modules of the source itself, in packs, with the types blanked out. */
export const readSources = async (): Promise<ConsoleSource> => {
  const digest = createHash('sha256');
  const read = async (path: string, file: string): Promise<string> => {
    const content = await readFile(file, 'utf8');
    digest.update(`${path}\0${content.length}\0`).update(content);
    return content;
  };
  for (const name of MAKERS) await read(name, join(import.meta.dirname, name));
  const modules = new Map<string, Module>();
  const texts = new Map<string, () => string>();
  const imports = new Map<string, readonly string[]>();
  for (const [path, file] of await sourceFiles()) {
    const content = await read(path, file);
    if (extname(path) === '.ts') {
      modules.set(path, readModule(path, content, pathOf));
      continue;
    }
    texts.set(path, () => content);
    const names = extname(path) === '.mjs' ? [...content.matchAll(PACKAGE_IMPORT)] : [];
    imports.set(
      path,
      names.map(([, name = '']) => pathOf(name)),
    );
  }
  const packs = packsOf(modules);
  for (const pack of packs) {
    texts.set(pack.path, () => packText(pack, packs));
    imports.set(pack.path, pack.imports);
  }
  return {
    hash: digest.digest('hex').slice(0, 16),
    start: START,
    imports,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, pathOf(name)])),
    read: async (path) => Buffer.from(texts.get(path)?.() ?? ''),
  };
};

/** The modules alone, for tests. */
export const readModules = async (): Promise<Map<string, Module>> => {
  const modules = new Map<string, Module>();
  for (const [path, file] of await sourceFiles())
    if (extname(path) === '.ts') modules.set(path, readModule(path, await readFile(file, 'utf8'), pathOf));
  return modules;
};

/** The files that a browser may load, and where they are: modules, style, icon, and packages. */
const sourceFiles = async (): Promise<Map<string, string>> => {
  const paths = new Map<string, string>();
  for (const folder of FOLDERS) {
    const from = fileURLToPath(new URL(folder, SOURCE));
    for (const name of (await readdir(from, { recursive: true })).sort())
      if (TYPES[extname(name)]) paths.set(`${folder}/${name.replaceAll('\\', '/')}`, join(from, name));
  }
  for (const name of PACKAGES) paths.set(pathOf(name), fileURLToPath(import.meta.resolve(name)));
  return paths;
};

/** The file that a name means that is no path. */
const pathOf = (name: string): string => STAND_INS[name] ?? `packages/${name}.mjs`;

const PACKAGE_IMPORT = /\bfrom ?["']([^"']+)["']/g;
