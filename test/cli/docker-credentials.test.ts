import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { runCredentialHelper } from '../../src/cli/docker-credentials.ts';
import { clients, treeOf } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { run, succeeded, type Turn } from '../support/transcript.ts';
import { pushImage } from './push-image.ts';
import { Terminal } from './terminal.ts';

const NOT_FOUND = 'credentials not found in native keychain\n';
const root = join(import.meta.dirname, '../..');

describe('docker-credential-tidegate', () => {
  let registry: RegistryProcess;
  const shell = new Terminal();
  const bin = join(shell.home, 'bin');
  const docker = join(shell.home, 'docker');

  before(async () => {
    registry = await startRegistryProcess();
    await shell.logIn(registry.url, registry.apikey);
    await registry.namespaceAdd('birds');
    for (const folder of [bin, docker]) mkdirSync(folder);
    symlinkSync(join(root, 'scripts/run.cjs'), join(bin, 'docker-credential-tidegate'));
    const settings = { credHelpers: { [registry.host]: 'tidegate' } };
    writeFileSync(join(docker, 'config.json'), JSON.stringify(settings));
  });
  after(async () => {
    shell[Symbol.dispose]();
    await registry[Symbol.asyncDispose]();
  });

  const env = (more: Record<string, string> = {}) => ({
    PATH: `${bin}:${process.env.PATH}`,
    HOME: shell.home,
    TIDEGATE_HOME: shell.home,
    DOCKER_CONFIG: docker,
    ...more,
  });

  /** As docker starts it. */
  const started = (action: string, stdin: string): Promise<Turn> =>
    run([join(bin, 'docker-credential-tidegate'), action], { stdin, env: env() });

  /** The same in this process, which is faster. */
  const helper = async (
    action: string,
    stdin = '',
    more: Record<string, string> = {},
  ): Promise<{ code: number; stdout: string; stderr: string }> => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const streams = { stdin: Readable.from([Buffer.from(stdin)]), stdout, stderr, env: env(more) };
    const code = await runCredentialHelper([action], streams);
    stdout.end();
    stderr.end();
    return { code, stdout: await text(stdout), stderr: await text(stderr) };
  };

  const secret = (): string => shell.remembered().session?.refreshToken ?? '';

  test('F56: get answers one line of JSON, and nothing else', async () => {
    const turn = await started('get', registry.host);
    assert.deepEqual([turn.code, turn.stderr], [0, '']);
    assert.equal(
      turn.stdout,
      `${JSON.stringify({ ServerURL: registry.host, Username: 'iamrefresh', Secret: secret() })}\n`,
    );
  });

  test('F58: scheme, path and a newline of the server are understood; another host or port gets nothing', async () => {
    for (const server of [
      `${registry.host}\n`,
      `http://${registry.host}/v2/`,
      `HTTP://${registry.host}/birds/a`,
    ])
      assert.equal(JSON.parse((await helper('get', server)).stdout).Secret, secret(), server);
    const [host = '', port = ''] = registry.host.split(':');
    for (const server of [
      'https://index.docker.io/v1/',
      host,
      `${host}:1${port}`,
      `${host}:${port}.evil.example`,
      `${registry.host}@evil.example`,
      `evil.example/${registry.host}`,
      `evil-${registry.host}`,
    ]) {
      const turn = await helper('get', server);
      assert.deepEqual([turn.code, turn.stdout, turn.stderr], [1, NOT_FOUND, ''], server);
    }
    assert.deepEqual((await helper('get', '')).stdout, 'no credentials server URL\n');
  });

  test('F57: without a session a client goes on without credentials', async () => {
    const turn = await helper('get', registry.host, { TIDEGATE_HOME: join(shell.home, 'nowhere') });
    assert.deepEqual([turn.code, turn.stdout], [1, NOT_FOUND]);
  });

  test('store takes its own answer and refuses what it cannot keep as a session; no file has such a secret', async () => {
    const own = { ServerURL: registry.host, Username: 'iamrefresh', Secret: secret() };
    assert.deepEqual([(await helper('store', JSON.stringify(own))).code], [0]);
    for (const other of [
      { ...own, Secret: 'of-another-kind' },
      { ...own, Username: 'token', Secret: 'of-another-kind' },
      { ...own, Username: `Profile-${crypto.randomUUID()}`, Secret: 'of-another-kind' },
    ]) {
      const turn = await helper('store', JSON.stringify(other));
      assert.equal(turn.code, 1);
      assert.match(turn.stdout, /^this helper keeps no such secret; /);
    }
    const wrong = await helper(
      'store',
      JSON.stringify({ ...own, Username: 'iamapikey', Secret: 'tdk_wrong' }),
    );
    assert.deepEqual([wrong.code, wrong.stdout.split('\n').length], [1, 2]);
    for (const broken of ['', '{', 'null', '[]', '{"ServerURL":7}', `{"ServerURL":"${registry.host}"}`])
      assert.equal((await helper('store', broken)).code, 1, broken);
    for (const file of readdirSync(shell.home, { withFileTypes: true }).filter((each) => each.isFile()))
      assert.ok(!readFileSync(join(shell.home, file.name), 'utf8').includes('of-another-kind'));
  });

  test('docker login with an API key leaves a session, never the key; docker logout forgets it', async () => {
    const key = { ServerURL: registry.host, Username: 'iamapikey', Secret: registry.apikey };
    assert.deepEqual(await helper('store', JSON.stringify(key)), { code: 0, stdout: '', stderr: '' });
    const { Username, Secret } = JSON.parse((await helper('get', registry.host)).stdout);
    assert.equal(Username, 'iamrefresh');
    assert.notEqual(Secret, secret(), 'the session of tidegate login is another one');
    const path = join(shell.home, 'docker-logins.json');
    assert.ok(readFileSync(path, 'utf8').includes(Secret));
    assert.ok(!readFileSync(path, 'utf8').includes(registry.apikey));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    // docker logout says it twice
    for (let time = 0; time < 2; time++) assert.equal((await helper('erase', registry.host)).code, 0);
    assert.equal(JSON.parse((await helper('get', registry.host)).stdout).Secret, secret());
  });

  test('list names the servers, erase leaves the session to logout, and an unknown action is refused', async () => {
    assert.equal((await helper('list', 'unused')).stdout, `{"${registry.host}":"iamrefresh"}\n`);
    assert.deepEqual([(await helper('erase', registry.host)).code], [0]);
    assert.equal((await helper('get', registry.host)).code, 0);
    assert.equal((await helper('remove')).code, 1);
    assert.match((await helper('version')).stdout, /^docker-credential-tidegate \d/);
  });

  test('a request that is too long is refused', async () => {
    assert.equal((await helper('get', 'x'.repeat(100_000))).stdout, 'the request is too long\n');
  });

  test(
    'the real crane, oras and docker use it, and no file of theirs has the secret',
    needs(clients(['crane', 'oras', 'docker'])),
    async () => {
      await pushImage(registry, 'birds/wren', ['1']);
      const program = (name: string) => join(treeOf('sid'), 'usr/bin', name);
      const image = `${registry.host}/birds/wren`;
      const asks = [
        [program('crane'), 'ls', '--insecure', image],
        [program('oras'), 'repo', 'tags', '--plain-http', image],
        [program('docker'), 'manifest', 'inspect', '--insecure', `${image}:1`],
      ];
      for (const ask of asks as string[][]) {
        succeeded(await run(ask, { env: env() }));
        const without = await run(ask, { env: env({ TIDEGATE_HOME: join(shell.home, 'nowhere') }) });
        assert.notEqual(without.code, 0, ask.join(' '));
      }
      assert.ok(!readFileSync(join(docker, 'config.json'), 'utf8').includes(secret()));
    },
  );
});
