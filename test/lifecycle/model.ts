import { descriptorOf, jsonOf, LAYER, OCI_MANIFEST } from '../spec/content.ts';
import { HOUR } from '../support/clock.ts';

export const GRACE = 24 * HOUR;
export const REPOSITORIES = ['birds/a', 'birds/b', 'trees/c'] as const;
export const BLOBS: readonly Buffer[] = [1, 2, 3, 4, 5].map((each) =>
  Buffer.alloc(100 * each, `blob ${each}`),
);
const digests = BLOBS.map((bytes) => descriptorOf('', bytes).digest);

export const digestOfBlob = (blob: number): string => digests[blob] ?? '';

/** A manifest of these blobs, the first as its config. */
export const manifestOf = (blobs: readonly number[]): Buffer => {
  const [config, ...layers] = blobs.map((each) => descriptorOf(LAYER, BLOBS[each] ?? Buffer.alloc(0)));
  return jsonOf({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers });
};

export type Op =
  | { readonly do: 'push'; readonly repository: number; readonly blob: number }
  | { readonly do: 'head'; readonly repository: number; readonly blob: number }
  | { readonly do: 'delete-blob'; readonly repository: number; readonly blob: number }
  | { readonly do: 'mount'; readonly repository: number; readonly from: number; readonly blob: number }
  | {
      readonly do: 'put';
      readonly repository: number;
      readonly blobs: readonly number[];
      readonly tag: string;
    }
  | { readonly do: 'delete-tag'; readonly repository: number; readonly tag: string }
  | { readonly do: 'delete-manifest'; readonly repository: number; readonly blobs: readonly number[] };

interface Repository {
  /** Blob to when it was last wanted. */
  readonly links: Map<number, number>;
  /** Manifest, as the text of its blobs, to its blobs. */
  readonly manifests: Map<string, readonly number[]>;
  readonly tags: Map<string, string>;
}

/** What a registry with collection is, without bytes, pages, transactions or time that passes by itself. */
export class Model {
  readonly repositories: readonly Repository[] = REPOSITORIES.map(() => ({
    links: new Map(),
    manifests: new Map(),
    tags: new Map(),
  }));
  /** Blob to when it was last pushed or mounted. */
  readonly blobs = new Map<number, number>();
  now = 0;

  /** Does it, and answers whether it can be done. */
  apply(op: Op): boolean {
    const here = this.#repository(op.repository);
    switch (op.do) {
      case 'push':
        this.#link(here, op.blob);
        return true;
      case 'head': {
        const wanted = here.links.get(op.blob);
        if (wanted === undefined) return false;
        if (this.now - wanted > GRACE / 2 && !isHeld(here, op.blob)) here.links.set(op.blob, this.now);
        return true;
      }
      case 'delete-blob':
        return !isHeld(here, op.blob) && here.links.delete(op.blob);
      case 'mount':
        if (!this.#repository(op.from).links.has(op.blob)) return false;
        this.#link(here, op.blob);
        return true;
      case 'put': {
        if (!op.blobs.every((each) => here.links.has(each))) return false;
        const manifest = op.blobs.join();
        here.manifests.set(manifest, op.blobs);
        here.tags.set(op.tag, manifest);
        return true;
      }
      case 'delete-tag':
        return here.tags.delete(op.tag);
      case 'delete-manifest':
        return this.#deleteManifest(here, op.blobs);
    }
  }

  collect(): { links: number; blobs: number } {
    const cutoff = this.now - GRACE;
    const count = { links: 0, blobs: 0 };
    for (const here of this.repositories) {
      for (const [blob, wanted] of here.links) {
        if (wanted > cutoff || isHeld(here, blob)) continue;
        here.links.delete(blob);
        count.links++;
      }
    }
    for (const [blob, wanted] of this.blobs) {
      if (wanted > cutoff || this.repositories.some(({ links }) => links.has(blob))) continue;
      this.blobs.delete(blob);
      count.blobs++;
    }
    return count;
  }

  #repository(index: number): Repository {
    const found = this.repositories[index];
    if (!found) throw new Error(`no repository ${index}`);
    return found;
  }

  #link(here: Repository, blob: number): void {
    here.links.set(blob, this.now);
    this.blobs.set(blob, this.now);
  }

  #deleteManifest(here: Repository, blobs: readonly number[]): boolean {
    const manifest = blobs.join();
    if (!here.manifests.delete(manifest)) return false;
    for (const [tag, target] of here.tags) if (target === manifest) here.tags.delete(tag);
    for (const blob of blobs) if (here.links.has(blob)) here.links.set(blob, this.now);
    return true;
  }
}

const isHeld = ({ manifests }: Repository, blob: number): boolean =>
  [...manifests.values()].some((blobs) => blobs.includes(blob));
