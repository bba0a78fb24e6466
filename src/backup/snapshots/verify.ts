import { createHash } from 'node:crypto';
import { RegistryError } from '../../errors.ts';
import { algorithmOf, type Digest, RunningDigest } from '../../oci/digest.ts';
import type { OpenedTarget } from '../target/open.ts';
import { snapshotIds } from './list.ts';
import { isVouched, type ReadManifest, readManifest, rowsName, type Voucher } from './manifest.ts';
import { type PoolName, readNames } from './names.ts';
import { lacking, POOL } from './pool.ts';
import { pagesOfNames, unionOfNames } from './union.ts';

const PAGE = 200;
const PROGRESS = 500;

export type SnapshotFault =
  | 'manifest-damaged'
  | 'manifest-foreign'
  | 'names-damaged'
  | 'rows-missing'
  | 'rows-damaged'
  | 'bytes-missing'
  | 'bytes-damaged'
  | 'unreadable';

export type VerifyEvent =
  | {
      readonly kind: 'finding';
      readonly fault: SnapshotFault;
      /** Absent for bytes, which several backups may have. */
      readonly snapshot?: string;
      /** The object's name in the target. */
      readonly name: string;
      readonly detail: string;
    }
  | {
      readonly kind: 'progress' | 'end';
      readonly snapshots: number;
      readonly blobs: number;
      readonly bytes: number;
      readonly findings: number;
      /** False: the target is sealed and no private key was given, so that bytes and rows were counted, but not read. */
      readonly read: boolean;
    };

export interface VerifyOptions {
  /** One of them; without it all. */
  readonly snapshot?: string | undefined;
  /** The master key of this installation, where it is at hand. */
  readonly masterKey?: Voucher | undefined;
  readonly signal: AbortSignal;
}

/**
 * Reads backups against what their manifests say: the manifest itself, the list of names, the rows, and each of the bytes
 * they name, once. Nothing is changed.
 */
export class Verification {
  readonly #opened: OpenedTarget;
  readonly #options: VerifyOptions;
  readonly #counts = { snapshots: 0, blobs: 0, bytes: 0, findings: 0 };

  constructor(opened: OpenedTarget, options: VerifyOptions) {
    this.#opened = opened;
    this.#options = options;
  }

  async *run(): AsyncGenerator<VerifyEvent> {
    const { target } = this.#opened;
    const { snapshot, signal } = this.#options;
    const ids = await snapshotIds(target);
    if (snapshot !== undefined && !ids.includes(snapshot)) throw snapshotUnknown(snapshot, target.name);
    yield this.#counted('progress');
    const whole: ReadManifest[] = [];
    for (const id of snapshot === undefined ? ids : [snapshot]) {
      signal.throwIfAborted();
      this.#counts.snapshots++;
      const manifest = yield* this.#snapshot(id);
      if (manifest !== undefined) whole.push(manifest);
    }
    yield* this.#pool(whole);
    yield this.#counted('end');
  }

  #counted(kind: 'progress' | 'end'): VerifyEvent {
    return { kind, ...this.#counts, read: this.#opened.opens };
  }

  #finding(finding: Omit<VerifyEvent & { kind: 'finding' }, 'kind'>): VerifyEvent {
    this.#counts.findings++;
    return { kind: 'finding', ...finding };
  }

  /** The snapshot's own objects; its manifest where that and the names can be relied on. */
  async *#snapshot(id: string): AsyncGenerator<VerifyEvent, ReadManifest | undefined> {
    const { target } = this.#opened;
    const { masterKey, signal } = this.#options;
    const name = `snapshots/${id}`;
    let manifest: ReadManifest;
    try {
      manifest = await readManifest(target, id, signal);
    } catch (error) {
      yield this.#finding({ fault: 'manifest-damaged', snapshot: id, name, detail: said(error, signal) });
      return undefined;
    }
    if (masterKey?.id === manifest.masterKey && !isVouched(manifest, masterKey)) {
      const detail = 'it was not written by an installation that has the master key it names';
      yield this.#finding({ fault: 'manifest-foreign', snapshot: id, name, detail });
    }
    const rows = await this.#faultOfRows(manifest);
    if (rows !== undefined) yield this.#finding({ ...rows, snapshot: id, name: rowsName(id) });
    try {
      for await (const _ of readNames(target, id, manifest.names, signal));
    } catch (error) {
      const detail = said(error, signal);
      yield this.#finding({ fault: 'names-damaged', snapshot: id, name: `${name}/names`, detail });
      return undefined;
    }
    return manifest;
  }

  async #faultOfRows({
    id,
    rows,
  }: ReadManifest): Promise<{ fault: SnapshotFault; detail: string } | undefined> {
    const { target, opens } = this.#opened;
    const { signal } = this.#options;
    const size = await target.stat(rowsName(id));
    if (size === undefined) return { fault: 'rows-missing', detail: 'the rows are not there' };
    if (size !== rows.size)
      return { fault: 'rows-damaged', detail: `they have ${size} bytes instead of ${rows.size}` };
    if (!opens) return undefined;
    try {
      const hash = createHash('sha256');
      for await (const chunk of target.get(rowsName(id), signal)) hash.update(chunk);
      if (hash.digest('hex') === rows.sha256) return undefined;
      return { fault: 'rows-damaged', detail: 'the rows are not those that were written' };
    } catch (error) {
      return { fault: faultOf(error, 'rows-damaged'), detail: said(error, signal) };
    }
  }

  async *#pool(manifests: readonly ReadManifest[]): AsyncGenerator<VerifyEvent> {
    const { target, opens } = this.#opened;
    const { signal } = this.#options;
    const pages = pagesOfNames(unionOfNames(target, manifests, signal), PAGE);
    for await (const { page, lacks } of lacking(target, pages)) {
      const lacked = new Set(lacks);
      for (const blob of page) {
        signal.throwIfAborted();
        const fault = lacked.has(blob)
          ? await this.#absence(blob)
          : opens
            ? await this.#damage(blob)
            : undefined;
        if (fault !== undefined) yield this.#finding({ ...fault, name: POOL + blob.name });
        this.#counts.bytes += blob.size;
        if (++this.#counts.blobs % PROGRESS === 0) yield this.#counted('progress');
      }
    }
  }

  async #absence({ name, size }: PoolName): Promise<{ fault: SnapshotFault; detail: string }> {
    const found = await this.#opened.target.stat(POOL + name);
    if (found === undefined) return { fault: 'bytes-missing', detail: 'the target does not have it' };
    return { fault: 'bytes-damaged', detail: `it has ${found} bytes instead of ${size}` };
  }

  async #damage({
    name,
    size,
    digest,
  }: PoolName): Promise<{ fault: SnapshotFault; detail: string } | undefined> {
    const { signal } = this.#options;
    try {
      const running = new RunningDigest(digest === undefined ? 'sha256' : algorithmOf(digest as Digest));
      let came = 0;
      for await (const chunk of this.#opened.target.get(POOL + name, signal)) {
        running.update(chunk);
        came += chunk.byteLength;
      }
      const actual = running.finish();
      // sealed bytes have proved themselves by opening under their name
      if ((digest ?? actual) === actual && came === size) return undefined;
      return { fault: 'bytes-damaged', detail: `the bytes are ${actual}` };
    } catch (error) {
      return { fault: faultOf(error, 'bytes-damaged'), detail: said(error, signal) };
    }
  }
}

export const snapshotUnknown = (id: string, target: string): RegistryError =>
  new RegistryError('NOT_FOUND', {
    message: `there is no backup ${id} in ${target}; tidegate backup list shows those there are`,
  });

const faultOf = (error: unknown, damaged: SnapshotFault): SnapshotFault =>
  error instanceof RegistryError && error.code !== 'DIGEST_INVALID' ? 'unreadable' : damaged;

/** What went wrong, unless it was stopped. */
const said = (error: unknown, signal: AbortSignal): string => {
  signal.throwIfAborted();
  if (!(error instanceof RegistryError)) throw error;
  return error.message;
};
