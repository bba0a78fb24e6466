import { descriptorOf, jsonOf, LAYER, OCI_MANIFEST } from '../spec/content.ts';
import { HOUR } from '../support/clock.ts';

export const GRACE = 24 * HOUR;
export const REPOSITORIES = ['birds/a', 'birds/b', 'trees/c'] as const;
export const RETENTION = 30 * 24 * HOUR;
/** A rule protects this tag in this namespace. */
export const PROTECTED = { namespace: 'trees', tag: 'two' };
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
  | {
      readonly do: 'delete-manifest' | 'restore' | 'hold' | 'unhold';
      readonly repository: number;
      readonly blobs: readonly number[];
    };

interface Repository {
  /** Blob to when it was last wanted. */
  readonly links: Map<number, number>;
  /** Manifest, as the text of its blobs, to its blobs. */
  readonly manifests: Map<string, readonly number[]>;
  readonly tags: Map<string, string>;
  readonly trash: Map<string, Trashed>;
  readonly holds: Set<string>;
  readonly isProtected: boolean;
}

interface Trashed {
  readonly blobs: readonly number[];
  readonly tags: Set<string>;
  expiresAt: number;
}

/** What a registry with trash, protection, holds and collection is, without bytes, pages, transactions or time that passes by itself. */
export class Model {
  readonly repositories: readonly Repository[] = REPOSITORIES.map((name) => ({
    links: new Map(),
    manifests: new Map(),
    tags: new Map(),
    trash: new Map(),
    holds: new Set(),
    isProtected: name.startsWith(`${PROTECTED.namespace}/`),
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
        const before = here.tags.get(op.tag);
        if (keeps(here, op.tag) && before !== undefined && before !== manifest) return false;
        here.manifests.set(manifest, op.blobs);
        here.tags.set(op.tag, manifest);
        return true;
      }
      case 'delete-tag':
        return !keeps(here, op.tag) && here.tags.delete(op.tag);
      case 'delete-manifest':
        return this.#deleteManifest(here, op.blobs);
      case 'restore':
        return this.#restore(here, op.blobs);
      case 'hold': {
        const manifest = op.blobs.join();
        if (!here.manifests.has(manifest) || here.holds.has(manifest)) return false;
        here.holds.add(manifest);
        return true;
      }
      case 'unhold':
        return here.holds.delete(op.blobs.join());
    }
  }

  collect(): { links: number; blobs: number } {
    const cutoff = this.now - GRACE;
    const count = { links: 0, blobs: 0 };
    for (const { trash } of this.repositories)
      for (const [manifest, { expiresAt }] of trash) if (expiresAt <= this.now) trash.delete(manifest);
    for (const here of this.repositories) {
      for (const [blob, wanted] of here.links) {
        if (wanted > cutoff || isHeld(here, blob)) continue;
        here.links.delete(blob);
        count.links++;
      }
    }
    for (const [blob, wanted] of this.blobs) {
      if (wanted > cutoff || this.repositories.some((here) => here.links.has(blob) || isInTrash(here, blob)))
        continue;
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
    const tags = [...here.tags].filter(([, target]) => target === manifest).map(([tag]) => tag);
    if (!here.manifests.has(manifest) || here.holds.has(manifest)) return false;
    if (tags.some((tag) => keeps(here, tag))) return false;
    here.manifests.delete(manifest);
    for (const tag of tags) here.tags.delete(tag);
    const before = here.trash.get(manifest)?.tags ?? [];
    const expiresAt = this.now + RETENTION;
    here.trash.set(manifest, { blobs, tags: new Set([...before, ...tags]), expiresAt });
    for (const blob of blobs) if (here.links.has(blob)) here.links.set(blob, this.now);
    return true;
  }

  #restore(here: Repository, blobs: readonly number[]): boolean {
    const manifest = blobs.join();
    const trashed = here.trash.get(manifest);
    if (!trashed || trashed.expiresAt <= this.now) return false;
    for (const blob of blobs) if (!here.links.has(blob)) here.links.set(blob, this.now);
    here.manifests.set(manifest, blobs);
    for (const tag of trashed.tags) if (!here.tags.has(tag)) here.tags.set(tag, manifest);
    here.trash.delete(manifest);
    return true;
  }
}

const keeps = ({ isProtected }: Repository, tag: string): boolean => isProtected && tag === PROTECTED.tag;

const isInTrash = ({ trash }: Repository, blob: number): boolean =>
  [...trash.values()].some(({ blobs }) => blobs.includes(blob));

const isHeld = ({ manifests }: Repository, blob: number): boolean =>
  [...manifests.values()].some((blobs) => blobs.includes(blob));
