import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Component, demand } from './component.ts';
import { freePort } from './free-port.ts';
import { startListening } from './listening-program.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const dockerRegistry: Component = {
  name: 'docker-registry',
  absence: () =>
    spawnSync('docker-registry', ['--version']).error === undefined
      ? undefined
      : 'no docker-registry here; as root: scripts/components/install-packages docker-registry',
};

export interface DockerRegistry extends AsyncDisposable {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** The hash of the password below: the registry takes bcrypt alone, which Node lacks. */
const HASH = '$2b$04$VSqDLECCtTOkjm/m.yjdfelc1fbwC9IXO38gfeXSar7LZLjIqz3gK';

/** The registry of the CNCF's project distribution, with a user and a password. */
export const startDockerRegistry = async (): Promise<DockerRegistry> => {
  demand(dockerRegistry);
  const folder = temporaryFolder();
  const port = await freePort();
  const users = join(folder.path, 'htpasswd');
  writeFileSync(users, `mover:${HASH}\n`);
  const config = join(folder.path, 'config.yml');
  const lines = [
    'version: 0.1',
    `storage: { filesystem: { rootdirectory: ${folder.path}/images }, delete: { enabled: true } }`,
    `http: { addr: '127.0.0.1:${port}' }`,
    `auth: { htpasswd: { realm: images, path: ${users} } }`,
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const running = await startListening(['docker-registry', 'serve', config], port);
  return {
    url: `http://127.0.0.1:${port}`,
    user: 'mover',
    password: 'of the source',
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
};
