import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { root } from './program.ts';

const FILE = /^(licen[cs]e|notice|copying)/i;
const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/** The packages of which code is in the bundles, as folders below the repository. */
const packagesIn = (metafiles: readonly Metafile[]): string[] => {
  const found = new Set<string>();
  for (const { outputs } of metafiles)
    for (const { inputs } of Object.values(outputs))
      for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
        const [, folder] = PACKAGE.exec(path) ?? [];
        if (folder !== undefined && bytesInOutput > 0) found.add(folder);
      }
  return [...found];
};

/**
 * The licenses of all packages in the bundles, and of `others`, as these ask: their texts go where their code goes. Each text
 * stands once.
 */
export const licensesOf = async (
  metafiles: readonly Metafile[],
  others: readonly string[],
): Promise<string> => {
  const folders = new Set([...packagesIn(metafiles), ...others.map((name) => `node_modules/${name}`)]);
  const byText = new Map<string, string[]>();
  for (const folder of [...folders].sort()) {
    const {
      name,
      version,
      license = 'see below',
    } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    const files = (await readdir(join(root, folder))).filter((file) => FILE.test(file)).sort();
    const texts = await Promise.all(files.map((file) => readFile(join(root, folder, file), 'utf8')));
    const text = texts.map((each) => each.trim()).join('\n\n');
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const parts = [...byText].map(([text, names]) => [names.join('\n'), text].filter(Boolean).join('\n\n'));
  return `${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
};
