import { parentPort, workerData } from 'node:worker_threads';
import { OCI_MANIFEST } from '../spec/content.ts';
import { RawConnection } from '../spec/raw-connection.ts';

/** A thread of its own, so that what it sends is not in the way of what the test measures. */
export interface Attack {
  readonly url: string;
  readonly authorization: string;
  readonly tricklers: number;
  readonly manifests: number;
}

const trickler = async ({ url }: Attack): Promise<RawConnection> => {
  const connection = await RawConnection.open(url, '127.0.0.2');
  connection.sendHead('POST', '/v1/invitations/accept', {
    'Content-Type': 'application/json',
    'Content-Length': 16_000,
  });
  connection.send(`{"code":"${'x'.repeat(15_000)}`);
  return connection;
};

const stalledManifest = async ({ url, authorization }: Attack): Promise<RawConnection> => {
  const connection = await RawConnection.open(url, '127.0.0.3');
  const length = 4 << 20;
  connection.sendHead('PUT', '/v2/birds/a/manifests/x', {
    Authorization: authorization,
    'Content-Type': OCI_MANIFEST,
    'Content-Length': length,
  });
  connection.send(Buffer.alloc(length - 1, ' '));
  return connection;
};

const attack = workerData as Attack;
const tricklers = await Promise.all(Array.from({ length: attack.tricklers }, () => trickler(attack)));
const manifests = await Promise.all(Array.from({ length: attack.manifests }, () => stalledManifest(attack)));
setInterval(() => {
  for (const each of tricklers) each.send('x');
}, 1000);
parentPort?.postMessage([...tricklers, ...manifests].map(({ port }) => port));
