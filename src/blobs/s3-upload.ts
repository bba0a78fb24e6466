import { RegistryError } from '../errors.ts';
import { type Digest, type DigestAlgorithm, digestOf, RunningDigest } from '../oci/digest.ts';
import { giveBack } from './give-back.ts';
import { newSealedObject, type StagingName } from './layout.ts';
import type { PartialUpload, S3Bucket } from './s3-bucket.ts';
import type { Parts, S3Staging, StagingContent, StagingState } from './s3-staging.ts';
import type { Source } from './source.ts';

const MIB = 1024 * 1024;
/** S3's smallest part, the last one excepted. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const SMALLEST_PART = 5 * MIB;
/** S3 takes 10,000 parts: parts of a 2,000th of what is there already reach terabytes with fewer. */
const GROWTH = 2000;
/** An append that holds more than this waits for its turn. */
const FREE_BYTES = 256 * 1024;

export interface UploadTools {
  readonly bucket: S3Bucket;
  readonly staging: S3Staging;
  /** Wanted size of a part, 5 MiB or more. */
  readonly partBytes: number;
  /** Resolves when this append may hold two parts in memory; returns what gives the place back. */
  readonly turn: () => Promise<() => void>;
}

interface Mark {
  readonly state: StagingState;
  readonly running: RunningDigest | undefined;
}

/** One upload that this process works on: the version of its state that we know, and the sha256 of its bytes if we saw them all. */
export class S3Upload {
  readonly name: StagingName;
  readonly #tools: UploadTools;
  #state: StagingState;
  #running: RunningDigest | undefined;
  #finished: Digest | undefined;
  #claimed = false;
  #broken = false;
  /** While the last bytes come: what there was before them, which is what the bucket knows. */
  #before: Mark | undefined;

  constructor(name: StagingName, state: StagingState, tools: UploadTools) {
    this.name = name;
    this.#tools = tools;
    this.#state = state;
    this.#running = state.size === 0 ? new RunningDigest('sha256') : undefined;
  }

  get state(): StagingState {
    return this.#state;
  }

  /** Whether a request failed, so that only the bucket knows what is staged. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Appends all of `source`. When it fails, what it gave before is stored first, unless it was of the wrong length. */
  async append(source: Source): Promise<void> {
    const before = source.mayMismatch ? this.#mark() : undefined;
    try {
      await this.#append(source);
    } catch (error) {
      if (before !== undefined && source.mismatched) {
        await this.#goBackTo(before.state);
        this.#running = before.running;
      }
      throw error;
    }
  }

  /**
   * Appends the last bytes of an upload. The bucket is told of parts, but not that they count: so the bytes are forgotten
   * with `takeBack`, or with this process.
   */
  async appendRest(source: Source): Promise<void> {
    this.#before = this.#mark();
    await this.#append(source);
  }

  /** Drops what `appendRest` brought, if that was not done. */
  async takeBack(): Promise<void> {
    const before = this.#before;
    if (before === undefined) return;
    const begun = this.#state.parts?.upload;
    this.#settleAt(before);
    if (begun !== undefined && before.state.parts === undefined) await this.#tools.bucket.abortUpload(begun);
  }

  #mark(): Mark {
    return { state: this.#state, running: this.#running?.copy() };
  }

  #settleAt({ state, running }: Mark): void {
    this.#before = undefined;
    this.#state = { ...state, etag: this.#state.etag };
    this.#running = running;
    this.#finished = undefined;
  }

  async #append(source: Source): Promise<void> {
    this.#claimed = false;
    const { tail } = this.#state;
    const waiting: Uint8Array[] = tail.byteLength > 0 ? [tail] : [];
    let bytes = tail.byteLength;
    let release: (() => void) | undefined;
    let sending: Promise<void> | undefined;
    const send = async (): Promise<void> => {
      await sending;
      const chunks = waiting.splice(0);
      const part = Buffer.concat(chunks);
      sending = this.#sendPart(part).then(() => giveBack(part));
      // what was there before is needed again where the rest is taken back
      for (const chunk of chunks) if (chunk !== tail) giveBack(chunk);
      // Awaited before the next part; until then its failure must not count as unhandled.
      sending.catch(() => undefined);
      bytes = 0;
    };
    try {
      for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
        this.#hash(chunk);
        waiting.push(chunk);
        bytes += chunk.byteLength;
        if (bytes > FREE_BYTES) release ??= await this.#tools.turn();
        if (bytes >= this.#partBytes()) await send();
      }
    } finally {
      try {
        if (bytes >= SMALLEST_PART) await send();
        await sending;
        if (bytes !== this.#state.tail.byteLength) await this.#keepTail(Buffer.concat(waiting));
      } finally {
        release?.();
      }
    }
  }

  /** The digest of all bytes, or undefined when only a read of what is in parts could tell. */
  digest(algorithm: DigestAlgorithm): Digest | undefined {
    const { parts, tail } = this.#state;
    if (this.#finished?.startsWith(`${algorithm}:`)) return this.#finished;
    if (algorithm === 'sha256' && this.#running !== undefined) {
      this.#finished = this.#running.finish();
      this.#running = undefined;
      return this.#finished;
    }
    return parts === undefined ? digestOf(tail, algorithm) : undefined;
  }

  /**
   * Completes the parts under their name. Answers false when they were completed already, by a process that died then
   * or with the answer lost: those bytes may not be the ones hashed here.
   */
  async complete({ upload, etags }: Parts): Promise<boolean> {
    const { bucket } = this.#tools;
    const { tail, size } = this.#state;
    try {
      const last = tail.byteLength === 0 ? [] : [await bucket.uploadPart(upload, etags.length + 1, tail)];
      await bucket.completeUpload(upload, [...etags, ...last]);
      return true;
    } catch (error) {
      const found = await bucket.head(upload.key);
      if (found?.size !== size) throw error;
      return false;
    }
  }

  /**
   * Makes staging of completed bytes again, which turned out to be `actual` and not what was asked for: a server-side
   * copy into the parts of a new upload, without what `appendRest` brought. Rare: only where a client is wrong about
   * bytes this process did not hash.
   */
  async reopen(completed: string, actual: Digest): Promise<void> {
    const { bucket } = this.#tools;
    const before = this.#before;
    const { size, tail } = before?.state ?? { size: this.#state.size, tail: new Uint8Array(0) };
    if (before !== undefined) this.#settleAt(before);
    // small uploads lie in their state object still
    if (before === undefined || before.state.parts !== undefined) {
      const upload = await bucket.beginUpload(newSealedObject(this.name.region), { copied: true });
      const etags: string[] = [];
      await this.#orAbort(upload, async () => {
        for (const [first, last] of copyRanges(size - tail.byteLength)) {
          etags.push(await bucket.copyPart(upload, etags.length + 1, completed, first, last));
        }
        await this.#commit({ size, parts: { upload, etags }, tail });
      });
    }
    if (before === undefined) {
      this.#running = undefined;
      this.#finished = actual;
    }
    await bucket.remove(completed);
  }

  /** Gives the bytes up; an append under way fails. */
  async abort(): Promise<void> {
    const { bucket, staging } = this.#tools;
    if (this.#state.parts !== undefined) await bucket.abortUpload(this.#state.parts.upload);
    await staging.remove(this.name);
  }

  #hash(chunk: Uint8Array): void {
    if (chunk.byteLength > 0) this.#finished = undefined;
    this.#running?.update(chunk);
  }

  #partBytes(): number {
    return Math.max(this.#tools.partBytes, Math.ceil(this.#state.size / GROWTH));
  }

  async #sendPart(bytes: Uint8Array): Promise<void> {
    const { bucket } = this.#tools;
    const { size, tail, parts } = this.#state;
    const grown = size - tail.byteLength + bytes.byteLength;
    if (parts === undefined) return this.#sendFirstPart(bytes);
    // an append that goes on with parts of another one writes the state anew first: of two only one then sends a part
    if (!this.#claimed) await this.#claim();
    this.#claimed = true;
    const etag = await this.#unlessBroken(bucket.uploadPart(parts.upload, parts.etags.length + 1, bytes));
    const etags = [...parts.etags, etag];
    await this.#commit({ size: grown, parts: { upload: parts.upload, etags }, tail: new Uint8Array(0) });
  }

  async #sendFirstPart(bytes: Uint8Array): Promise<void> {
    const { bucket } = this.#tools;
    const upload = await this.#unlessBroken(bucket.beginUpload(newSealedObject(this.name.region)));
    await this.#orAbort(upload, async () => {
      const etag = await this.#unlessBroken(bucket.uploadPart(upload, 1, bytes));
      await this.#commit({
        size: bytes.byteLength,
        parts: { upload, etags: [etag] },
        tail: new Uint8Array(0),
      });
    });
    this.#claimed = true;
  }

  /** Parts beyond those that count are not completed; the next ones sent take their numbers. */
  async #goBackTo({ size, parts, tail }: StagingState): Promise<void> {
    const begun = this.#state.parts?.upload;
    this.#finished = undefined;
    await this.#commit({ size, parts, tail });
    if (begun !== undefined && parts === undefined) await this.#tools.bucket.abortUpload(begun);
  }

  #keepTail(tail: Uint8Array): Promise<void> {
    const { size, tail: before, parts } = this.#state;
    return this.#commit({ size: size - before.byteLength + tail.byteLength, parts, tail });
  }

  /** Does not leave `upload` behind unless the bucket may already know it as ours. */
  async #orAbort(upload: PartialUpload, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== 'UNAVAILABLE')
        await this.#tools.bucket.abortUpload(upload);
      throw error;
    }
  }

  /** Last bytes are not committed: they count once they are sealed. */
  async #commit(content: StagingContent): Promise<void> {
    this.#state =
      this.#before === undefined ? await this.#write(content) : { ...content, etag: this.#state.etag };
  }

  async #claim(): Promise<void> {
    const { etag } = await this.#write(this.#before?.state ?? this.#state);
    this.#state = { ...this.#state, etag };
  }

  #write(content: StagingContent): Promise<StagingState> {
    return this.#unlessBroken(this.#tools.staging.commit(this.name, this.#state, content));
  }

  async #unlessBroken<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }
}

/** Ranges that cover `size` bytes, none below the smallest part and none above what S3 copies at once. */
export const copyRanges = (size: number): [number, number][] => {
  const ranges: [number, number][] = [];
  const step = 1024 * MIB;
  for (let first = 0; first < size; ) {
    const left = size - first;
    const length = left < step + SMALLEST_PART ? left : step;
    ranges.push([first, first + length - 1]);
    first += length;
  }
  return ranges;
};
