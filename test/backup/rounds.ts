import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../src/oci/digest.ts';
import type { BackupRun } from '../../src/wire/backups.ts';
import { runOperator } from '../operate/operator.ts';
import { basic } from '../support/registry.ts';
import { RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { askForBackup, endedRun } from './back-up.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const REPOSITORIES = ['birds/a', 'birds/b', 'birds/c'];
const PUSHERS = 3;
/** So many more images that nothing deletes are there before each backup begins. */
const LASTING = 12;
/**
 * A pusher waits up to this long before each image, and few images last. A backup copies what was pushed while the one before
 * it was made: without pauses, each backup takes longer than the one before.
 */
const PAUSE_MS = 200;
/** Bounds every wait; nothing is asserted about how long anything takes. */
const PATIENCE_MS = 120_000;

interface Image {
  readonly repository: string;
  readonly digest: string;
  readonly tag: string;
  /** Nothing deletes it. */
  readonly lasts: boolean;
  /** When its push was acknowledged, its deletion was asked for, and that was acknowledged: numbers of one clock. */
  pushed?: number;
  asked?: number;
  deleted?: number;
}

/** The server is gone, as it was meant to be. */
class Cut extends Error {}

/** Clients that push and delete images at once while garbage is collected, and write down what was acknowledged. */
class Load {
  readonly images: Image[] = [];
  readonly #registry: RegistryProcess;
  #over = false;
  #clock = 0;

  constructor(registry: RegistryProcess) {
    this.#registry = registry;
  }

  /** The next number: everything acknowledged before it has a smaller one. */
  now(): number {
    return ++this.#clock;
  }

  /** Runs until `over`, or until the server was killed after `over`. Where a round fails meanwhile, that is what the test tells. */
  run(): Promise<unknown> {
    this.#over = false;
    const tasks = [...Array(PUSHERS).fill(this.#push), this.#remove, this.#collect];
    const running = Promise.all(tasks.map((task) => this.#repeat(task)));
    running.catch(() => undefined);
    return running;
  }

  over(): void {
    this.#over = true;
  }

  /** How many images there are that nothing deletes. */
  get lasting(): number {
    return this.images.filter(({ pushed, lasts }) => pushed !== undefined && lasts).length;
  }

  async #repeat(task: () => Promise<void>): Promise<void> {
    try {
      while (!this.#over) await task.call(this);
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
    }
  }

  async #request(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('Authorization', basic('iamapikey', this.#registry.apikey));
    try {
      const answer = await fetch(this.#registry.url + path, { ...init, headers });
      // the status line is the promise; the body may break off
      await answer.arrayBuffer().catch(() => undefined);
      return answer;
    } catch (error) {
      if (this.#over) throw new Cut(path, { cause: error });
      throw new Error(`${path}: no answer; the server: ${this.#registry.logs().slice(-1000)}`, {
        cause: error,
      });
    }
  }

  async #push(): Promise<void> {
    await sleep(randomInt(PAUSE_MS));
    const repository = REPOSITORIES[randomInt(REPOSITORIES.length)] ?? '';
    const blobs = [randomBytes(30), randomBytes(randomInt(5) === 0 ? randomInt(800_000) : randomInt(20_000))];
    for (const bytes of blobs) {
      const put = await this.#request(`/v2/${repository}/blobs/uploads/?digest=${digestOf(bytes)}`, {
        method: 'POST',
        body: new Uint8Array(bytes),
      });
      assert.equal(put.status, 201);
    }
    const [config, layer] = blobs.map((bytes) => ({
      mediaType: 'application/octet-stream',
      digest: digestOf(bytes),
      size: bytes.length,
    }));
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] });
    const tag = `t${this.now()}`;
    const image: Image = {
      repository,
      digest: digestOf(Buffer.from(manifest)),
      tag,
      lasts: randomInt(4) === 0,
    };
    this.images.push(image);
    const put = await this.#request(`/v2/${repository}/manifests/${tag}`, {
      method: 'PUT',
      headers: { 'Content-Type': MANIFEST },
      body: manifest,
    });
    // a slow client is told that a blob was collected, and pushes it again
    if (put.status === 201) image.pushed = this.now();
    else assert.equal(put.status, 400);
  }

  async #remove(): Promise<void> {
    await sleep(randomInt(60));
    const there = this.images.filter(
      ({ pushed, asked, lasts }) => pushed !== undefined && asked === undefined && !lasts,
    );
    const image = there[randomInt(Math.max(1, there.length))];
    if (image === undefined) return;
    image.asked = this.now();
    const gone = await this.#request(`/v2/${image.repository}/manifests/${image.digest}`, {
      method: 'DELETE',
    });
    assert.equal(gone.status, 202);
    image.deleted = this.now();
  }

  async #collect(): Promise<void> {
    await sleep(100);
    try {
      const init = {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{}',
      };
      const run = await this.#registry.request('/api/v1/gc/runs', init);
      await run.arrayBuffer();
      assert.ok([202, 409].includes(run.status), `gc: ${run.status}`);
    } catch (error) {
      if (this.#over && !(error instanceof assert.AssertionError)) throw new Cut('gc', { cause: error });
      throw error;
    }
  }
}

/** Begins a backup; waits while the lease of a server that was killed in one has not ended. */
const begin = async (registry: RegistryProcess, to: string): Promise<BackupRun> => {
  for (const deadline = performance.now() + PATIENCE_MS; ; ) {
    const begun = await askForBackup(registry, to);
    const text = await begun.text();
    if (begun.status === 202) return JSON.parse(text) as BackupRun;
    assert.equal(begun.status, 409, text);
    if (performance.now() > deadline) throw new Error(`no backup could be begun: ${text}`);
    await sleep(200);
  }
};

/** Which images the backup must have, and which it must not: others may be in it or not. */
const promised = (
  images: readonly Image[],
  begun: number,
  over: number,
): { there: Image[]; gone: Image[] } => ({
  there: images.filter(({ pushed, asked }) => (pushed ?? over) < begun && (asked ?? over) >= over),
  gone: images.filter(({ deleted }) => (deleted ?? over) < begun),
});

const compare = async (
  place: RegistryProcess,
  apikey: string,
  { there, gone }: ReturnType<typeof promised>,
): Promise<void> => {
  const headers = { Authorization: basic('iamapikey', apikey), Accept: MANIFEST };
  const read = async (path: string): Promise<{ status: number; bytes: Buffer }> => {
    const answer = await fetch(place.url + path, { headers });
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
  };
  for (const { repository, digest, tag } of there) {
    for (const reference of [digest, tag]) {
      const manifest = await read(`/v2/${repository}/manifests/${reference}`);
      assert.equal(
        manifest.status,
        200,
        `${repository}@${digest} (${reference}) was acknowledged before the backup`,
      );
      assert.equal(digestOf(manifest.bytes), digest);
    }
    const { bytes } = await read(`/v2/${repository}/manifests/${digest}`);
    const { config, layers } = JSON.parse(String(bytes));
    for (const each of [config, ...layers]) {
      const blob = await read(`/v2/${repository}/blobs/${each.digest}`);
      assert.equal(blob.status, 200, `${each.digest} of ${repository}@${digest}`);
      assert.equal(digestOf(blob.bytes), each.digest);
    }
  }
  for (const { repository, digest } of gone)
    assert.equal(
      (await read(`/v2/${repository}/manifests/${digest}`)).status,
      404,
      `${digest} was deleted before`,
    );
};

export interface Rounds {
  /** Settings of the engines of the server; none for SQLite and files. */
  readonly engines: Readonly<Record<string, string>>;
  /** Where the backups go. */
  readonly to: string;
  readonly root: string;
  readonly masterKey: string;
  /** Settings of an empty place to restore to, a new one each time. */
  readonly newPlace: (round: number) => Promise<Readonly<Record<string, string>>>;
}

export interface Kept {
  /** Images that were compared, over all rounds. */
  readonly there: number;
  readonly gone: number;
  /** Backups in which the server was killed. */
  readonly killed: number;
}

/**
 * Backs up again and again under pushes, deletes and collection; kills the server in the middle of a backup and elsewhere;
 * restores each backup that ended into an empty place, and compares that with what was acknowledged.
 */
export const backupRounds = async (count: number, rounds: Rounds): Promise<Kept> => {
  const { engines, to, root, masterKey } = rounds;
  const env = { TIDEGATE_GC_GRACE: '1s', TIDEGATE_BACKUP_ROOT: root, TIDEGATE_MASTER_KEY: masterKey };
  await using registry = await startRegistryProcess({ env: { ...engines, ...env } });
  await registry.namespaceAdd('birds');
  const load = new Load(registry);
  const kept = { there: 0, gone: 0, killed: 0 };
  for (let round = 0; round < count; round++) {
    let running = load.run();
    for (
      const deadline = performance.now() + PATIENCE_MS;
      load.lasting < LASTING * (round + 1);
      await sleep(20)
    )
      if (performance.now() > deadline) throw new Error('too few pushes');
    await sleep(randomInt(1000));
    if (round % 2 === 0) {
      await begin(registry, to);
      await sleep(randomInt(400));
      load.over();
      await registry.kill('SIGKILL');
      await running;
      await registry.start();
      kept.killed++;
      running = load.run();
    }
    const begun = load.now();
    const run = await endedRun(registry, (await begin(registry, to)).id);
    assert.equal(run.outcome, 'done', run.reason ?? '');
    assert.equal(run.damaged, 0);
    const over = load.now();
    load.over();
    // also what is on its way when the server is killed
    if (randomInt(2) === 0) await registry.kill('SIGKILL');
    await running;
    await registry.start();
    const expected = promised(load.images, begun, over);
    await restoreAndCompare(registry.apikey, run.snapshot ?? '', expected, rounds, round);
    kept.there += expected.there.length;
    kept.gone += expected.gone.length;
  }
  return kept;
};

const restoreAndCompare = async (
  apikey: string,
  snapshot: string,
  expected: ReturnType<typeof promised>,
  { newPlace, to, masterKey }: Rounds,
  round: number,
): Promise<void> => {
  const env = {
    ...(await newPlace(round)),
    TIDEGATE_BOOTSTRAP_APIKEY: undefined,
    TIDEGATE_MASTER_KEY: masterKey,
  };
  await using place = new RegistryProcess({ env });
  const restored = await runOperator(['restore', '--from', to, '--snapshot', snapshot, '-f'], place.settings);
  assert.equal(restored.code, 0, restored.stderr);
  const verified = await runOperator(['verify'], place.settings);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  assert.match(verified.stdout, / 0 faults/);
  await place.start();
  await compare(place, apikey, expected);
};
