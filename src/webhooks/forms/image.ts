import type { HookEvent } from '../outbox/event.ts';
import { hostOf, short } from './text.ts';

/** The image that an event is about, in the words of all forms. */
export interface EventImage {
  readonly host: string;
  /** `namespace/repository`. */
  readonly repository: string;
  readonly namespace: string;
  /** The repository without the namespace. */
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** `host/namespace/repository:tag`, or with `@digest`. */
  readonly reference: string;
}

/** Undefined for an event that is about no repository. What a specification bounds is not cut: names, tags, digests. */
export const imageOf = (event: HookEvent, registryAddress: string): EventImage | undefined => {
  if (event.repository === undefined) return undefined;
  const host = hostOf(registryAddress);
  const repository = short(event.repository);
  const slash = repository.indexOf('/');
  const tag = event.tag === undefined ? undefined : short(event.tag);
  const digest = event.digest === undefined ? undefined : short(event.digest);
  const byDigest = digest === undefined ? '' : `@${digest}`;
  return {
    host,
    repository,
    namespace: repository.slice(0, slash),
    name: repository.slice(slash + 1),
    tag,
    digest,
    reference: `${host}/${repository}${tag === undefined ? byDigest : `:${tag}`}`,
  };
};

/** The image of an event that a form has words for. */
export const imageIn = (event: HookEvent, registryAddress: string): EventImage => {
  const image = imageOf(event, registryAddress);
  if (!image) throw new Error(`event ${event.id} names no image`);
  return image;
};
