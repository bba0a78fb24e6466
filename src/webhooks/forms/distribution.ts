import type { FormEvent, FormEventType } from './form-event.ts';
import { imageIn } from './image.ts';
import { hostOf, short } from './text.ts';

const ACTIONS: Partial<Record<FormEventType, string>> = {
  'image.pushed': 'push',
  'tag.changed': 'push',
  'webhook.test': 'push',
  'image.pulled': 'pull',
  'image.deleted': 'delete',
};

export const tellsDistribution = ({ type, repository, digest }: FormEvent): boolean =>
  ACTIONS[type] !== undefined && repository !== undefined && digest !== undefined;

/**
 * An envelope of the registry `distribution`. Source: distribution/distribution, docs, "Work with notifications". Who asked,
 * and from where, is not told: receivers keep what they got.
 */
export const distributionBody = (event: FormEvent): object => {
  const { repository, tag, digest } = imageIn(event);
  const { id, time, type, size, mediaType, address, actor } = event;
  const known = type === 'image.deleted' ? {} : { ...lengths(size), ...typeOf(mediaType) };
  return {
    events: [
      {
        id,
        timestamp: new Date(time).toISOString(),
        action: ACTIONS[type],
        target: {
          ...known,
          digest,
          repository,
          url: `${address}/v2/${repository}/manifests/${digest}`,
          ...(tag === undefined ? {} : { tag }),
        },
        request: { id, host: hostOf(address) },
        actor: actor === undefined ? {} : { name: short(actor) },
        source: { addr: hostOf(address) },
      },
    ],
  };
};

/** Both names are in use. */
const lengths = (size: number | undefined): object => (size === undefined ? {} : { size, length: size });

const typeOf = (mediaType: string | undefined): object =>
  mediaType === undefined ? {} : { mediaType: short(mediaType) };
