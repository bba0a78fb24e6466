import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Installer } from '../guides/installer.ts';
import { KeylessLab, when } from '../identity/keyless-lab.ts';
import { type Component, needs } from '../support/component.ts';
import { RegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { run as runTurn, succeeded } from '../support/transcript.ts';
import { BARE, build, loadConsole, pushAndPull } from './made.ts';

const run = promisify(execFile);

const chroot: Component = {
  name: 'chroot',
  absence: () =>
    process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('ldd', ['--version']).status === 0
      ? undefined
      : 'a tree of its own is root’s to enter, on Linux',
};

/** The libraries that a program loads, and what loads them. */
const librariesOf = async (program: string): Promise<string[]> =>
  [...(await run('ldd', [program])).stdout.matchAll(/(\/\S+\.so\S*)/g)].map(([, path = '']) => path);

describe('the executable in a tree without Node, shell or any other program', needs(chroot), () => {
  const folder = temporaryFolder();
  const tree = join(folder.path, 'tree');
  const made = join(folder.path, 'dist', `tidegate-linux-${process.arch}`);
  // for chroot itself: the tree has no such folders
  const ENV = { PATH: '/usr/sbin:/usr/bin', HOME: '/', TIDEGATE_HOME: '/' };
  const inTree = (program: string, ...args: string[]): [string, ...string[]] => [
    'chroot',
    tree,
    `/bin/${program}`,
    ...args,
  ];

  before(async () => {
    await build(join(folder.path, 'dist'), '--only', 'executable');
    for (const name of ['bin', 'tmp']) mkdirSync(join(tree, name), { recursive: true });
    for (const path of await librariesOf(made)) {
      mkdirSync(join(tree, dirname(path)), { recursive: true });
      copyFileSync(path, join(tree, path));
    }
    copyFileSync(made, join(tree, 'bin/tidegate'));
    for (const name of ['bx', 'docker-credential-tidegate']) symlinkSync('tidegate', join(tree, 'bin', name));
    // a path below the tree means the same inside it
    mkdirSync(join(tree, dirname(tree)), { recursive: true });
    symlinkSync('/', join(tree, tree));
  });
  after(() => folder[Symbol.dispose]());

  test('O40: needs the C and C++ libraries and libatomic, and nothing else', async () => {
    const names = (await librariesOf(made)).map((path) => basename(path).replace(/\.so.*/, ''));
    const known = /^(libc|libm|libdl|libpthread|libgcc_s|libstdc\+\+|libatomic|ld-linux-.*)$/;
    assert.deepEqual(
      names.filter((name) => !known.test(name)),
      [],
    );
  });

  test('O40: serves, takes a push and gives it back, shows the console, and backs up what it has', async () => {
    await using registry = new RegistryProcess({
      command: inTree('tidegate', 'serve'),
      env: { ...BARE, ...ENV },
      folder: join(tree, 'tmp'),
    });
    await registry.start();
    await pushAndPull(registry);
    assert.ok((await loadConsole(registry)) > 20);
    await registry.kill('SIGTERM');
    const env = { ...ENV, ...registry.settings };
    const [chrootProgram, ...args] = inTree(
      'tidegate',
      'backup',
      '--offline',
      '--to',
      join(tree, 'tmp/copy'),
    );
    await run(chrootProgram, args, { env });
    assert.ok(existsSync(join(tree, 'tmp/copy')));
  });

  test('README: its lines install the executable, and put the command on PATH', async () => {
    const home = join(folder.path, 'home');
    mkdirSync(home);
    await using person = new Installer({ home, env: { PATH: '/usr/sbin:/usr/bin:/bin' } });
    person.downloads(made, 'tidegate-linux-x64');
    assert.equal(await person.types('executable'), 3);
  });

  test('says that it is the executable', async () => {
    const [program, ...args] = inTree('tidegate', 'version', '-o', 'json');
    const { form, node } = JSON.parse((await run(program, args)).stdout);
    assert.deepEqual({ form, node }, { form: 'executable', node: process.versions.node });
  });

  test('O40: as bx it is the client, as docker-credential-tidegate the helper of docker', async () => {
    const [program, ...args] = inTree('bx', '--help');
    assert.match((await run(program, args)).stdout, /Usage: bx/);
    const helper = await runTurn(inTree('docker-credential-tidegate', 'get'), {
      stdin: 'registry.example.org',
    });
    assert.equal(helper.stdout.trim(), 'credentials not found in native keychain');
  });

  test('O40: answers the kubelet as its plugin: the token of the ServiceAccount becomes a login', async () => {
    await using lab = await KeylessLab.start('kubernetes');
    const { host } = new URL(lab.registry.url);
    const deploy = await lab.profile([when('sub', 'system:serviceaccount:prod:deploy')]);
    const request = {
      apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
      kind: 'CredentialProviderRequest',
      image: `${host}/birds/app`,
      serviceAccountToken: await lab.token(),
      serviceAccountAnnotations: { 'tidegate.dev/profile-id': deploy.id },
    };
    const plugin = inTree('tidegate', 'credential-provider', '--registry', host);
    const answer = await runTurn(plugin, { stdin: JSON.stringify(request) });
    const { username, password } = JSON.parse(succeeded(answer).stdout).auth[host];
    assert.equal(await lab.dockerLogin(username, password), 200);
  });

  test('a folder of the name that its modules have inside is not read', async () => {
    mkdirSync(join(tree, 'tidegate'), { recursive: true });
    writeFileSync(join(tree, 'tidegate/main.js'), 'console.log("another program")');
    const [program, ...args] = inTree('tidegate', '--version');
    assert.match((await run(program, args)).stdout, /^tidegate \d/);
  });
});
