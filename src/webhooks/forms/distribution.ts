import type { HookEvent } from '../outbox/event.ts';
import { imageIn } from './image.ts';
import { hostOf, short } from './text.ts';

const ACTIONS: Partial<Record<HookEvent['kind'], string>> = {
  'image.pushed': 'push',
  'webhook.test': 'push',
  'image.pulled': 'pull',
  'image.deleted': 'delete',
};

export const tellsDistribution = ({ kind, repository, digest }: HookEvent): boolean =>
  ACTIONS[kind] !== undefined && repository !== undefined && digest !== undefined;

/**
 * An envelope of the registry `distribution`. Source: distribution/distribution, docs, "Work with notifications". Who asked,
 * and from where, is not told: receivers keep what they got.
 */
export const distributionBody = (event: HookEvent, registryAddress: string): object => {
  const { repository, tag, digest } = imageIn(event, registryAddress);
  const { id, at, kind, size, mediaType, actor } = event;
  const host = hostOf(registryAddress);
  const known = kind === 'image.deleted' ? {} : { ...lengths(size), ...typeOf(mediaType) };
  return {
    events: [
      {
        id,
        timestamp: new Date(at).toISOString(),
        action: ACTIONS[kind],
        target: {
          ...known,
          digest,
          repository,
          url: `${new URL(registryAddress).origin}/v2/${repository}/manifests/${digest}`,
          ...(tag === undefined ? {} : { tag }),
        },
        request: { id, host },
        actor: { name: short(actor.name) },
        source: { addr: host },
      },
    ],
  };
};

/** Both names are in use. */
const lengths = (size: number | undefined): object => (size === undefined ? {} : { size, length: size });

const typeOf = (mediaType: string | undefined): object =>
  mediaType === undefined ? {} : { mediaType: short(mediaType) };
