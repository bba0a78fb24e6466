import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { transform } from 'esbuild';
import { BUILT_CONSOLE, BUILT_FILES, type BuiltConsole } from '../../src/http/console/files.ts';
import { PACKAGES, readSources } from '../../src/http/console/source-files.ts';

/** The console for browsers in `folder`: the files that the sources make, minified, and the list of them (console.json). */
export const buildConsole = async (folder: string): Promise<void> => {
  const source = await readSources();
  const digest = createHash('sha256');
  const imports = [...source.imports].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [path] of imports) {
    const content = await minified(path, await source.read(path));
    digest.update(`${path}\0${content.length}\0`).update(content);
    const file = join(folder, BUILT_FILES, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  const list: BuiltConsole = {
    hash: digest.digest('hex').slice(0, 16),
    start: source.start,
    imports: Object.fromEntries(imports),
    packages: source.packages,
  };
  await writeFile(join(folder, BUILT_CONSOLE), `${JSON.stringify(list, undefined, 1)}\n`);
};

/** The packages whose code is in it. */
export const CONSOLE_PACKAGES: readonly string[] = [
  ...new Set(PACKAGES.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name)),
];

/** Packages come minified, and the icon is as small as it gets. */
const minified = async (path: string, content: Buffer): Promise<Buffer> => {
  const [, loader] = /\.(js|css)$/.exec(path) ?? [];
  if (loader === undefined) return content;
  const { code } = await transform(content.toString(), {
    loader: loader as 'js' | 'css',
    ...(loader === 'js' ? { format: 'esm', target: 'es2023' } : {}),
    minify: true,
    legalComments: 'none',
  });
  return Buffer.from(code);
};
