import { execFile } from 'node:child_process';
import { access, constants, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { observe } from '../process.ts';
import { Target } from '../target.ts';
import { freePort, StartedServer, temporaryFolder } from './server.ts';

const INSTALLED = '/usr/bin/docker-registry';
const PACKAGE = 'docker-registry';

const run = promisify(execFile);

/**
 * Starts Debian's docker-registry (CNCF distribution 2.8) on files, as its package configures it but on a free
 * loopback port and without authentication: the comparison gives the peer the easier task.
 * Throws where the program cannot be had.
 */
export const startDockerRegistry = async (stack: AsyncDisposableStack): Promise<Target> => {
  const folder = stack.use(await temporaryFolder('docker-registry'));
  const program = await findProgram(folder.path);
  const { stdout } = await run(program, ['--version']);
  const listen = `127.0.0.1:${await freePort()}`;
  const configFile = path.join(folder.path, 'config.yml');
  await writeFile(configFile, configuration(listen, path.join(folder.path, 'data')));
  const command = {
    program,
    args: ['serve', configFile],
    env: process.env,
    logFile: path.join(folder.path, 'log'),
  };
  const server = stack.use(new StartedServer(command));
  const url = new URL(`http://${listen}`);
  await server.ready(new URL('/v2/', url));
  const name = 'docker-registry';
  const detail = `${stdout.trim().split(' ').at(-1)}, on files, without authentication`;
  return Target.open({
    name,
    detail,
    url,
    namespace: 'bench',
    login: undefined,
    process: observe([server.pid]),
  });
};

const configuration = (listen: string, dataFolder: string): string => `version: 0.1
log: { level: info }
storage:
  cache: { blobdescriptor: inmemory }
  filesystem: { rootdirectory: ${JSON.stringify(dataFolder)} }
  delete: { enabled: true }
http: { addr: ${JSON.stringify(listen)} }
`;

/** The installed program, or the one of Debian's package unpacked into `folder`: nothing on the machine changes. */
const findProgram = async (folder: string): Promise<string> => {
  try {
    await access(INSTALLED, constants.X_OK);
    return INSTALLED;
  } catch {
    await run('apt-get', ['download', PACKAGE], { cwd: folder }).catch((error: Error) => {
      throw new Error(
        `${PACKAGE} is not installed and apt-get cannot fetch it: ${error.message.split('\n')[0]}`,
      );
    });
    const archive = (await readdir(folder)).find((file) => file.endsWith('.deb'));
    if (archive === undefined) throw new Error(`apt-get fetched no ${PACKAGE} package`);
    await run('dpkg-deb', ['--extract', archive, 'package'], { cwd: folder });
    return path.join(folder, 'package', INSTALLED);
  }
};
