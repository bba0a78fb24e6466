import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { pages, windows } from '../../database/windows.ts';
import { RegistryError } from '../../errors.ts';
import type { Reference } from '../../oci/reference.ts';
import type { Actor } from '../../principal.ts';
import { type ListedNamespace, listedRows } from '../listed.ts';
import type { Manifests } from '../manifests/manifests.ts';
import type { ReachingTags } from '../reach/reaching-tags.ts';
import { changeOf } from '../record.ts';
import type { Repositories } from '../repositories/repositories.ts';
import { restoreImage } from '../restoration/writes.ts';
import type { RepositoryTarget } from '../target.ts';
import { refuseUntilUpgraded } from '../upgrade.ts';
import {
  digestOfTrashedTag,
  type ImageKey,
  type ListedTrash,
  someTrashedTags,
  trashedTags,
  trashOfNamespace,
} from './rows.ts';
import type { TrashedImage } from './trashed-image.ts';
import { emptyTrash } from './writes.ts';

export interface TrashParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly repositories: Repositories;
  readonly manifests: Manifests;
}

/** The most rows that one statement reads: what other requests wait for on the main thread. */
const PAGE = 100;
/** Tags that entries of the list have at once; `Trash.tags` has all of them. */
const TAGS = 200;

/** A deleted image in a list; `only`: the list tells of these of its tags alone. */
export interface TrashEntry extends TrashedImage, ImageKey {
  readonly only?: ReachingTags;
}

/** Deleted images: they can be restored for a while, with their tags and what referred to them. */
export class Trash {
  readonly #parts: TrashParts;

  constructor(parts: TrashParts) {
    this.#parts = parts;
  }

  /**
   * Moves an image to the trash with all its tags and its referrers; answers until when it can be restored. Throws NAME_UNKNOWN and
   * MANIFEST_UNKNOWN, UNSUPPORTED while an index needs it, and UNAVAILABLE as long as a replica of the version before
   * runs, which would delete for good what only the trash holds.
   */
  async delete(
    target: RepositoryTarget,
    reference: Reference,
    actor: Actor,
  ): Promise<{ digest: string; expiresAt: number }> {
    await refuseUntilUpgraded(this.#parts.database, 'images can be deleted');
    const { digest } = await this.#parts.manifests.get(target, reference);
    return { digest, expiresAt: await this.#parts.manifests.removeImage(target, digest, actor) };
  }

  /**
   * What can be restored, as far as a list tells of it, some at a time. Not a snapshot. `after`: what stands behind this entry in
   * its namespace, and all of the others.
   */
  async *list(
    namespaces: readonly ListedNamespace[],
    after?: ImageKey & { readonly namespaceId: string },
  ): AsyncIterable<readonly TrashEntry[]> {
    const { database, clock } = this.#parts;
    const at = clock.now();
    for (const namespace of namespaces) {
      const { id: namespaceId } = namespace;
      const begin = after?.namespaceId === namespaceId ? after : { repositoryId: '', digest: '' };
      const found = pages<ListedTrash>(PAGE, (last) =>
        trashOfNamespace(database.db, {
          namespaceId,
          after: last ?? begin,
          at,
          limit: PAGE,
        }),
      );
      for await (const page of found) yield await this.#shown(await listedRows(namespace, page));
    }
  }

  /** Every tag that a deleted image bore and of which the list tells, in pages. */
  async *tags({ repositoryId, digest, only }: TrashEntry): AsyncIterable<readonly string[]> {
    const read = pages<string>(TAGS, (after = '') =>
      trashedTags(this.#parts.database.db, { repositoryId, digest, after, limit: TAGS }),
    );
    for await (const page of read) {
      const tags = only ? await only.choose(page) : page;
      if (tags.length > 0) yield tags;
    }
  }

  /** Entries with their tags. A list that tells of tags only has what bore one of these. */
  async #shown(
    listed: readonly (readonly [entry: ListedTrash, only: ReachingTags | undefined])[],
  ): Promise<TrashEntry[]> {
    const { db } = this.#parts.database;
    const onlyOf = new Map(listed);
    const shown: TrashEntry[] = [];
    const read = (some: readonly ListedTrash[], limit: number) => someTrashedTags(db, some, limit);
    for await (const { parents, rows } of windows([...onlyOf.keys()], TAGS, read)) {
      const tagsOf = rows && Map.groupBy(rows, keyOf);
      for (const entry of parents) {
        const only = onlyOf.get(entry);
        const { subject: _subject, ...rest } = entry;
        const { repositoryId, digest } = entry;
        const tags = tagsOf
          ? (tagsOf.get(keyOf(entry)) ?? []).map(({ name }) => name).sort()
          : await trashedTags(db, { repositoryId, digest, after: '', limit: TAGS });
        const more = tagsOf === undefined;
        if (!only) shown.push({ ...rest, tags, more });
        else {
          const those = { ...rest, tags: await only.choose(tags), more, only };
          if (those.tags.length > 0 || (more && (await this.#bearsOne(those)))) shown.push(those);
        }
      }
    }
    return shown;
  }

  async #bearsOne(entry: TrashEntry): Promise<boolean> {
    for await (const _page of this.tags(entry)) return true;
    return false;
  }

  /**
   * Restores an image by its digest, with every tag that is free, or by a tag, with that tag alone. Answers the tags it
   * got and those that stand for something else by now. Throws NOT_IN_TRASH, and TAG_TAKEN by a tag that is not free.
   */
  async restore(
    target: RepositoryTarget,
    reference: Reference,
    actor: Actor,
  ): Promise<{ digest: string; tags: string[]; taken: string[] }> {
    const { database, clock, repositories } = this.#parts;
    const at = clock.now();
    const repositoryId = (await repositories.find(target))?.id;
    const digest =
      repositoryId === undefined
        ? undefined
        : reference.kind === 'digest'
          ? reference.digest
          : await digestOfTrashedTag(database.db, { repositoryId, tag: reference.tag, at });
    if (repositoryId === undefined || digest === undefined) throw new RegistryError('NOT_IN_TRASH');
    const tag = reference.kind === 'tag' ? reference.tag : undefined;
    const restoring = { repositoryId, digest, tag, by: changeOf(target, actor, at) };
    const tags = new Set<string>();
    const taken = new Set<string>();
    for (;;) {
      const step = await database.write(restoreImage, restoring);
      for (const each of step.tags) tags.add(each);
      for (const each of step.taken) taken.add(each);
      if (step.state === 'absent') throw new RegistryError('NOT_IN_TRASH');
      if (step.state === 'done') return { digest, tags: [...tags].sort(), taken: [...taken].sort() };
    }
  }

  /** Ends the time of everything in the trash of a namespace: it cannot be restored any more. Answers how many. */
  async empty(
    namespace: { readonly id: string; readonly accountId: string; readonly name: string },
    actor: Actor,
  ): Promise<number> {
    const { database, clock } = this.#parts;
    const at = clock.now();
    let count = 0;
    for (;;) {
      const ended = await database.write(emptyTrash, { namespace, at, actor });
      count += ended;
      if (ended === 0) return count;
    }
  }
}

const keyOf = ({ repositoryId, digest }: ImageKey): string => `${repositoryId}/${digest}`;
