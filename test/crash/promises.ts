import assert from 'node:assert/strict';
import { digestOf } from '../../src/oci/digest.ts';

/** What a path may be answered with: bytes of this digest and length, or 404. The bytes themselves would not fit into memory. */
type Content = string;

/**
 * What clients were promised, by path: the one content that was acknowledged, and beside it those of requests that were
 * on their way when the server was killed: they may count or not.
 */
export class Promises {
  readonly #contents = new Map<string, readonly Content[]>();
  readonly #unverified = new Set<string>();
  readonly #mayGo = new Set<string>();

  get size(): number {
    return this.#contents.size;
  }

  /** A request that would make `path` this is on its way. */
  asked(path: string, content: Buffer | undefined): void {
    this.#unverified.add(path);
    this.#contents.set(path, [...(this.#contents.get(path) ?? [NOTHING]), describe(content)]);
  }

  /** It was acknowledged. */
  promised(path: string, content: Buffer | undefined): void {
    this.#unverified.add(path);
    this.#contents.set(path, [describe(content)]);
  }

  /** Collection may remove what these paths hold, or it is not known whether it may. */
  mayGo(paths: readonly string[]): void {
    for (const path of paths) {
      this.#mayGo.add(path);
      this.#unverified.add(path);
    }
  }

  /** A manifest that was acknowledged holds them: from now on what was promised is there. */
  held(paths: readonly string[]): void {
    for (const path of paths) this.#mayGo.delete(path);
  }

  /** Paths that were changed since they were last verified. */
  get unverified(): readonly string[] {
    return [...this.#unverified];
  }

  get all(): readonly string[] {
    return [...this.#contents.keys()];
  }

  /** Fails unless the answer keeps the promise, to the byte. What it shows is what holds from now on. */
  verify(path: string, status: number, body: Buffer): void {
    const known = this.#contents.get(path) ?? [NOTHING];
    const allowed = this.#mayGo.has(path) ? [...known, NOTHING] : known;
    assert.ok(status === 200 || status === 404, `${path}: ${status} ${body}`);
    const found = describe(status === 200 ? body : undefined);
    assert.ok(allowed.includes(found), `${path}: ${found}, but allowed is ${allowed.join(' or ')}`);
    this.#contents.set(path, this.#mayGo.has(path) ? [...new Set([found, NOTHING])] : [found]);
    this.#unverified.delete(path);
  }
}

const NOTHING = 'nothing';

const describe = (bytes: Buffer | undefined): Content =>
  bytes === undefined ? NOTHING : `${bytes.length} bytes of ${digestOf(bytes)}`;
