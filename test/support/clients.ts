import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { atExit } from './at-exit.ts';
import { type Component, demand } from './component.ts';
import { type RunOptions, run, type Turn } from './transcript.ts';

const root = join(import.meta.dirname, '../..');
export const runIn = join(root, 'scripts/components/run-in');
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const overlayFilesystem = 0x794c7630;

/** Where scripts/components/make-clients puts the tree of a Debian suite. */
export const treeOf = (suite: string): string =>
  join(process.env.TIDEGATE_TEST_CLIENTS || join(root, '.cache/clients'), suite);

const canEnterTrees = (): boolean =>
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', 'true']).status === 0;

/** These programs of the client tree, as one component. */
export const clients = (names: readonly string[], suite = 'sid'): Component => ({
  name: names.join(', '),
  absence() {
    if (!canEnterTrees())
      return 'entering the client tree needs Linux, root and the right to make a mount namespace';
    const tree = treeOf(suite);
    if (!existsSync(join(tree, '.ready')))
      return `no client tree at ${tree}; as root: scripts/components/make-clients ${suite}`;
    const missing = names.filter(
      (name) => !['bin', 'sbin'].some((folder) => existsSync(join(tree, 'usr', folder, name))),
    );
    return missing.length > 0 ? `${missing.join(', ')} not in the client tree ${tree}` : undefined;
  },
});

/** Where a room stands, if not simply on this machine. */
export interface Surroundings {
  /** Begins every command line of the room. */
  readonly enter: readonly string[];
  /** Contents that the room's programs, and no others, see in the place of files of the tree. */
  readonly files: Readonly<Record<string, string>>;
}

/** Mounts pairs of files, one over the other, up to a `--`, and runs the rest. */
const behindFiles = 'while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done; shift; exec "$@"';

/** A folder of its own inside a client tree: the HOME of everything run in it, gone afterwards. */
export class ClientRoom implements Disposable {
  /** The folder as this machine sees it. */
  readonly outside: string;
  /** The same folder as the clients see it. */
  readonly home: string;
  readonly tree: string;
  readonly #enter: readonly string[];
  /** Files of the room, each before the file of the tree it stands for. */
  readonly #covers: readonly string[];
  readonly #forget: () => void;

  constructor(suite = 'sid', { enter, files }: Surroundings = { enter: [], files: {} }) {
    this.tree = treeOf(suite);
    this.#enter = enter;
    this.outside = mkdtempSync(join(this.tree, 'tmp/room-'));
    this.home = join('/tmp', basename(this.outside));
    this.#forget = atExit(() => this.#remove());
    for (const folder of ['tmp', 'run']) mkdirSync(join(this.outside, folder));
    this.#covers = Object.entries(files).flatMap(([path, content]) => [
      this.write(`covers-${basename(path)}`, content),
      path,
    ]);
  }

  /** The environment of everything run here: nothing of this process's own but the time zone's default. */
  get env(): NodeJS.ProcessEnv {
    const { home } = this;
    return {
      PATH: path,
      LANG: 'C.UTF-8',
      HOME: home,
      TMPDIR: join(home, 'tmp'),
      XDG_RUNTIME_DIR: join(home, 'run'),
    };
  }

  /** The command line that runs `argv` in the tree, with this room as its working directory. */
  inTree(argv: readonly string[]): string[] {
    const covered =
      this.#covers.length > 0 ? ['/bin/sh', '-euc', behindFiles, 'room', ...this.#covers, '--'] : [];
    return [...this.#enter, runIn, this.tree, ...covered, 'env', `--chdir=${this.home}`, ...argv];
  }

  run(argv: readonly string[], { stdin, env, timeout }: RunOptions = {}): Promise<Turn> {
    return run(this.inTree(argv), {
      env: { ...this.env, ...env },
      shownAs: argv.join(' '),
      ...(stdin === undefined ? {} : { stdin }),
      ...(timeout === undefined ? {} : { timeout }),
    });
  }

  /** Writes a file of this room, and returns its path as the clients see it. */
  write(name: string, content: string): string {
    writeFileSync(join(this.outside, name), content);
    return join(this.home, name);
  }

  [Symbol.dispose](): void {
    this.#forget();
    this.#remove();
  }

  #remove(): void {
    rmSync(this.outside, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One client with a room of its own: no credentials, no images. */
export interface Client extends Disposable {
  readonly room: ClientRoom;
  run(args: readonly string[], options?: RunOptions): Promise<Turn>;
}

/**
 * Podman, and buildah that keeps images the same way, outside a session of systemd: cgroups by hand, runc (crun refuses mixed cgroup versions), locks and images in
 * its room rather than in /dev/shm and /var/lib, and no overlay upon an overlay.
 */
const podmanSettings = (room: ClientRoom): NodeJS.ProcessEnv => {
  const { home } = room;
  const driver = statfsSync(room.outside).type === overlayFilesystem ? 'vfs' : 'overlay';
  const storage = [`driver = "${driver}"`, `graphroot = "${home}/images"`, `runroot = "${home}/run/images"`];
  const engine = [
    'cgroup_manager = "cgroupfs"',
    'runtime = "runc"',
    'events_logger = "none"',
    'lock_type = "file"',
  ];
  engine.push(
    `tmp_dir = "${home}/run/podman"`,
    `static_dir = "${home}/podman"`,
    `volume_path = "${home}/volumes"`,
  );
  return {
    CONTAINERS_STORAGE_CONF: room.write('storage.conf', ['[storage]', ...storage, ''].join('\n')),
    CONTAINERS_CONF: room.write('containers.conf', ['[engine]', ...engine, ''].join('\n')),
    PODMAN_IGNORE_CGROUPSV1_WARNING: '1',
  };
};

/** Opens a room for the client of that name; `needs(clients([name]))` says beforehand whether it can. */
export const client = (name: string, suite = 'sid', surroundings?: Surroundings): Client => {
  demand(clients([name], suite));
  const room = new ClientRoom(suite, surroundings);
  const settings = {
    REGISTRY_AUTH_FILE: join(room.home, 'auth.json'),
    ...(name === 'podman' || name === 'buildah' ? podmanSettings(room) : {}),
  };
  return {
    room,
    run: (args, options = {}) =>
      room.run([name, ...args], { ...options, env: { ...settings, ...options.env } }),
    [Symbol.dispose]: () => room[Symbol.dispose](),
  };
};
