import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** A bucket on a real S3 server, on loopback, in memory. */
export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  /** What a process needs in its environment to use it. */
  readonly env: { readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string };
  /** Of the bucket, which no other test has: an address as the setting for the blob store takes it. */
  readonly url: string;
}

/** A bucket on the server that all processes of a run of tests share; elsewhere on one of this process. */
export const startS3 = async (): Promise<S3Server> => {
  demand(s3);
  const folder = process.env.TEST_RUN_FOLDER;
  const server = folder === undefined ? await startServer() : await serverOfRun(folder);
  return { ...server, url: await createBucket(server) };
};

type Server = Omit<S3Server, 'url'>;

/** Starts a server; takes about 10 s. It ends with this process, however that ends. */
const startServer = async (): Promise<Server> => {
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
  return {
    endpoint,
    env,
    async [Symbol.asyncDispose]() {
      server.stdin.end();
      await exited;
    },
  };
};

const createBucket = async ({ endpoint, env }: Server): Promise<string> => {
  const name = `tests-${randomBytes(8).toString('hex')}`;
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

/** What a process of a run and the run itself tell each other of the server, in the run's folder. */
const filesOf = (folder: string) => ({ wanted: join(folder, 's3.wanted'), told: join(folder, 's3.json') });
const LOOK_MS = 200;
const PATIENCE_MS = 120_000;

type Told = Pick<Server, 'endpoint' | 'env'> | { readonly failure: string };

const serverOfRun = async (folder: string): Promise<Server> => {
  const { wanted, told } = filesOf(folder);
  writeFileSync(wanted, '');
  for (const end = Date.now() + PATIENCE_MS; !existsSync(told); await sleep(LOOK_MS))
    if (Date.now() > end) throw new Error('the run of tests has started no S3 server');
  const server = JSON.parse(readFileSync(told, 'utf8')) as Told;
  if ('failure' in server) throw new Error(server.failure);
  return { ...server, [Symbol.asyncDispose]: async () => undefined };
};

/** Starts one server for the processes of a run when the first of them wants it, and ends it with the run. */
export const offerS3 = (folder: string): AsyncDisposable => {
  const { wanted, told } = filesOf(folder);
  let starting: Promise<Server | undefined> | undefined;
  const tell = (what: Told): void => {
    writeFileSync(`${told}.new`, JSON.stringify(what), { mode: 0o600 });
    renameSync(`${told}.new`, told);
  };
  const start = async (): Promise<Server | undefined> => {
    try {
      const server = await startServer();
      tell({ endpoint: server.endpoint, env: server.env });
      return server;
    } catch (error) {
      tell({ failure: String(error) });
      return undefined;
    }
  };
  const looking = setInterval(() => {
    if (!existsSync(wanted)) return;
    clearInterval(looking);
    starting = start();
  }, LOOK_MS);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(looking);
      await (await starting)?.[Symbol.asyncDispose]();
    },
  };
};
