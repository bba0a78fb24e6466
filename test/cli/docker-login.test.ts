import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { type ClientRoom, client, clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { dockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { succeeded } from '../support/transcript.ts';
import { pushImage } from './push-image.ts';
import { shows, Terminal } from './terminal.ts';

describe('cr login', () => {
  let registry: RegistryProcess;

  before(async () => {
    registry = await startRegistryProcess();
  });
  after(() => registry[Symbol.asyncDispose]());

  const signedIn = async (): Promise<Terminal> => {
    const shell = new Terminal();
    await shell.logIn(registry.url, registry.apikey);
    return shell;
  };

  /** Puts a program into a folder that can stand alone on a PATH. */
  const install = (folder: string, name: string, ...script: string[]): void => {
    writeFileSync(join(folder, name), ['#!/bin/sh', ...script, ''].join('\n'));
    chmodSync(join(folder, name), 0o755);
  };

  /** A program that writes down how it was called, as a stand-in where the question is only how. */
  const recorder = (folder: string, name: string): void =>
    install(folder, name, `echo "$@" > ${folder}/${name}.args`, `/bin/cat > ${folder}/${name}.stdin`);

  const recorded = (folder: string, name: string) => ({
    args: readFileSync(join(folder, `${name}.args`), 'utf8'),
    stdin: readFileSync(join(folder, `${name}.stdin`), 'utf8'),
  });

  const loggedIn = (client: string) => ({
    stdout: [
      `Logging '${client}' in to '${registry.host}'...`,
      '',
      `Logged in to '${registry.host}'.`,
      '',
      'OK',
    ],
  });

  test('docker is used before podman; the refresh token is sent over standard input, never as an argument', async () => {
    using shell = await signedIn();
    const { home } = shell;
    recorder(home, 'docker');
    recorder(home, 'podman');
    shows(await shell.run('cr login', { env: { PATH: home } }), loggedIn('docker'));
    assert.deepEqual(recorded(home, 'docker'), {
      args: `login --username iamrefresh --password-stdin ${registry.host}\n`,
      stdin: shell.remembered().session?.refreshToken,
    });
    assert.ok(!existsSync(join(home, 'podman.args')));
  });

  test('podman is used without docker, or with --client podman, and is told that loopback has no TLS', async () => {
    using shell = await signedIn();
    const { home } = shell;
    recorder(home, 'podman');
    const env = { PATH: home };
    shows(await shell.run('cr login', { env }), loggedIn('podman'));
    recorder(home, 'docker');
    shows(await shell.run('cr login --client podman', { env }), loggedIn('podman'));
    assert.deepEqual(recorded(home, 'podman'), {
      args: `login --tls-verify=false --username iamrefresh --password-stdin ${registry.host}\n`,
      stdin: shell.remembered().session?.refreshToken,
    });
    assert.ok(!existsSync(join(home, 'docker.args')));
  });

  test('podman is not told to skip TLS where the registry has it', async () => {
    await using secure = await startRegistryProcess({ tls: true });
    using shell = new Terminal();
    await shell.logIn(secure.url, secure.apikey);
    recorder(shell.home, 'podman');
    assert.equal((await shell.run('cr login', { env: { PATH: shell.home } })).code, 0);
    assert.equal(
      recorded(shell.home, 'podman').args,
      `login --username iamrefresh --password-stdin ${secure.host}\n`,
    );
  });

  test('without docker and podman, and with another client, cr login says what it needs', async () => {
    using shell = await signedIn();
    const env = { PATH: shell.home };
    shows(await shell.run('cr login', { env }), {
      code: 1,
      stderr: ['FAILED', "There is no docker and no podman on this machine's PATH. Install one first."],
    });
    shows(await shell.run('cr login --client podman', { env }), {
      code: 1,
      stderr: ['FAILED', "There is no podman on this machine's PATH. Install one first."],
    });
    assert.equal((await shell.run('cr login --client skopeo', { env })).code, 2);
  });

  test('the message of a client that fails is shown, also if it never reads its password', async () => {
    using shell = await signedIn();
    install(shell.home, 'docker', 'echo "no room at the inn" >&2', 'exit 4');
    shows(await shell.run('cr login', { env: { PATH: shell.home } }), {
      code: 1,
      stdout: [`Logging 'docker' in to '${registry.host}'...`, ''],
      stderr: ['FAILED', `docker could not log in to '${registry.host}':`, 'no room at the inn'],
    });
  });

  test('a session that has ended is reported as that, and no client is started', async () => {
    using shell = await signedIn();
    const { accessToken = '' } = shell.remembered().session ?? {};
    shell.remember({ accessToken, refreshToken: 'A'.repeat(43) });
    recorder(shell.home, 'docker');
    assert.equal((await shell.run('cr login', { env: { PATH: shell.home } })).code, 3);
    assert.ok(!existsSync(join(shell.home, 'docker.args')));
  });

  test('an error of docker about missing TLS is explained', async () => {
    using shell = await signedIn();
    install(shell.home, 'docker', 'echo "http: server gave HTTP response to HTTPS client" >&2', 'exit 1');
    const { stderr } = await shell.run('cr login', { env: { PATH: shell.home } });
    assert.match(
      stderr,
      /\nThe registry has no TLS\. Docker accepts that on loopback addresses while its engine runs,\n/,
    );
  });

  /** Runs `cr login` with the client of a room, which then holds the refresh token and can pull without a question. */
  const logInRoom = async (
    client: 'docker' | 'podman',
    room: ClientRoom,
    settings: Record<string, string>,
  ) => {
    using shell = await signedIn();
    const env = Object.entries({ ...room.env, ...settings }).map(([key, value]) => `${key}=${value}`);
    install(shell.home, client, `exec ${room.inTree(['env', '-i', ...env, client]).join(' ')} "$@"`);
    const PATH = `${shell.home}:${process.env.PATH}`;
    shows(await shell.run(`cr login --client ${client}`, { env: { PATH } }), loggedIn(client));
    return `iamrefresh:${shell.remembered().session?.refreshToken}`;
  };

  const secretIn = (room: ClientRoom, file: string): string => {
    const content: { auths: Record<string, { auth: string }> } = JSON.parse(
      readFileSync(join(room.outside, file), 'utf8'),
    );
    return Buffer.from(content.auths[registry.host]?.auth ?? '', 'base64').toString();
  };

  const pushed = async (): Promise<string> => {
    await registry.namespaceAdd('birds');
    // two empty blocks are a whole tar archive
    await pushImage(registry, 'birds/bluebird', ['1'], { layer: '\0'.repeat(1024) });
    return `${registry.host}/birds/bluebird:1`;
  };

  test('after cr login the real docker pulls, as iamrefresh', needs(dockerEngine), async () => {
    await using engine = await startDockerEngine('overlay2');
    const { room, docker } = engine;
    const secret = await logInRoom('docker', room, { DOCKER_HOST: `unix://${room.home}/docker.sock` });
    assert.equal(secretIn(room, '.docker/config.json'), secret);
    succeeded(await docker(['pull', await pushed()]));
  });

  test(
    'after cr login the real podman pulls, as iamrefresh',
    needs(clients(['podman', 'skopeo'])),
    async () => {
      using skopeo = client('skopeo');
      const { room } = skopeo;
      const secret = await logInRoom('podman', room, { REGISTRY_AUTH_FILE: join(room.home, 'auth.json') });
      assert.equal(secretIn(room, 'auth.json'), secret);
      // skopeo reads podman's credentials and needs no image store
      succeeded(
        await skopeo.run([
          'copy',
          '--src-tls-verify=false',
          `docker://${await pushed()}`,
          `dir:${room.home}/image`,
        ]),
      );
    },
  );
});
