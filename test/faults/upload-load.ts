import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WatchedRegistry } from './watched-registry.ts';

const MB = 1 << 20;

export interface UploadLoad {
  /** How many slow uploads run at once, and the size of each in MB. */
  readonly slow: number;
  readonly slowMegabytes: number;
  /** How long each of them takes, in seconds. */
  readonly seconds: number;
  /** The size of the one that comes as fast as the server takes it, in MB. */
  readonly fastMegabytes: number;
  /** By how many MB the server's memory may grow at most. */
  readonly bound: number;
}

/** The highest resident memory so far, in MB. */
const peakOf = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** `count` MB, each `pause` milliseconds after the one before in pieces of 64 KB; `digest` is right once all are given. */
class Body {
  readonly #bytes = randomBytes(MB);
  readonly #hash = createHash('sha256');
  readonly #count: number;
  readonly #pause: number;

  constructor(count: number, pause: number) {
    this.#count = count;
    this.#pause = pause;
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < this.#count * 16; sent++) {
      const at = (sent % 16) * 65_536;
      const piece = this.#bytes.subarray(at, at + 65_536);
      this.#hash.update(piece);
      yield piece;
      if (this.#pause > 0) await sleep(this.#pause / 16);
    }
  }

  digest(): string {
    return `sha256:${this.#hash.digest('hex')}`;
  }
}

const upload = async (registry: WatchedRegistry, megabytes: number, seconds: number): Promise<void> => {
  const body = new Body(megabytes, (seconds * 1000) / megabytes);
  const location = await registry.begin();
  const headers = { 'Content-Length': megabytes * MB };
  const chunk = await registry.ask('PATCH', location, { body: body.pieces(), headers });
  assert.equal(chunk.status, 202, String(chunk.body));
  const end = await registry.ask('PUT', `${location}?digest=${body.digest()}`);
  assert.equal(end.status, 201, String(end.body));
};

/** Slow uploads and a fast one at once; answers by how many MB the server's peak grew over what a first upload left it with. */
export const memoryUnder = async (load: UploadLoad): Promise<number> => {
  await using registry = await WatchedRegistry.begin();
  await upload(registry, 64, 0);
  const before = peakOf(registry.pid);
  const slow = Array.from({ length: load.slow }, () => upload(registry, load.slowMegabytes, load.seconds));
  await Promise.all([upload(registry, load.fastMegabytes, 0), ...slow]);
  assert.deepEqual(registry.stagings, []);
  return peakOf(registry.pid) - before;
};

/** Fails when the server holds more than the bound of all those bytes in memory. */
export const assertBounded = async (load: UploadLoad): Promise<void> => {
  const grown = await memoryUnder(load);
  const sent = load.slow * load.slowMegabytes + load.fastMegabytes;
  assert.ok(grown < load.bound, `${grown.toFixed()} MB more memory for ${sent} MB of uploads`);
};
