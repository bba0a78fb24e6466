import { type Changes, recordEvents } from '../audit/events/tx.ts';
import type { Tx } from '../database/database.ts';
import type { Reference } from '../oci/reference.ts';
import type { Actor } from '../principal.ts';
import type { RepositoryTarget } from './target.ts';

/** Who changes the content of a repository, and when: what the audit log tells of it. */
export interface ContentChange {
  readonly actor: Actor;
  readonly accountId: string;
  readonly repository: string;
  readonly at: number;
}

export interface ContentEvent {
  /** IBM's verb of an image. */
  readonly verb: 'push' | 'tag' | 'untag' | 'delete';
  /** The tag or digest that the request named. */
  readonly reference: string;
  readonly digest?: string;
  readonly changed?: Changes;
}

/** What a request changes of `target`. */
export const changeOf = ({ namespace, name }: RepositoryTarget, actor: Actor, at: number): ContentChange => ({
  actor,
  accountId: namespace.accountId,
  repository: name,
  at,
});

interface Pushed {
  readonly digest: string;
  /** What the request named, and every tag it set. */
  readonly reference: Reference;
  readonly tags: readonly string[];
  /** Whether the repository did not have the manifest before. */
  readonly isNew: boolean;
  /** What the tags stood for before. */
  readonly before: ReadonlyMap<string, string>;
}

/** One push, and a tag event for each further tag. Content that was there already is tagged, not pushed. */
export const eventsOfPush = ({ digest, reference, tags, isNew, before }: Pushed): ContentEvent[] => {
  const named = reference.kind === 'tag' ? reference.tag : reference.digest;
  const isPush = isNew || reference.kind === 'digest';
  return [
    tagEvent(isPush ? 'push' : 'tag', named, { digest, before }),
    ...eventsOfTags({ digest, tags: tags.filter((tag) => tag !== named), before }),
  ];
};

/** What one transaction deleted: of a manifest with very many tags, first some of them. */
export const eventsOfDeletion = (deleted: {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly referrers: readonly string[];
  readonly isMore: boolean;
}): ContentEvent[] => {
  const { digest, tags, referrers, isMore } = deleted;
  const along = referrers.map((each): ContentEvent => ({ verb: 'delete', reference: each, digest: each }));
  if (isMore && tags.length === 0) return along;
  const changed = tags.length > 0 ? { tags: { from: tags } } : {};
  return [...along, { verb: isMore ? 'untag' : 'delete', reference: digest, digest, changed }];
};
/** A tag event for each tag. */
export const eventsOfTags = ({
  tags,
  ...pushed
}: Pick<Pushed, 'digest' | 'tags' | 'before'>): ContentEvent[] =>
  tags.map((tag) => tagEvent('tag', tag, pushed));

const tagEvent = (
  verb: 'push' | 'tag',
  reference: string,
  { digest, before }: Pick<Pushed, 'digest' | 'before'>,
): ContentEvent => ({
  verb,
  reference,
  digest,
  ...(before.has(reference) ? { changed: { digest: { from: before.get(reference), to: digest } } } : {}),
});

/** Records what happened to images, in the transaction that changes them. */
export const recordContent = (
  tx: Tx,
  { actor, accountId, repository, at }: ContentChange,
  events: readonly ContentEvent[],
): Promise<void> =>
  recordEvents(
    tx,
    events.map(({ verb, ...event }) => ({
      actor,
      event: {
        accountId,
        at,
        action: `container-registry.image.${verb}`,
        target: repository,
        targetType: 'image',
        ...event,
      },
    })),
  );

/** A blob was taken out of a repository by itself. IBM has no such event. */
export const recordBlobDeletion = (
  tx: Tx,
  { actor, accountId, repository, at }: ContentChange,
  digest: string,
): Promise<void> =>
  recordEvents(tx, [
    {
      actor,
      event: {
        accountId,
        at,
        action: 'tidegate.blob.delete',
        target: repository,
        targetType: 'blob',
        reference: digest,
        digest,
      },
    },
  ]);
