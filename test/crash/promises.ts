import assert from 'node:assert/strict';
import { digestOf } from '../../src/oci/digest.ts';

/** What a path may be answered with: these bytes, or (undefined) 404. */
type Content = Buffer | undefined;

/**
 * What clients were promised, by path: the one content that was acknowledged, and beside it those of requests that were
 * on their way when the server was killed, of which nobody knows whether they count.
 */
export class Promises {
  readonly #contents = new Map<string, readonly Content[]>();
  readonly #unverified = new Set<string>();

  get size(): number {
    return this.#contents.size;
  }

  /** A request that would make `path` this is on its way. */
  asked(path: string, content: Content): void {
    this.#unverified.add(path);
    this.#contents.set(path, [...(this.#contents.get(path) ?? [undefined]), content]);
  }

  /** It was acknowledged. */
  promised(path: string, content: Content): void {
    this.#unverified.add(path);
    this.#contents.set(path, [content]);
  }

  /** Paths that somebody touched since they were last verified. */
  get unverified(): readonly string[] {
    return [...this.#unverified];
  }

  get all(): readonly string[] {
    return [...this.#contents.keys()];
  }

  /** Fails unless the answer keeps the promise, to the byte. What it shows is what holds from now on. */
  verify(path: string, status: number, body: Buffer): void {
    const allowed = this.#contents.get(path) ?? [undefined];
    assert.ok(status === 200 || status === 404, `${path}: ${status} ${body}`);
    const found = status === 200 ? body : undefined;
    const isAllowed = allowed.some((content) => content === found || (content && found?.equals(content)));
    assert.ok(isAllowed, `${path}: ${describe(found)}, but allowed is ${allowed.map(describe).join(' or ')}`);
    this.#contents.set(path, [found]);
    this.#unverified.delete(path);
  }
}

const describe = (content: Content): string =>
  content === undefined ? 'nothing' : `${content.length} bytes of ${digestOf(content)}`;
