import { type Changes, recordEvents } from '../audit/events/tx.ts';
import type { Tx } from '../database/database.ts';
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
