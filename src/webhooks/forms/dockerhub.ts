import type { HookEvent } from '../outbox/event.ts';
import { imageIn } from './image.ts';
import { short } from './text.ts';

/** Docker Hub tells pushes of tags and nothing else. */
export const tellsDockerhub = ({ kind, repository, tag, digest }: HookEvent): boolean =>
  ['image.pushed', 'webhook.test'].includes(kind) &&
  repository !== undefined &&
  tag !== undefined &&
  digest !== undefined;

/** Source: Docker's documentation of its webhooks. There is no `callback_url`: nothing here waits for an answer. */
export const dockerhubBody = (event: HookEvent, registryAddress: string): object => {
  const { repository, namespace, name, tag } = imageIn(event, registryAddress);
  const { at, actor, mediaType } = event;
  return {
    push_data: {
      pushed_at: Math.floor(at / 1000),
      pusher: short(actor.name),
      tag,
      ...(mediaType === undefined ? {} : { media_type: short(mediaType) }),
    },
    repository: {
      repo_name: repository,
      name,
      namespace,
      owner: namespace,
      repo_url: `${new URL(registryAddress).origin}/v2/${repository}`,
      status: 'Active',
      is_private: true,
    },
  };
};
