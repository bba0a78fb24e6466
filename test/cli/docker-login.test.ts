import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { ClientRoom, clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
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

  test('docker is taken before podman; the refresh token goes over standard input, never as an argument', async () => {
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

  test('podman is taken where there is no docker, or when asked for, and told that loopback has no TLS', async () => {
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

  test('without either, and with another client, cr login says what it needs', async () => {
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

  test('what the client says of a failure is shown, even if it never reads its password', async () => {
    using shell = await signedIn();
    install(shell.home, 'docker', 'echo "no room at the inn" >&2', 'exit 4');
    shows(await shell.run('cr login', { env: { PATH: shell.home } }), {
      code: 1,
      stdout: [`Logging 'docker' in to '${registry.host}'...`, ''],
      stderr: ['FAILED', `docker could not log in to '${registry.host}':`, 'no room at the inn'],
    });
  });

  for (const name of ['docker', 'podman']) {
    test(`the real ${name} is logged in as iamrefresh`, needs(clients([name])), async () => {
      using room = new ClientRoom();
      using shell = await signedIn();
      const env = { REGISTRY_AUTH_FILE: join(room.home, 'auth.json'), DOCKER_CONFIG: room.home };
      const settings = Object.entries({ ...room.env, ...env }).map(([key, value]) => `${key}=${value}`);
      install(shell.home, name, `exec ${room.inTree(['env', '-i', ...settings, name]).join(' ')} "$@"`);
      const PATH = `${shell.home}:${process.env.PATH}`;
      shows(await shell.run(`cr login --client ${name}`, { env: { PATH } }), loggedIn(name));
      const file = join(room.outside, name === 'docker' ? 'config.json' : 'auth.json');
      const { auths } = JSON.parse(readFileSync(file, 'utf8')) as { auths: Record<string, { auth: string }> };
      const auth = Buffer.from(auths[registry.host]?.auth ?? '', 'base64').toString();
      assert.equal(auth, `iamrefresh:${shell.remembered().session?.refreshToken}`);
    });
  }
});
