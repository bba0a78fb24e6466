import type { HookEvent } from '../outbox/event.ts';
import { imageIn } from './image.ts';
import { short } from './text.ts';

type Kind = HookEvent['kind'];

/** Harbor's names. A push that moves a tag is a push: it has no word for the tag that moved. */
const TYPES: Partial<Record<Kind, string>> = {
  'image.pushed': 'PUSH_ARTIFACT',
  'webhook.test': 'PUSH_ARTIFACT',
  'image.pulled': 'PULL_ARTIFACT',
  'image.deleted': 'DELETE_ARTIFACT',
  'quota.warning': 'QUOTA_WARNING',
};

/** A push needs a tag and a digest: receivers refuse it without a tag. */
export const tellsHarbor = ({ kind, repository, tag, digest }: HookEvent): boolean => {
  const type = TYPES[kind];
  if (type === undefined || kind === 'quota.warning') return type !== undefined;
  if (repository === undefined || digest === undefined) return false;
  return type !== 'PUSH_ARTIFACT' || tag !== undefined;
};

/**
 * Harbor's payload format `Default`. Source: goharbor/harbor, src/pkg/notifier/model. One resource in each: receivers look at
 * the first alone. `date_created` of the repository, optional there, is left out.
 */
export const harborBody = (event: HookEvent, registryAddress: string): object => ({
  type: TYPES[event.kind],
  occur_at: Math.floor(event.at / 1000),
  operator: short(event.actor.name),
  event_data:
    event.kind === 'quota.warning'
      ? { custom_attributes: { Details: short(event.says ?? '') } }
      : imageData(event, registryAddress),
});

const imageData = (event: HookEvent, registryAddress: string): object => {
  const { reference, namespace, name, repository, tag, digest } = imageIn(event, registryAddress);
  return {
    resources: [{ digest, tag: tag ?? '', resource_url: reference }],
    // who may see it is decided for each caller; `public` would be a promise
    repository: { name, namespace, repo_full_name: repository, repo_type: 'private' },
  };
};
