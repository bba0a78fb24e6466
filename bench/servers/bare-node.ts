import path from 'node:path';
import { smallImage } from '../content.ts';
import { observe } from '../process.ts';
import { Target } from '../target.ts';
import { freePort, StartedServer, temporaryFolder } from './server.ts';

const PROGRAM = path.join(import.meta.dirname, 'bare-node-server.ts');

/**
 * Starts a bare node:http server, with the Node and the flags of the registry, that answers everything with a body of a
 * small manifest's size. What a request costs it is what a request to the registry is divided by.
 */
export const startBareNode = async (stack: AsyncDisposableStack): Promise<Target> => {
  const folder = stack.use(await temporaryFolder('bare-node'));
  const port = await freePort();
  const args = [...process.execArgv, PROGRAM, String(port), String(smallImage().manifest.length)];
  const logFile = path.join(folder.path, 'log');
  const server = stack.use(new StartedServer({ program: process.execPath, args, env: process.env, logFile }));
  const url = new URL(`http://127.0.0.1:${port}`);
  await server.ready(url);
  return Target.open({
    name: 'bare Node',
    url,
    namespace: 'none',
    login: undefined,
    process: observe([server.pid]),
  });
};
