import { chmod, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { READABLE, root } from './program.ts';

const START = 'tidegate.cjs';
const COPIED = ['README.md', 'LICENSE', 'CHANGELOG.md'];

/** Makes a package of the folder in which the program is: `npm pack` finds what it needs, and nothing else. */
export const buildPackage = async (folder: string): Promise<void> => {
  const { name, version, description, license, optionalDependencies } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  const described = {
    ...{ name, version, description, license },
    type: 'module',
    bin: { tidegate: START, 'docker-credential-tidegate': START },
    files: [START, 'program', 'licenses.txt', 'CHANGELOG.md'],
    // of the Node that starts it; what it runs on is installed with it
    engines: { node: '>=18' },
    optionalDependencies,
  };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(described, undefined, 2)}\n`);
  for (const file of COPIED) await cp(join(root, file), join(folder, file));
  await build({
    ...READABLE,
    entryPoints: [join(root, 'scripts/build/package-start.cjs')],
    outfile: join(folder, START),
    format: 'cjs',
    target: 'node18',
  });
  await chmod(join(folder, START), 0o755);
};
