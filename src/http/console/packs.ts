import { basename, dirname } from 'node:path';
import { codeOf, type Module } from './module.ts';

/** Modules that a browser gets as one file, each after those that it imports. */
export interface Pack {
  readonly path: string;
  readonly modules: readonly Module[];
  /** Files that it imports: other packs, and packages. */
  readonly imports: readonly string[];
}

/** The file that a page begins with. */
export const START = 'console/start.js';
const FIRST = 'console/start.ts';
/** What is loaded when someone is signed in. */
const FRAME = 'console/frame/signed-in.ts';
const ROUTES = 'console/routing/routes.ts';

const packPath = (name: string): string => `console/${name}.js`;

/**
 * Puts the modules of the console into files: what the sign-in page needs, what the frame of the pages needs, a file for each
 * area of pages, and one for what several of these share. A page asks for two files then, not for twenty, and texts that are
 * compressed together are smaller. Modules never import in a circle, and so do their packs not.
 */
export const packsOf = (modules: ReadonlyMap<string, Module>): Pack[] => {
  const names = new Map<string, string>();
  const put = (paths: Iterable<string>, name: string): void => {
    for (const path of paths) if (modules.has(path) && !names.has(path)) names.set(path, name);
  };
  put(reached([FIRST], modules, false), 'start');
  put(reached([FRAME], modules, false), 'frame');
  const areas = new Map<string, string[]>();
  for (const page of modules.get(ROUTES)?.later ?? []) {
    const area = basename(dirname(page));
    areas.set(area, [...(areas.get(area) ?? []), page]);
  }
  const users = new Map<string, string[]>();
  for (const [area, pages] of areas)
    for (const path of reached(pages, modules, true)) users.set(path, [...(users.get(path) ?? []), area]);
  for (const [path, [first = '', ...others]] of users) put([path], others.length > 0 ? 'shared' : first);
  return [...new Set(names.values())].map((name) => packOf(name, names, modules));
};

/** Modules, and all that these import, each after what it imports; `withLater`: also what they import when they run. */
const reached = (
  paths: readonly string[],
  modules: ReadonlyMap<string, Module>,
  withLater: boolean,
): Set<string> => {
  const seen = new Set<string>();
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const module = modules.get(path);
    for (const { from } of module?.imports ?? []) visit(from);
    found.add(path);
    if (withLater) for (const next of module?.later ?? []) visit(next);
  };
  for (const path of paths) visit(path);
  return found;
};

const packOf = (
  name: string,
  names: ReadonlyMap<string, string>,
  modules: ReadonlyMap<string, Module>,
): Pack => {
  const own = [...names].filter(([, each]) => each === name).map(([path]) => path);
  const order = [...reached(own, modules, false)].filter((path) => names.get(path) === name);
  const parts = order.flatMap((path) => modules.get(path) ?? []);
  const imported = new Set(parts.flatMap(({ imports }) => imports.map(({ from }) => from)));
  const files = [...imported].map((path) => fileOf(path, names));
  return {
    path: packPath(name),
    modules: parts,
    imports: [...new Set(files)].filter((path) => path !== packPath(name)),
  };
};

const fileOf = (path: string, names: ReadonlyMap<string, string>): string => {
  const name = names.get(path);
  return name === undefined ? path : packPath(name);
};

/** The code of a pack: each module is a function that runs once, and answers what it exports. */
export const packText = (pack: Pack, packs: readonly Pack[]): string => {
  const holders = new Map(
    packs.flatMap(({ path, modules }) => modules.map((each) => [each.path, path] as const)),
  );
  const fromElsewhere = new Map<string, Set<string>>();
  for (const { from } of pack.modules.flatMap(({ imports }) => imports)) {
    const holder = holders.get(from) ?? from;
    if (holder !== pack.path) fromElsewhere.set(holder, (fromElsewhere.get(holder) ?? new Set()).add(from));
  }
  const later = (path: string): string => {
    const holder = packs.find((each) => each.path === holders.get(path));
    if (!holder) throw new Error(`${path} is imported later and is in no pack`);
    if (holder === pack) return `Promise.resolve(${variable(path)})`;
    // what the pack imports is asked for together with it, and not when it is there
    const files = [holder.path, ...holder.imports.filter((file) => file.startsWith('console/'))];
    const asked = files.filter((file) => file !== pack.path).map((file) => `import('./${basename(file)}')`);
    return `Promise.all([${asked.join(', ')}]).then(([pack]) => pack.${variable(path)})`;
  };
  return [
    ...[...fromElsewhere].map(([holder, paths]) =>
      holder.startsWith('console/')
        ? `import { ${[...paths].map(variable).join(', ')} } from './${basename(holder)}';`
        : `import * as ${variable(holder)} from '../${holder}';`,
    ),
    ...pack.modules.map((module) => moduleText(module, later)),
  ].join('\n');
};

const moduleText = (module: Module, later: (path: string) => string): string => {
  const { code, exports } = codeOf(module, later);
  const taken = module.imports
    .filter(({ names }) => names.length > 0)
    .map(({ from, names }) => `const { ${names.join(', ')} } = ${variable(from)};`);
  const returned = `return { ${exports.join(', ')} };`;
  return [`export const ${variable(module.path)} = (() => {`, ...taken, code, returned, '})();'].join('\n');
};

/** What a module exports, by this name in every pack. */
const variable = (path: string): string =>
  path
    .replace(/\.[a-z]+$/, '')
    .replaceAll('/', '$')
    .replace(/[^\w$]/g, '_');
