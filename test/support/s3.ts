import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type Component, demand } from './component.ts';
import { freePort } from './free-port.ts';

const script = join(import.meta.dirname, '../../scripts/components/s3-server');
const programs = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph'];

const isOnPath = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

export const s3: Component = {
  name: 'S3 server',
  absence: () =>
    programs.every(isOnPath)
      ? undefined
      : 'no Ceph RADOS Gateway here; as root: scripts/components/install-packages radosgw ceph-mon ceph-osd ceph-common',
};

/** A real S3 server of its own, on loopback, in memory. */
export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  /** What a process needs in its environment to use it. */
  readonly env: { readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string };
  /** Of the bucket that is there: an address as the setting for the blob store takes it. */
  readonly url: string;
  /** Creates an empty bucket and returns its address. */
  createBucket(name: string): Promise<string>;
}

/** Starts a server with one bucket; takes about 10 s. It ends with this process, however that ends. */
export const startS3 = async (): Promise<S3Server> => {
  demand(s3);
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-s3-'));
  const env = {
    AWS_ACCESS_KEY_ID: randomBytes(10).toString('hex'),
    AWS_SECRET_ACCESS_KEY: randomBytes(20).toString('hex'),
  };
  const port = await freePort(2);
  // It stops and cleans up when its standard input ends, which the kernel sees to if we die.
  const server = spawn(script, ['run', directory, String(port), String(port + 1)], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  const [endpoint] = await Promise.race([once(createInterface({ input: server.stdout }), 'line'), exited]);
  if (typeof endpoint !== 'string') throw new Error(`the S3 server did not start (exit ${endpoint})`);
  const createBucket = bucketMaker(endpoint, env);
  return {
    endpoint,
    env,
    url: await createBucket('tidegate'),
    createBucket,
    async [Symbol.asyncDispose]() {
      server.stdin.end();
      await exited;
    },
  };
};

const bucketMaker =
  (endpoint: string, env: S3Server['env']) =>
  async (name: string): Promise<string> => {
    const client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
    });
    await client.send(new CreateBucketCommand({ Bucket: name }));
    client.destroy();
    return `s3://${name}/blobs?endpoint=${encodeURIComponent(endpoint)}&region=us-east-1&path_style=true`;
  };
