import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  createWriteStream,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { DebianPackage } from './debian.ts';
import { run } from './run.ts';

/** A layer as a manifest names it, and the digest of its archive before it was compressed. */
export interface Layer {
  readonly digest: string;
  readonly size: number;
  readonly diffId: string;
  readonly about: string;
}

/** The user that the program runs as. */
export const USER = 10001;

/** What a machine reads at run time has neither manuals nor translations nor scripts for a shell that is not there. */
const LEFT_OUT = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/lintian',
  'usr/share/bug',
  'usr/share/base-files',
  'usr/share/gcc',
  'usr/share/gdb',
  'usr/lib/locale',
  'usr/games',
  'usr/include',
  'usr/sbin/update-ca-certificates',
  'etc/update-motd.d',
  'etc/profile.d',
  'etc/skel',
  'etc/ca-certificates',
  'boot',
  'home',
  'media',
  'mnt',
  'srv',
];

/** Debian's libraries, time zones and certificates, and what scanners read to know which they are. */
export const placeDebian = (folder: string, packages: readonly DebianPackage[]): void => {
  // as on each Debian since its folders were merged: packages may still name the old paths
  for (const name of ['bin', 'sbin', 'lib']) {
    mkdirSync(join(folder, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(folder, name));
  }
  const extract = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --no-same-owner --keep-directory-symlink';
  for (const { file } of packages)
    run(['/bin/bash', '-euo', 'pipefail', '-c', extract, 'extract', file, folder]);
  keepCopyrights(folder, packages);
  for (const path of LEFT_OUT) rmSync(join(folder, path), { recursive: true, force: true });
  for (const path of readdirSync(join(folder, 'usr/lib')))
    rmSync(join(folder, 'usr/lib', path, 'gconv'), { recursive: true, force: true });
  writeAuthorities(folder);
  const write = (path: string, content: string): void => writeFileSync(join(folder, path), content);
  write(
    'etc/passwd',
    `root:x:0:0:root:/root:/usr/sbin/nologin\ntidegate:x:${USER}:${USER}::/data:/usr/sbin/nologin\n`,
  );
  write('etc/group', `root:x:0:\ntidegate:x:${USER}:\n`);
  write('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n');
  mkdirSync(join(folder, 'var/lib/dpkg/status.d'), { recursive: true });
  for (const { name, control } of packages) write(`var/lib/dpkg/status.d/${name}`, `${control}\n`);
};

/** A package's licence must stay with it. */
const keepCopyrights = (folder: string, packages: readonly DebianPackage[]): void => {
  const kept = join(folder, 'usr/share/licenses');
  mkdirSync(kept, { recursive: true });
  for (const { name } of packages) {
    try {
      writeFileSync(join(kept, name), readFileSync(join(folder, 'usr/share/doc', name, 'copyright')));
    } catch {
      // It is a link to the documents of another package, which has the text.
    }
  }
};

/** What the package's own script would write where it is installed: all authorities in one file. */
const writeAuthorities = (folder: string): void => {
  const authorities = join(folder, 'usr/share/ca-certificates/mozilla');
  const texts = readdirSync(authorities)
    .filter((name) => name.endsWith('.crt'))
    .sort()
    .map((name) => readFileSync(join(authorities, name), 'utf8').trimEnd());
  mkdirSync(join(folder, 'etc/ssl/certs'), { recursive: true });
  writeFileSync(join(folder, 'etc/ssl/certs/ca-certificates.crt'), `${texts.join('\n')}\n`);
  rmSync(join(folder, 'usr/share/ca-certificates'), { recursive: true });
};

const FOR_ALL_TO_WRITE = new Set(['tmp', 'var/tmp']);

/** Modes depend on the umask of who unpacks; here they do not. */
const settleModes = (folder: string, path = ''): void => {
  const here = join(folder, path);
  const stats = lstatSync(here);
  if (stats.isSymbolicLink()) return;
  if (!stats.isDirectory()) {
    chmodSync(here, stats.mode & 0o100 ? 0o755 : 0o644);
    return;
  }
  chmodSync(here, FOR_ALL_TO_WRITE.has(path) ? 0o1777 : 0o755);
  for (const name of readdirSync(here)) settleModes(folder, path ? `${path}/${name}` : name);
};

const ARCHIVE = [
  '--create',
  '--sort=name',
  '--mtime=@0',
  '--numeric-owner',
  '--hard-dereference',
  '--format=posix',
  '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
];

/** Writes a folder as a layer into `blobs`: the same bytes on each machine and at any time. */
export const writeLayer = async (folder: string, blobs: string, about: string, owner = 0): Promise<Layer> => {
  if (owner === 0) settleModes(folder);
  const args = [...ARCHIVE, `--owner=${owner}`, `--group=${owner}`, '-C', folder];
  const tar = spawn('tar', [...args, ...readdirSync(folder).sort()], {
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(tar, 'close');
  const [plain, packed] = [createHash('sha256'), createHash('sha256')];
  let size = 0;
  const partial = join(blobs, '.layer');
  await pipeline(
    tar.stdout,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        plain.update(chunk);
        yield chunk;
      }
    },
    createGzip({ level: 6 }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        packed.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(partial),
  );
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`tar ended with ${code}`);
  const digest = packed.digest('hex');
  renameSync(partial, join(blobs, digest));
  return { digest: `sha256:${digest}`, size, diffId: `sha256:${plain.digest('hex')}`, about };
};
