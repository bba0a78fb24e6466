import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { READABLE, root } from './program.ts';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const { FLAGS } = require('../launch.cjs') as { FLAGS: readonly string[] };
const START = 'executable-start.cjs';

/** Which Node an executable is made of: the pinned package of a platform. */
export interface Target {
  readonly arch: 'x64' | 'arm64';
}

/**
 * One file with Node, the program and the console in it. It is the same file whenever it is made of the same inputs; so it has
 * no compiled code in it, which V8 never makes the same twice.
 */
export const buildExecutable = async (program: string, { arch }: Target, output: string): Promise<void> => {
  const work = await mkdtemp(join(tmpdir(), 'tidegate-executable-'));
  try {
    const start = join(work, START);
    await build({
      ...READABLE,
      entryPoints: [join(root, 'scripts/build/executable-start.ts')],
      outfile: start,
      format: 'cjs',
      target: 'node26',
    });
    const settings = {
      // the name stands in the file, and the folder has another one each time
      main: START,
      executable: await nodeFor(arch, work),
      output,
      disableExperimentalSEAWarning: true,
      execArgv: FLAGS,
      execArgvExtension: 'none',
      assets: { [START]: start, ...(await filesBelow(program)) },
    };
    await writeFile(join(work, 'sea.json'), JSON.stringify(settings));
    await run(process.execPath, ['--build-sea', 'sea.json'], { cwd: work });
    await chmod(output, 0o755);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};

/** All files of a folder by their paths in it, in one order on every machine. */
const filesBelow = async (folder: string): Promise<Record<string, string>> => {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  return Object.fromEntries(paths.sort().map((path) => [relative(folder, path), path]));
};

/** The pinned Node of a platform without its symbols, a quarter of its size. */
const nodeFor = async (arch: Target['arch'], work: string): Promise<string> => {
  const copy = join(work, 'node');
  await cp(await pinnedNode(arch, work), copy);
  await chmod(copy, 0o755);
  await strip(copy, arch);
  return copy;
};

const pinnedNode = async (arch: Target['arch'], work: string): Promise<string> => {
  const name = `node-linux-${arch}`;
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), 'bin/node');
  } catch {
    // npm installs the package of this machine only
  }
  const { optionalDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const packed = `${name}@${optionalDependencies[name]}`;
  const { stdout } = await run('npm', ['pack', packed, '--silent', '--pack-destination', work], {
    cwd: root,
  });
  await run('tar', ['-xzf', join(work, stdout.trim()), '-C', work, 'package/bin/node']);
  return join(work, 'package/bin/node');
};

/** binutils of another machine's kind have a prefix; those of this one know only its own files. */
const strip = async (file: string, arch: Target['arch']): Promise<void> => {
  const tool = arch === process.arch ? 'strip' : `${arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu-strip`;
  try {
    await run(tool, ['-s', file]);
  } catch {
    console.error(
      `tidegate: ${tool} of binutils is not here: the executable for ${arch} keeps the symbols of Node (34 MB)`,
    );
  }
};
