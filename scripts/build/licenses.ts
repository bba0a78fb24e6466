import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { root } from './program.ts';

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
  return [...found].sort();
};

/** The licenses of all packages in the bundles, as these ask: their texts go where their code goes. */
export const licensesOf = async (metafiles: readonly Metafile[]): Promise<string> => {
  const parts: string[] = [];
  for (const folder of packagesIn(metafiles)) {
    const {
      name,
      version,
      license = 'see below',
    } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    const files = (await readdir(join(root, folder))).filter((file) =>
      /^(licen[cs]e|notice|copying)/i.test(file),
    );
    const texts = await Promise.all(files.sort().map((file) => readFile(join(root, folder, file), 'utf8')));
    parts.push([`${name} ${version}: ${license}`, ...texts.map((text) => text.trim())].join('\n\n'));
  }
  return `${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
};
