import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { makeImageSource, writeImageLayout } from '../clients/image.ts';
import { type ClientRoom, client } from '../support/clients.ts';
import { type RunOptions, succeeded, type Turn } from '../support/transcript.ts';
import { until } from '../support/until.ts';

/** A container engine with a room of its own. */
export interface Engine {
  readonly room: ClientRoom;
  readonly readOnly: readonly string[];
  run(args: readonly string[], options?: RunOptions): Promise<Turn>;
}

const USER = 10001;
/** A user of a cluster that hands out its own, and the group that it gives the volume (fsGroup). */
const FOREIGN = { user: 1_000_650_000, group: 2000 } as const;
const NAME = 'tidegate';

/** A container of the image, as locked down as an engine can, and what it serves. */
export class ImageServer {
  readonly apikey = randomBytes(33).toString('base64url');
  readonly #engine: Engine;
  readonly #data: string;

  readonly #options: readonly string[];

  private constructor(engine: Engine, more: Readonly<Record<string, string>>, foreign: boolean) {
    this.#engine = engine;
    this.#data = join(engine.room.outside, 'data');
    mkdirSync(this.#data, { mode: 0o700 });
    // as the kubelet leaves a volume: root's, writable for its group, and new files in that group
    if (foreign) chownSync(this.#data, 0, FOREIGN.group);
    else chownSync(this.#data, USER, USER);
    if (foreign) chmodSync(this.#data, 0o2775);
    const user = foreign
      ? ['--user', `${FOREIGN.user}:0`, '--group-add', String(FOREIGN.group)]
      : ['--user', `${USER}:${USER}`];
    const locked = [...user, '--cap-drop=all', '--security-opt=no-new-privileges'];
    const settings = {
      TIDEGATE_LISTEN: '127.0.0.1:0',
      TIDEGATE_OPS_LISTEN: '127.0.0.1:0',
      TIDEGATE_BOOTSTRAP_APIKEY: this.apikey,
      ...more,
    };
    const env = Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const place = ['--network=host', '-v', `${engine.room.home}/data:/data`];
    this.#options = [...engine.readOnly, ...locked, ...env, ...place];
  }

  static async start(
    engine: Engine,
    image: string,
    more: Readonly<Record<string, string>> = {},
    foreign = false,
  ): Promise<ImageServer> {
    const server = new ImageServer(engine, more, foreign);
    await server.#run(image);
    return server;
  }

  async #run(image: string): Promise<void> {
    succeeded(await this.#engine.run(['run', '-d', '--name', NAME, ...this.#options, image]));
  }

  /** `127.0.0.1:PORT`, once it listens. */
  async host(): Promise<string> {
    return new URL(await addressOf(this.#engine, this.#data)).host;
  }

  /** A server that is asked to stop ends by itself, with 0. */
  async stop(): Promise<void> {
    succeeded(await this.#engine.run(['stop', '--time=40', NAME]));
    const { stdout } = succeeded(
      await this.#engine.run(['inspect', '--format', '{{.State.ExitCode}}', NAME]),
    );
    assert.equal(stdout.trim(), '0');
    rmSync(join(this.#data, 'listening'), { force: true });
  }

  async restart(): Promise<void> {
    await this.stop();
    succeeded(await this.#engine.run(['start', NAME]));
  }

  /** Another image in the place of this one, on the same volume. */
  async replace(image: string): Promise<void> {
    await this.stop();
    succeeded(await this.#engine.run(['rm', NAME]));
    await this.#run(image);
  }

  /** Runs a command in the container. */
  exec(...argv: string[]): Promise<Turn> {
    return this.#engine.run(['exec', NAME, ...argv]);
  }

  /** What the health check of the image has found; empty where the engine runs none. */
  async health(): Promise<string> {
    const { stdout } = await this.#engine.run(['inspect', '--format', '{{.State.Health.Status}}', NAME]);
    return stdout.trim();
  }

  /** What the container has changed in the image's own file system. */
  async changed(): Promise<string[]> {
    const { stdout } = succeeded(await this.#engine.run(['diff', NAME]));
    return stdout.split('\n').filter((line) => line !== '');
  }

  async addNamespace(name: string): Promise<void> {
    const address = `http://${await this.host()}`;
    const token = await fetch(`${address}/identity/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ibm:params:oauth:grant-type:apikey',
        apikey: this.apikey,
      }),
    });
    const { access_token: bearer } = (await token.json()) as { access_token: string };
    const { account } = decodeJwt<{ account: { bss: string } }>(bearer);
    const added = await fetch(`${address}/api/v1/namespaces/${name}`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${bearer}`, Account: account.bss },
    });
    assert.ok(added.ok, `namespace-add: ${added.status}`);
  }
}

/** What a client pushed comes back after something has happened to the server. */
const keepsWhatIsPushed = async (server: ImageServer, happens: () => Promise<void>): Promise<void> => {
  using skopeo = client('skopeo');
  const source = makeImageSource(skopeo.room);
  const digest = writeImageLayout(skopeo.room, source, 'small', '1');
  await server.addNamespace('birds');
  const credentials = `iamapikey:${server.apikey}`;
  const reference = async (): Promise<string> => `docker://${await server.host()}/birds/app:1`;
  const to = ['--all', '--dest-tls-verify=false', `--dest-creds=${credentials}`];
  succeeded(await skopeo.run(['copy', '-q', ...to, `oci:${skopeo.room.home}/small:1`, await reference()]));
  await happens();
  const from = ['--all', '--src-tls-verify=false', `--src-creds=${credentials}`];
  succeeded(await skopeo.run(['copy', '-q', ...from, await reference(), 'oci:back:pulled']));
  const { manifests } = JSON.parse(readFileSync(join(skopeo.room.outside, 'back/index.json'), 'utf8')) as {
    manifests: { digest: string }[];
  };
  assert.equal(manifests[0]?.digest, digest);
};

/** The image serves a small image to a client, over a restart too. */
export const servesSmallImage = async (
  engine: Engine,
  image: string,
  {
    foreign = false,
    version = ['tidegate', '--version'],
  }: { foreign?: boolean; version?: readonly string[] } = {},
): Promise<void> => {
  const server = await ImageServer.start(engine, image, {}, foreign);
  await keepsWhatIsPushed(server, () => server.restart());
  assert.match(succeeded(await server.exec(...version)).stdout, /^tidegate \d/);
  await server.stop();
};

/** The image serves what another one took before it. */
export const servesAfter = async (
  engine: Engine,
  { earlier, image, more }: { earlier: string; image: string; more: Readonly<Record<string, string>> },
): Promise<void> => {
  const server = await ImageServer.start(engine, earlier, more);
  await keepsWhatIsPushed(server, () => server.replace(image));
  assert.match(succeeded(await server.exec('tidegate', '--version')).stdout, /^tidegate \d/);
  await server.stop();
};

/** Copies a layout to where the clients of a room see it. */
export const placeIn = (room: ClientRoom, layout: string): string => {
  cpSync(layout, join(room.outside, 'layout'), { recursive: true });
  return join(room.home, 'layout');
};

const addressOf = async (engine: Engine, data: string): Promise<string> => {
  let address = '';
  try {
    await until('the container writes its address', () => {
      address = fileText(join(data, 'listening'));
      return address !== '';
    });
  } catch (error) {
    const { stdout, stderr } = await engine.run(['logs', NAME]);
    throw new Error(`the container does not listen:\n${stdout}${stderr}`, { cause: error });
  }
  return address;
};

const fileText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
};
