import { randomBytes } from 'node:crypto';
import { type BrittleWay, brittleWay } from '../database/brittle-way.ts';
import { ServerControl } from '../database/postgres-server.ts';
import { freePort, heldPort } from '../support/free-port.ts';
import { startHaproxy } from '../support/haproxy.ts';
import { startPostgres } from '../support/postgres.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { startS3 } from '../support/s3.ts';

/** Three replicas as processes behind haproxy, over a PostgreSQL that can be restarted and an S3 that can be cut off. */
export interface Fleet extends AsyncDisposable {
  /** What clients type: `127.0.0.1:PORT` of haproxy. */
  readonly host: string;
  readonly url: string;
  readonly apikey: string;
  readonly replicas: readonly RegistryProcess[];
  readonly database: ServerControl;
  readonly bucket: BrittleWay;
  /** What every replica is started with. */
  readonly env: Readonly<Record<string, string>>;
}

/** Adds a namespace through the proxy. */
export const addNamespace = async ({ url, apikey, replicas }: Fleet, name: string): Promise<void> => {
  const signedIn = await replicas[0]?.signIn(apikey);
  const headers = {
    Authorization: `Bearer ${signedIn?.accessToken}`,
    Account: signedIn?.accountId ?? '',
  };
  const { status } = await fetch(`${url}/api/v1/namespaces/${name}`, { method: 'PUT', headers });
  if (status !== 201) throw new Error(`namespace ${name}: ${status}`);
};

export const startFleet = async (name: string): Promise<Fleet> => {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres());
  const s3 = stack.use(await startS3());
  const bucket = stack.use(await brittleWay(Number(new URL(s3.endpoint).port)));
  const { port, release } = await heldPort();
  stack.defer(release);
  const blobs = new URL(s3.url);
  blobs.searchParams.set('endpoint', `http://127.0.0.1:${bucket.port}`);
  const apikey = randomBytes(33).toString('base64url');
  const env = {
    ...s3.env,
    TIDEGATE_DATABASE_URL: await postgres.createDatabase(name),
    TIDEGATE_BLOBS_URL: blobs.href,
    TIDEGATE_EXTERNAL_URL: `http://127.0.0.1:${port}`,
    TIDEGATE_TRUSTED_PROXIES: '127.0.0.1',
    TIDEGATE_MASTER_KEY: randomBytes(32).toString('base64'),
    TIDEGATE_BOOTSTRAP_APIKEY: apikey,
  };
  const replicas: RegistryProcess[] = [];
  const backends: { host: string; opsPort: number }[] = [];
  for (let count = 0; count < 3; count++) {
    const opsPort = await freePort();
    const opsListen = `127.0.0.1:${opsPort}`;
    const replica = stack.use(
      await startRegistryProcess({ env: { ...env, TIDEGATE_OPS_LISTEN: opsListen } }),
    );
    replicas.push(replica);
    backends.push({ host: replica.host, opsPort });
  }
  await release();
  stack.use(await startHaproxy(port, backends));
  const database = await ServerControl.of(postgres);
  const resources = stack.move();
  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    apikey,
    replicas,
    database,
    bucket,
    env,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};
