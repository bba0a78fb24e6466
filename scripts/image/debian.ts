import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';

/** What the names of one architecture are: Debian's is the one of container images too. */
export type Architecture = 'amd64' | 'arm64';

/** The release whose C library the image has. */
export const DEBIAN = { codename: 'trixie', version: '13' } as const;

/** What the pinned Node is linked to, time zones, names of services, and the certificates of public authorities. */
const PACKAGES = [
  'base-files',
  'ca-certificates',
  'libatomic1',
  'libc6',
  'libgcc-s1',
  'libstdc++6',
  'netbase',
  'tzdata',
];

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** `all` where it is the same for each. */
  readonly architecture: string;
  readonly source: string;
  readonly sha256: string;
  readonly file: string;
  /** Its paragraph of dpkg's status. */
  readonly control: string;
}

/** The newest packages of the release, fetched by apt from the mirror that this machine uses, and verified by it. */
export const fetchDebianPackages = (architecture: Architecture, cache: string): DebianPackage[] => {
  const state = join(cache, `apt-${architecture}`);
  const folder = join(cache, `debian-${architecture}`);
  for (const path of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(join(state, path), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const env = { ...process.env, LC_ALL: 'C', APT_CONFIG: writeAptConfig(state, architecture) };
  run(['apt-get', '-qq', 'update'], { env });
  run(['apt-get', '-qq', 'download', ...PACKAGES], { env, cwd: folder });
  return readdirSync(folder)
    .filter((name) => name.endsWith('.deb'))
    .sort()
    .map((name) => describe(join(folder, name)));
};

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** An apt of its own: another release and architecture than this machine's, without its installed packages. */
const writeAptConfig = (state: string, architecture: Architecture): string => {
  const { codename } = DEBIAN;
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
  const { main, security } = mirrors();
  const sources = [`${main} ${codename} main`, `${main} ${codename}-updates main`];
  if (security) sources.push(`${security} ${codename}-security main`);
  writeFileSync(join(state, 'sources.list'), sources.map((line) => `deb ${signed}${line}\n`).join(''));
  writeFileSync(join(state, 'status'), '');
  const settings = {
    'APT::Architecture': architecture,
    'Dir::State': state,
    'Dir::State::lists': join(state, 'lists'),
    'Dir::State::status': join(state, 'status'),
    'Dir::Cache': join(state, 'cache'),
    'Dir::Etc::sourcelist': join(state, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    ...(process.getuid?.() === 0 ? { 'APT::Sandbox::User': 'root' } : {}),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  const path = join(state, 'apt.conf');
  writeFileSync(path, `${lines.join('')}APT::Architectures { "${architecture}"; };\n`);
  return path;
};

const mirrors = (): { main: string; security: string | undefined } => {
  const listing = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'], {
    encoding: 'utf8',
  });
  const found = (listing.stdout ?? '').split('\n');
  const main = found.find((uri) => /\/debian\/?$/.test(uri));
  if (main === undefined)
    throw new Error('apt knows no Debian mirror on this machine; build the image on Debian');
  return { main, security: found.find((uri) => /\/debian-security\/?$/.test(uri)) };
};

const describe = (file: string): DebianPackage => {
  const control = run(['dpkg-deb', '--field', file]);
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(control)?.[1];
  const name = field('Package') ?? '';
  return {
    name,
    version: field('Version') ?? '',
    architecture: field('Architecture') ?? '',
    source: field('Source') ?? name,
    sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
    file,
    control: control.replace(/^(Package: .*)$/m, '$1\nStatus: install ok installed'),
  };
};
