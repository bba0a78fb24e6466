import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type Component, needs } from '../support/component.ts';
import { RegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { buildImage, type Described, documentOf } from './image-layout.ts';
import { BARE, build, loadConsole, pushAndPull } from './made.ts';

const run = promisify(execFile);
const QEMU = 'qemu-aarch64-static';

const emulator: Component = {
  name: QEMU,
  absence: () =>
    process.arch === 'x64' && process.getuid?.() === 0 && spawnSync(QEMU, ['--version']).status === 0
      ? undefined
      : `no ${QEMU} here, or not root on x64; install qemu-user-static (Debian)`,
};

const textOf = (words: readonly string[]): Promise<string> => {
  const [program = '', ...args] = words;
  return run(program, args).then(({ stdout }) => stdout);
};

/** An emulator runs the instructions of arm64, and the system calls of this machine's kernel. */
describe('what is built for arm64, run by an emulator', needs(emulator), () => {
  const folder = temporaryFolder();
  const tree = join(folder.path, 'tree');
  const settle = 'mount --bind /proc "$0/proc"; mount --bind /dev "$0/dev"; exec chroot "$0" /qemu "$@"';
  const inTree = (...argv: string[]): string[] => [
    ...['unshare', '--mount', '/bin/sh', '-euc', settle, tree],
    ...argv,
  ];
  let entry: string[] = [];

  before(async () => {
    const layout = join(folder.path, 'image');
    const digest = await buildImage(layout, 'linux/arm64');
    const [image] = documentOf<{ manifests: Described[] }>(layout, { digest }).manifests;
    assert.ok(image);
    const { config, layers } = documentOf<{ config: Described; layers: Described[] }>(layout, image);
    for (const name of ['', 'proc', 'dev', 'tmp']) mkdirSync(join(tree, name), { recursive: true });
    for (const { digest: layer } of layers)
      await run('tar', ['-C', tree, '-xzf', join(layout, 'blobs', layer.replace(':', '/'))]);
    entry = documentOf<{ config: { Entrypoint: string[] } }>(layout, config).config.Entrypoint;
    await build(join(folder.path, 'dist'), '--only', 'executable', '--arch', 'arm64');
    copyFileSync(join(folder.path, 'dist/tidegate-linux-arm64'), join(tree, 'tidegate'));
    copyFileSync((await textOf(['/bin/sh', '-c', `command -v ${QEMU}`])).trim(), join(tree, 'qemu'));
    // a path below the tree means the same inside it
    mkdirSync(join(tree, dirname(tree)), { recursive: true });
    symlinkSync('/', join(tree, tree));
  });
  after(() => folder[Symbol.dispose]());

  const serves = async (...argv: string[]): Promise<void> => {
    assert.match(await textOf(inTree(...argv, 'version')), /^tidegate \d/);
    await using registry = new RegistryProcess({
      command: inTree(...argv, 'serve'),
      env: { ...BARE, PATH: '/usr/sbin:/usr/bin:/bin', HOME: '/' },
      folder: join(tree, 'tmp'),
      startWithin: 300_000,
    });
    await registry.start();
    await pushAndPull(registry);
    assert.ok((await loadConsole(registry)) > 20);
    await registry.kill('SIGTERM');
  };

  test('the executable serves, takes a push and gives it back, and shows the console', () =>
    serves('/tidegate'));

  test('so does what the image starts', () => serves(...entry));
});
