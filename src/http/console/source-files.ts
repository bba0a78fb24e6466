import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConsoleSource, TYPES } from './console-source.ts';

/** The folders of the source that a browser may load: the pages, the client of the API, and the shapes of its answers. */
const FOLDERS = ['console', 'client', 'wire'];

/** Packages that the pages import, by the names they are imported by. */
const PACKAGES = ['preact', 'preact/hooks', '@preact/signals', '@preact/signals-core'];

/** Packages for which a browser gets modules of our own. */
export const STAND_INS: Readonly<Record<string, string>> = {
  typebox: 'console/schema/typebox.ts',
  'typebox/compile': 'console/schema/compile.ts',
};

const SOURCE = new URL('../../', import.meta.url);

/** The modules of the source itself, with the types blanked out. */
export const readSources = async (): Promise<ConsoleSource> => {
  const paths = new Map<string, string>();
  for (const folder of FOLDERS) {
    const from = fileURLToPath(new URL(folder, SOURCE));
    for (const name of (await readdir(from, { recursive: true })).sort())
      if (TYPES[extname(name)]) paths.set(`${folder}/${name.replaceAll('\\', '/')}`, join(from, name));
  }
  for (const name of PACKAGES) paths.set(packagePath(name), fileURLToPath(import.meta.resolve(name)));
  const digest = createHash('sha256');
  const imports = new Map<string, readonly string[]>();
  for (const [path, file] of paths) {
    const content = await readFile(file);
    digest.update(`${path}\0${content.length}\0`).update(content);
    imports.set(path, importsOf(path, content.toString('utf8')));
  }
  return {
    hash: digest.digest('hex').slice(0, 16),
    start: 'console/start.ts',
    imports,
    packages: { ...Object.fromEntries(PACKAGES.map((name) => [name, packagePath(name)])), ...STAND_INS },
    read: (path) => strip(paths.get(path) ?? ''),
  };
};

const packagePath = (name: string): string => `packages/${name}.mjs`;

/** Comments that stand on lines of their own. Their lines stay, so that an error names the line of the source. */
const COMMENT = /^[ \t]*(?:\/\*\*[\s\S]*?\*\/|\/\/.*)[ \t]*$/gm;

const strip = async (file: string): Promise<Buffer> => {
  const content = await readFile(file, 'utf8');
  const extension = extname(file);
  const code = extension === '.ts' ? stripTypeScriptTypes(content) : content;
  const text = extension === '.css' ? code : code.replace(COMMENT, (found) => found.replace(/[^\n]/g, ''));
  return Buffer.from(text);
};

/** Imports that are there when the types are gone, and not those that are loaded later. */
const IMPORT = /^(?:import|export) (?!type\b)(?:[^'"]*? from )?['"]([^'"]+)['"]/gm;

const importsOf = (path: string, text: string): string[] =>
  [...text.matchAll(IMPORT)].map(
    ([, name = '']) => STAND_INS[name] ?? (name.startsWith('.') ? join(path, '..', name) : packagePath(name)),
  );
