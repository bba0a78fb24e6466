import { hash } from 'node:crypto';
import { setImmediate as turnOfLoop } from 'node:timers/promises';

/** Merkle trees of RFC 6962, section 2.1: a leaf and an inner node can never be taken for each other. */
const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

export const HASH_BYTES = 32;

const sha256 = (...parts: readonly Uint8Array[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer');

export const leafHash = (text: string): Buffer => sha256(LEAF, Buffer.from(text));

const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(NODE, left, right);

/**
 * A tree that grows at its right end. It keeps the roots of its whole subtrees, the largest first: one for each bit that is set
 * in the number of its leaves.
 */
export class GrowingTree {
  readonly #roots: Uint8Array[];
  #size: number;

  constructor(size = 0, roots: readonly Uint8Array[] = []) {
    this.#size = size;
    this.#roots = [...roots];
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a leaf by its hash. */
  add(leaf: Uint8Array): void {
    let grown = leaf;
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      const left = this.#roots.pop();
      if (!left) throw new Error('a tree has fewer roots than its size says');
      grown = nodeHash(left, grown);
    }
    this.#roots.push(grown);
    this.#size++;
  }

  get root(): Buffer {
    const [last, ...more] = this.#roots.toReversed();
    if (!last) return sha256();
    return Buffer.from(more.reduce((right, left) => nodeHash(left, right), last));
  }

  /** What the constructor takes, as a column keeps it. */
  print(): string {
    return Buffer.concat(this.#roots).toString('base64');
  }

  static parse(size: number, text: string): GrowingTree {
    return new GrowingTree(size, hashesOf(Buffer.from(text, 'base64')));
  }
}

/** The hashes that stand one after another in these bytes. */
export const hashesOf = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.floor(bytes.length / HASH_BYTES) }, (_, index) =>
    bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES),
  );

/** Leaves after which other work has its turn: about a millisecond of hashing. */
const AT_ONCE = 256;

/** The root of a tree with these hashes of leaves. */
export const rootOf = async (leaves: readonly Uint8Array[]): Promise<string> => {
  const tree = new GrowingTree();
  for (const leaf of leaves) {
    tree.add(leaf);
    if (tree.size % AT_ONCE === 0) await turnOfLoop();
  }
  return tree.root.toString('base64');
};
