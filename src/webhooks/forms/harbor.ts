import type { FormEvent, FormEventType } from './form-event.ts';
import { imageIn } from './image.ts';
import { short } from './text.ts';

/** Harbor's names. A tag that is moved on the server is a push for those who wait for one. */
const TYPES: Partial<Record<FormEventType, string>> = {
  'image.pushed': 'PUSH_ARTIFACT',
  'tag.changed': 'PUSH_ARTIFACT',
  'webhook.test': 'PUSH_ARTIFACT',
  'image.pulled': 'PULL_ARTIFACT',
  'image.deleted': 'DELETE_ARTIFACT',
};

/** A push needs a tag and a digest: receivers refuse it without a tag. */
export const tellsHarbor = ({ type, repository, tag, digest }: FormEvent): boolean => {
  const harbors = TYPES[type];
  if (harbors === undefined || repository === undefined || digest === undefined) return false;
  return harbors !== 'PUSH_ARTIFACT' || tag !== undefined;
};

/**
 * Harbor's payload format `Default`. Source: goharbor/harbor, src/pkg/notifier/model. One resource in each: receivers look at
 * the first alone. `date_created` of the repository, optional there, is left out.
 */
export const harborBody = (event: FormEvent): object => {
  const { reference, namespace, name, repository, tag, digest } = imageIn(event);
  return {
    type: TYPES[event.type],
    occur_at: Math.floor(event.time / 1000),
    operator: short(event.actor ?? ''),
    event_data: {
      resources: [{ digest, tag: tag ?? '', resource_url: reference }],
      // who may see it is decided for each caller; `public` would be a promise
      repository: { name, namespace, repo_full_name: repository, repo_type: 'private' },
    },
  };
};
