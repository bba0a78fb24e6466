import type { FormEvent } from './form-event.ts';
import { imageIn } from './image.ts';
import { short } from './text.ts';

/** Docker Hub tells pushes of tags and nothing else. */
export const tellsDockerhub = ({ type, repository, tag, digest }: FormEvent): boolean =>
  ['image.pushed', 'tag.changed', 'webhook.test'].includes(type) &&
  repository !== undefined &&
  tag !== undefined &&
  digest !== undefined;

/** Source: Docker's documentation of its webhooks. There is no `callback_url`: nothing here waits for an answer. */
export const dockerhubBody = (event: FormEvent): object => {
  const { host, repository, namespace, name, tag } = imageIn(event);
  const { time, actor, mediaType, address } = event;
  const pusher = short(actor ?? '');
  return {
    push_data: {
      pushed_at: Math.floor(time / 1000),
      pusher,
      tag,
      ...(mediaType === undefined ? {} : { media_type: short(mediaType) }),
    },
    repository: {
      repo_name: repository,
      name,
      namespace,
      owner: namespace,
      repo_url: `${new URL(address).protocol}//${host}/v2/${repository}`,
      status: 'Active',
      is_private: true,
    },
  };
};
