import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

/** What one module takes from another: the names there, and the names here. */
export interface Import {
  readonly from: string;
  /** `name: localName`, as a pattern takes them from an object. */
  readonly names: readonly string[];
}

/** A module of the console as its source has it: what it imports, and where. */
export interface Module {
  readonly path: string;
  readonly source: string;
  readonly imports: readonly Import[];
  /** What it imports when it runs, and not before. */
  readonly later: readonly string[];
}

const IMPORT = /^import (?!type\b)(?:\{([^}]*)\} from )?'([^']+)';\n/gm;
const LATER = /\bimport\('([^']+)'\)/g;

/** `resolve` says which file is meant by a name that is no path. */
export const readModule = (path: string, source: string, resolve: (name: string) => string): Module => {
  const resolved = (name: string): string => (name.startsWith('.') ? join(path, '..', name) : resolve(name));
  const imports: Import[] = [];
  for (const [, list, from = ''] of source.matchAll(IMPORT)) {
    const names = (list ?? '')
      .split(',')
      .map((name) => name.trim().replace(' as ', ': '))
      .filter((name) => name !== '' && !name.startsWith('type '));
    // names of types alone are gone when it runs
    if (list === undefined || names.length > 0) imports.push({ from: resolved(from), names });
  }
  return { path, source, imports, later: [...source.matchAll(LATER)].map(([, name = '']) => resolved(name)) };
};

const EXPORT = /^export (?=(?:const|class|function|async function\*?) ([\w$]+))/gm;

/** The code of a module without its imports, and the names that it exports. `resolve` writes what is imported later. */
export const codeOf = (
  { path, source }: Module,
  later: (path: string) => string,
): { code: string; exports: string[] } => {
  const exports: string[] = [];
  const typed = source.replace(IMPORT, '');
  const code = withoutComments(stripTypeScriptTypes(path.startsWith('wire/') ? undescribed(typed) : typed))
    .replace(EXPORT, (_found, name: string) => {
      exports.push(name);
      return '';
    })
    .replace(LATER, (_found, name: string) => later(join(path, '..', name)));
  const left = /^(?:import|export)\b.*/m.exec(code);
  if (left) throw new Error(`${path} has a form of import or export that is not known here: ${left[0]}`);
  return { code: withoutBlanks(code), exports };
};

/** What a shape says of itself is for documents: a browser only compares. */
const DESCRIPTION = /\bdescription:\s*(['"])(?:(?!\1)[^\\\n]|\\.)*\1(?:,\s*|(?=\s*\}))/g;
const undescribed = (source: string): string => source.replace(DESCRIPTION, '');

/** Comments that stand on lines of their own. */
const COMMENT = /^[ \t]*(?:\/\*\*[\s\S]*?\*\/|\/\/.*)[ \t]*$/gm;
const withoutComments = (code: string): string => code.replace(COMMENT, '');

/** Blanks at the ends of lines, and empty lines. A text over several lines keeps its own: its first line has one quote of it. */
const withoutBlanks = (code: string): string =>
  code.split('\n').some((line) => line.split('`').length % 2 === 0)
    ? code
    : code
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .join('\n');
