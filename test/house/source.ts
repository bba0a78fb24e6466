import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface SourceFile {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
  /** Repository files it imports at run time or for types. */
  readonly files: readonly { readonly path: string; readonly typeOnly: boolean }[];
  /** Packages it imports, by the text of the import. */
  readonly packages: readonly string[];
}

const IMPORT = /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|import\('([^']+)'\)/gm;

const read = (path: string): SourceFile => {
  const text = readFileSync(join(root, path), 'utf8');
  const imports = [...text.matchAll(IMPORT)].map(([, type, name, dynamic]) => ({
    name: name ?? dynamic ?? '',
    typeOnly: type !== undefined,
  }));
  const own = imports.filter(({ name }) => name.startsWith('.'));
  return {
    path,
    text,
    files: own.map(({ name, typeOnly }) => ({
      path: posix.normalize(posix.join(posix.dirname(path), name)),
      typeOnly,
    })),
    packages: imports
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('.') && !name.startsWith('node:')),
  };
};

/** Every file of programs below `folder`: TypeScript where nothing else is said. */
export const sourceFiles = (folder: string, names = '*.ts'): SourceFile[] =>
  globSync(`${folder}/**/${names}`, { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map(read);

/** The room of a file: `http/v2`, `database`, or the file's own name at the top of src/. */
export const roomOf = (path: string): string => {
  const inside = relative('src', path).replaceAll('\\', '/');
  const folder = dirname(inside);
  if (folder === '.') return inside.replace(/\.ts$/, '');
  const [first = '', second] = folder.split('/');
  return (first === 'http' || first === 'audit') && second ? `${first}/${second}` : first;
};

export const readDocument = (path: string): string => readFileSync(join(root, path), 'utf8');

export const documents = (pattern: string): string[] => globSync(pattern, { cwd: root });
