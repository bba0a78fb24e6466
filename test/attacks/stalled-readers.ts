import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

/** Clients that ask and then read nothing of the answer, in a thread of their own. */
export interface StalledReaders {
  readonly url: string;
  readonly from: string;
  readonly count: number;
  readonly path: string;
  readonly authorization: string;
}

const { url, from, count, path, authorization } = workerData as StalledReaders;
const { hostname, port } = new URL(url);

const ask = async (): Promise<Socket> => {
  const socket = connect({ host: hostname, port: Number(port), localAddress: from });
  socket.pause().on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${authorization}\r\n\r\n`);
  return socket;
};

await Promise.all(Array.from({ length: count }, ask));
parentPort?.postMessage('asked');
setInterval(() => undefined, 1000);
