import type { Destination } from './destination.ts';
import { type Descriptor, isElsewhere, type Manifest, partsOf, type Source } from './source.ts';

/** What there was to do. */
export interface Copied {
  manifests: number;
  blobs: number;
  bytes: number;
}

export interface CopyOptions {
  /** Only says what would be copied. */
  readonly plan: boolean;
  /** Contents that are on their way at once, over all images. */
  readonly parallel: number;
}

/** An index may list indexes, and a referrer may have referrers: not deeper than people make them. */
const DEEPEST = 8;

/** Copies manifests with all that they name, and what refers to them; what is at the destination already is passed over. */
export class Copier {
  readonly #source: Source;
  readonly #destination: Destination;
  readonly #plan: boolean;
  readonly #turns: Turns;
  /** Contents that are on their way, so that two images with the same one wait for each other. */
  readonly #sending = new Map<string, Promise<number | undefined>>();

  constructor(source: Source, destination: Destination, { plan, parallel }: CopyOptions) {
    this.#source = source;
    this.#destination = destination;
    this.#plan = plan;
    this.#turns = new Turns(parallel);
  }

  /** Copies one image and gives it its tag. */
  async image(from: string, reference: string, to: string, tag: string | undefined): Promise<Copied> {
    const copied: Copied = { manifests: 0, blobs: 0, bytes: 0 };
    const manifest = await this.#source.manifest(from, reference);
    await this.#manifest(manifest, from, to, copied, 0, new Set());
    if (tag === undefined || (await this.#destination.digestAt(to, tag)) === manifest.digest) return copied;
    if (!this.#plan) await this.#destination.putManifest(to, tag, manifest);
    copied.manifests = Math.max(1, copied.manifests);
    return copied;
  }

  async #manifest(
    manifest: Manifest,
    from: string,
    to: string,
    copied: Copied,
    depth: number,
    seen: Set<string>,
  ): Promise<void> {
    if (seen.has(manifest.digest) || depth > DEEPEST) return;
    seen.add(manifest.digest);
    const { manifests, blobs } = partsOf(manifest);
    const below = (digest: string): Promise<void> => this.#below(digest, from, to, copied, depth, seen);
    for (const { digest } of manifests) await below(digest);
    const isThere = (await this.#destination.digestAt(to, manifest.digest)) !== undefined;
    if (!isThere) {
      await this.#blobs(blobs, from, to, copied);
      if (!this.#plan) await this.#destination.putManifest(to, manifest.digest, manifest);
      copied.manifests++;
    }
    for (const digest of await this.#source.referrers(from, manifest.digest)) await below(digest);
  }

  async #below(
    digest: string,
    from: string,
    to: string,
    copied: Copied,
    depth: number,
    seen: Set<string>,
  ): Promise<void> {
    if (seen.has(digest)) return;
    await this.#manifest(await this.#source.manifest(from, digest), from, to, copied, depth + 1, seen);
  }

  async #blobs(blobs: readonly Descriptor[], from: string, to: string, copied: Copied): Promise<void> {
    const sent = await Promise.allSettled(blobs.map((blob) => this.#blobOnce(blob, from, to)));
    for (const outcome of sent) {
      if (outcome.status === 'rejected') throw outcome.reason;
      if (outcome.value === undefined) continue;
      copied.blobs++;
      copied.bytes += outcome.value;
    }
  }

  /** The bytes that were sent; undefined where it was there. */
  async #blobOnce(blob: Descriptor, from: string, to: string): Promise<number | undefined> {
    const key = `${to}@${blob.digest}`;
    const before = this.#sending.get(key);
    if (before) return before.then(() => undefined);
    const sending = this.#turns.take(() => this.#blob(blob, from, to));
    this.#sending.set(key, sending);
    try {
      return await sending;
    } finally {
      this.#sending.delete(key);
    }
  }

  async #blob(blob: Descriptor, from: string, to: string): Promise<number | undefined> {
    if (isElsewhere(blob) || (await this.#destination.hasBlob(to, blob))) return undefined;
    if (this.#plan) return blob.size;
    return this.#destination.putBlob(to, blob, () => this.#source.blob(from, blob));
  }
}

/** Lets so many run at once; the others wait in order. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#free = most;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
