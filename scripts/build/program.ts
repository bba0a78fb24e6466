import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';

export const root = join(import.meta.dirname, '../..');

/** The program, and the threads that it starts by their names (src/release.ts). */
const ENTRIES = {
  main: 'src/main.ts',
  'sqlite-writer': 'scripts/build/sqlite-writer.ts',
  'pinned-worker': 'src/backup/rows/pinned-worker.ts',
};

/**
 * Names stay, and so do lines of a length that an editor shows: the stack in a log can be read. Comments, types and blanks go.
 */
export const READABLE: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 160,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

/** Packages in CommonJS ask for Node's modules with `require`, which modules do not have. */
const REQUIRE =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(process.execPath);";

/** Modules in chunks, of which a start loads what it needs: help loads no server. PostgreSQL and S3 are loaded where settings name them. */
export const buildProgram = async (folder: string): Promise<Metafile> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { metafile } = await build({
    ...READABLE,
    target: 'node26',
    format: 'esm',
    splitting: true,
    entryPoints: ENTRIES,
    outdir: folder,
    chunkNames: 'chunk-[hash]',
    // an import() of a CommonJS file would give its default alone; of the modules beside it only what is used is kept
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    // pg can use it where it is installed
    external: ['pg-native'],
  });
  await refuseWide(folder);
  return metafile as Metafile;
};

/** One letter beyond Latin-1, and V8 keeps the file's whole text in two bytes a letter. esbuild writes it as an escape, but not in a regular expression. */
const refuseWide = async (folder: string): Promise<void> => {
  for (const name of (await readdir(folder)).filter((each) => each.endsWith('.js'))) {
    const [letter] = /[^\0-\x7f]/.exec(await readFile(join(folder, name), 'utf8')) ?? [];
    if (letter !== undefined) throw new Error(`${name} has the letter ${letter}: write it as an escape, \\u`);
  }
};
