import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { BUILT_CONSOLE, BUILT_FILES, type BuiltConsole } from '../../src/http/console/files.ts';
import { STAND_INS } from '../../src/http/console/source-files.ts';
import { root } from './program.ts';

/** Modules of our own stand for packages that are too large for a browser. */
const standIns: Plugin = {
  name: 'stand-ins',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^typebox(\/compile)?$/ }, ({ path }) => ({
      path: join(root, 'src', STAND_INS[path] ?? ''),
    }));
  },
};

const START = 'console/start.js';
const OTHERS = ['console/style.css', 'console/icon.svg'];

/** The console for browsers in `folder`: modules with what they share in chunks, and the list of all files (console.json). */
export const buildConsole = async (folder: string): Promise<Metafile> => {
  const files = join(folder, BUILT_FILES);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { 'console/start': 'src/console/start.ts' },
    outdir: files,
    bundle: true,
    splitting: true,
    chunkNames: 'console/[hash]',
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    minify: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    plugins: [standIns],
  });
  for (const path of OTHERS) {
    await mkdir(dirname(join(files, path)), { recursive: true });
    await cp(join(root, 'src', path), join(files, path));
  }
  const imports: Record<string, readonly string[]> = Object.fromEntries(OTHERS.map((path) => [path, []]));
  const pathOf = (output: string): string => relative(files, join(root, output)).replaceAll('\\', '/');
  for (const [output, made] of Object.entries(metafile.outputs))
    imports[pathOf(output)] = made.imports
      .filter(({ kind }) => kind === 'import-statement')
      .map(({ path }) => pathOf(path));
  const sorted = Object.fromEntries(Object.entries(imports).sort(([a], [b]) => (a < b ? -1 : 1)));
  const list: BuiltConsole = {
    hash: await hashOf(files, Object.keys(sorted)),
    start: START,
    imports: sorted,
  };
  await writeFile(join(folder, BUILT_CONSOLE), `${JSON.stringify(list, undefined, 1)}\n`);
  return metafile;
};

const hashOf = async (folder: string, paths: readonly string[]): Promise<string> => {
  const digest = createHash('sha256');
  for (const path of paths) {
    const content = await readFile(join(folder, path));
    digest.update(`${path}\0${content.length}\0`).update(content);
  }
  return digest.digest('hex').slice(0, 16);
};
