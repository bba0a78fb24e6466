/**
 * `npm run build [-- --output DIR] [--only package|executable] [--arch x64,arm64]` makes what is shipped, in dist/ unless another
 * folder is named:
 *
 *   dist/                        the package: `npm pack ./dist`
 *     package.json               bins tidegate and docker-credential-tidegate; its dependencies are the pinned Node alone
 *     tidegate.cjs               starts program/main.js with that Node; any Node from 18 on can run it
 *     program/main.js            the program: server, client and plugins; beside it chunk-*.js, loaded when needed
 *     program/sqlite-writer.js   a thread: the writer of the database
 *     program/pinned-worker.js   a thread: reads the rows for a backup
 *     program/console.json       the list of the console's files
 *     program/console/…          the console as browsers load it
 *     licenses.txt               licenses of the packages in the bundles
 *     README.md LICENSE CHANGELOG.md
 *   dist/tidegate-linux-x64      one file with Node and program/ in it; needs glibc, libstdc++, libgcc and libatomic, nothing else
 *   dist/tidegate-linux-arm64    the same for arm64, with --arch x64,arm64
 *
 * `node --max-semi-space-size=4 --heap-growing-percent=50 dist/program/main.js serve` runs without the launcher (Node 26). The
 * executables are not in the package. A link named bx, ibmcloud or docker-credential-tidegate to an executable or to tidegate.cjs
 * makes it that program. The same inputs make the same bytes.
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildConsole, CONSOLE_PACKAGES } from './build/console.ts';
import { buildExecutable } from './build/executable.ts';
import { licensesOf } from './build/licenses.ts';
import { buildPackage } from './build/package.ts';
import { buildProgram, root } from './build/program.ts';

const ARCHES = ['x64', 'arm64'] as const;

const { values } = parseArgs({
  options: {
    output: { type: 'string', default: join(root, 'dist') },
    only: { type: 'string' },
    arch: { type: 'string', default: process.arch },
  },
});
const arches = values.arch.split(',').map((word) => {
  const arch = ARCHES.find((each) => each === word);
  if (arch === undefined) throw new Error(`--arch is ${ARCHES.join(' or ')}, not ${word}`);
  return arch;
});

const folder = resolve(values.output);
const program = join(folder, 'program');
const metafile = await buildProgram(program);
await buildConsole(program);
await writeFile(join(folder, 'licenses.txt'), await licensesOf([metafile], CONSOLE_PACKAGES));
if (values.only !== 'executable') await buildPackage(folder);
if (values.only !== 'package')
  for (const arch of arches) await buildExecutable(program, { arch }, join(folder, `tidegate-linux-${arch}`));
process.exit(0);
