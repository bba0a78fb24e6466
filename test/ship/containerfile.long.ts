import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { client, clients, treeOf } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { succeeded } from '../support/transcript.ts';
import { buildImage } from './image-layout.ts';
import { placeIn, servesSmallImage } from './image-server.ts';

const root = join(import.meta.dirname, '../..');
/** The base that deploy/Containerfile names. It lies in a registry, so one that has the same programs stands in its place. */
const BASE = 'docker.io/library/node:26.10.0-trixie-slim';
const npmSays = (...args: string[]): string =>
  spawnSync('npm', args, { encoding: 'utf8', cwd: '/' }).stdout.trim();

/** What the base has beyond the image that `npm run image` makes: npm, and a shell with what the file types in it. */
const standInFor = (folder: string): void => {
  const bin = join(folder, 'usr/bin');
  mkdirSync(bin, { recursive: true });
  cpSync(join(treeOf('sid'), 'usr/bin/busybox'), join(bin, 'busybox'));
  for (const name of ['sh', 'env', 'install']) symlinkSync('busybox', join(bin, name));
  const npm = 'usr/local/lib/node_modules/npm';
  cpSync(join(npmSays('root', '-g'), 'npm'), join(folder, npm), { recursive: true });
  mkdirSync(join(folder, 'usr/local/bin'));
  symlinkSync(`/${npm}/bin/npm-cli.js`, join(folder, 'usr/local/bin/npm'));
};

const FROM_SCRATCH = (image: string): string => `FROM ${image} AS image
FROM scratch
COPY --from=image / /
COPY . /
ENV PATH=/usr/local/bin:/usr/bin
`;

/** What of the checkout a build sees. */
const CONTEXT = ['package.json', 'package-lock.json', '.npmrc', 'LICENSE', 'src', 'deploy/Containerfile'];

describe('deploy/Containerfile', needs(clients(['podman', 'skopeo', 'busybox'])), () => {
  test('podman builds it from the packages in npm’s cache, without a network, and what it built serves read-only and without rights', async () => {
    using folder = temporaryFolder();
    await buildImage(join(folder.path, 'image'));
    using podman = client('podman');
    const { room } = podman;
    const build = (...args: string[]) =>
      podman.run(['build', '-q', '--pull=never', ...args], { timeout: 300_000 });
    try {
      succeeded(
        await podman.run([
          'pull',
          '-q',
          `oci:${placeIn(room, join(folder.path, 'image'))}:${packageJson.version}`,
        ]),
      );
      const image = succeeded(await podman.run(['images', '-q'])).stdout.trim();
      standInFor(join(room.outside, 'base'));
      const base = room.write('base.containerfile', FROM_SCRATCH(image));
      succeeded(await build('-f', base, '-t', BASE, `${room.home}/base`));

      for (const name of CONTEXT) {
        mkdirSync(dirname(join(room.outside, 'checkout', name)), { recursive: true });
        cpSync(join(root, name), join(room.outside, 'checkout', name), { recursive: true });
      }
      cpSync(npmSays('config', 'get', 'cache'), join(room.outside, 'npm'), { recursive: true });
      // the limit of this machine's own is all that a container here may have
      const offline = [
        '--network=none',
        '--ulimit=nofile=1024:1024',
        '--ulimit=nproc=1024:1024',
        '--volume',
        `${room.home}/npm:/root/.npm`,
      ];
      const checkout = `${room.home}/checkout`;
      const file = `${checkout}/deploy/Containerfile`;
      succeeded(await build('--format=docker', ...offline, '-f', file, '-t', 'tidegate', checkout));

      const { stdout } = succeeded(
        await podman.run(['inspect', '--format', '{{.Config.User}} {{.HealthCheck.Test}}', 'tidegate']),
      );
      assert.match(stdout, /^10001:10001 \[CMD node -e /);
      const engine = { room, run: podman.run, readOnly: ['--read-only', '--read-only-tmpfs=false'] };
      await servesSmallImage(engine, 'tidegate', { version: ['node', 'src/main.ts', '--version'] });
    } finally {
      await podman.run(['rm', '--all', '--force', '--time=0']);
      await podman.run(['rmi', '--all', '--force']);
    }
  });
});
