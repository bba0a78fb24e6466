import { isContracted } from '../../database/contractions.ts';
import type { Tx } from '../../database/database.ts';
import { type ContentCount, type Holder, type ImageCount, noteContents } from '../../tenancy/tx.ts';
import * as rows from './rows.ts';

/** Referrers that one transaction looks at when their subject comes or goes. */
const REFERRERS = 200;

/**
 * What a transaction changes of a repository's contents, collected and counted once, at its end (`settle`). Nothing is
 * counted as long as a replica of the version before runs, which changes content without counting it.
 */
export class Accounts {
  readonly #tx: Tx;
  readonly #holder: Holder;
  readonly #changes: ContentCount[] = [];
  readonly #images: Record<keyof ImageCount, number> = { images: 0, untagged_images: 0, trashed_images: 0 };

  private constructor(tx: Tx, holder: Holder) {
    this.#tx = tx;
    this.#holder = holder;
  }

  /** Undefined where nothing is to be counted. */
  static async of(tx: Tx, repositoryId: string): Promise<Accounts | undefined> {
    if (!(await isContracted(tx.db))) return undefined;
    const holder = await rows.findHolder(tx.db, repositoryId);
    return holder && new Accounts(tx, holder);
  }

  /** The repository holds these blobs from now on. */
  linked(blobs: readonly { readonly digest: string; readonly size: number }[]): void {
    for (const { digest, size } of blobs) this.#changes.push({ digest, size, linked: true });
  }

  /** The same of blobs whose sizes the caller does not know. */
  async linkedDigests(digests: readonly string[]): Promise<void> {
    this.linked(await rows.sizesOfBlobs(this.#tx.db, this.#holder.regionId, digests));
  }

  /** It holds them no more. */
  unlinked(digests: readonly string[]): void {
    for (const digest of digests) this.#changes.push({ digest, linked: false });
  }

  /**
   * A manifest is there that was not, with its references and tags. It counts, and what its coming puts to use: the
   * manifests it lists, and those that refer to it.
   */
  async added(digest: string): Promise<void> {
    const { db } = this.#tx;
    const { repositoryId } = this.#holder;
    const [manifest] = await rows.countedManifests(db, repositoryId, [digest]);
    if (!manifest) return;
    const children = await this.#children(await this.counted(manifest));
    const referrers = await rows.unusedReferrers(db, repositoryId, digest, REFERRERS);
    for (const each of [...children, ...referrers]) await this.#reconsider(each);
  }

  /** A manifest counts that did not. Answers what it refers to. */
  async counted(manifest: rows.CountedManifest): Promise<rows.CountedReference[]> {
    const references = await rows.referencesOf(this.#tx.db, this.#holder, manifest.digest);
    const inUse = await rows.isHeldHere(this.#tx.db, this.#holder.repositoryId, manifest);
    await rows.noteUse(this.#tx, this.#holder.repositoryId, manifest.digest, inUse ? 1 : 0);
    this.#count(manifest, references, inUse, 1);
    return references;
  }

  /** Tags or an index of these manifests came or went: they may be in use now, or untagged. */
  async reconsider(digests: readonly string[]): Promise<void> {
    const found = await rows.countedManifests(this.#tx.db, this.#holder.repositoryId, digests);
    for (const manifest of found) await this.#reconsider(manifest);
  }

  /** To be called before a manifest is removed; answers what to call when it is. */
  async removing(digest: string): Promise<() => Promise<void>> {
    const { repositoryId } = this.#holder;
    const [manifest] = await rows.countedManifests(this.#tx.db, repositoryId, [digest]);
    const references = await rows.referencesOf(this.#tx.db, this.#holder, digest);
    if (manifest && manifest.inUse !== null) this.#count(manifest, references, manifest.inUse === 1, -1);
    const children = await this.#children(references);
    return () => this.reconsider(children.map((child) => child.digest));
  }

  /** A manifest came to the trash that was not in it (1), or left it (-1): to be called while it is there. */
  async trashed(digest: string, by: 1 | -1): Promise<void> {
    const size = await rows.trashedSize(this.#tx.db, this.#holder, digest);
    if (size === undefined) return;
    const references = await rows.trashedReferencesOf(this.#tx.db, this.#holder, digest);
    this.#changes.push({ digest, size, trashed: by });
    for (const each of references.filter(isOfTrash)) {
      const held = each.linked === 1 ? sized(each) : { digest: each.digest };
      this.#changes.push({ ...held, trashed: by, isOnlyBlob: each.manifest === null });
    }
    this.#images.trashed_images += by;
  }

  /** Writes down what was collected. */
  settle(): Promise<void> {
    return noteContents(this.#tx, this.#holder, this.#changes, this.#images);
  }

  async #reconsider(manifest: rows.CountedManifest): Promise<void> {
    if (manifest.inUse === null) return;
    const { repositoryId } = this.#holder;
    const inUse = await rows.isHeldHere(this.#tx.db, repositoryId, manifest);
    if (inUse === (manifest.inUse === 1)) return;
    await rows.noteUse(this.#tx, repositoryId, manifest.digest, inUse ? 1 : 0);
    const references = await rows.referencesOf(this.#tx.db, this.#holder, manifest.digest);
    this.#count(manifest, references, !inUse, -1);
    this.#count(manifest, references, inUse, 1);
  }

  #count(
    { digest, size }: rows.CountedManifest,
    references: readonly rows.CountedReference[],
    inUse: boolean,
    by: 1 | -1,
  ): void {
    const column = inUse ? 'tagged' : 'untagged';
    this.#changes.push({ digest, size, [column]: by });
    for (const each of references.filter(by === 1 ? isBlob : mayBeCounted))
      this.#changes.push({ ...sized(each), [column]: by });
    this.#images[inUse ? 'images' : 'untagged_images'] += by;
  }

  /** The manifests among what a manifest refers to. */
  #children(references: readonly rows.CountedReference[]): Promise<rows.CountedManifest[]> {
    const children = references.filter(({ kind }) => kind === 'manifest').map((each) => each.digest);
    return rows.countedManifests(this.#tx.db, this.#holder.repositoryId, children);
  }
}

/** An index of BuildKit's cache lists blobs, too. */
const isBlob = ({ kind, size, manifest }: rows.CountedReference): boolean =>
  kind === 'blob' || (size !== null && manifest === null);

/**
 * What an index lists and the repository has neither as a blob nor as a manifest was counted once where one in the region
 * had it. Of what was not counted, nothing is taken off (noteContents).
 */
const mayBeCounted = ({ kind, manifest }: rows.CountedReference): boolean =>
  kind === 'blob' || manifest === null;

/**
 * The trash holds what the repository held. Where that was not written down, it is uncounted as it was counted then: every
 * blob that the manifest names.
 */
const isOfTrash = ({ kind, size, linked }: rows.TrashedReference): boolean =>
  linked === null ? kind === 'blob' || size > 0 : linked === 1;

/** Of a blob that the repository does not hold, or whose bytes were lost, the size stays as it was counted. */
const sized = ({ digest, size }: { digest: string; size: number | null }): ContentCount =>
  size ? { digest, size } : { digest };
