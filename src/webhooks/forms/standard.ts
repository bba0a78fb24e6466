import type { HookEvent } from '../outbox/event.ts';
import { imageOf } from './image.ts';
import { short } from './text.ts';

/** Default: an event of CloudEvents 1.0, structured mode. What it tells is thin: names, digests, sizes. */
export const standardBody = (event: HookEvent, registryAddress: string): object => {
  const image = imageOf(event, registryAddress);
  return {
    specversion: '1.0',
    id: event.id,
    source: `crn:v1:bluemix:public:container-registry:${event.region ?? ''}:a/${event.accountId}:::`,
    type: `tidegate.${event.kind}`,
    ...given({ subject: image?.reference ?? cut(event.subject) }),
    time: new Date(event.at).toISOString(),
    datacontenttype: 'application/json',
    data: {
      account: event.accountId,
      ...given({
        region: event.region,
        namespace: image?.namespace ?? cut(event.namespace),
        registry: image?.host,
        repository: image?.repository,
        image: image?.reference,
        tag: image?.tag,
        digest: image?.digest,
        previous_digest: event.previousDigest,
        media_type: cut(event.mediaType),
        size: event.size,
        pulls: event.times,
        message: cut(event.says),
      }),
      ...(event.tags === undefined ? {} : { tags: event.tags.slice(0, MOST_TAGS) }),
      actor: { name: short(event.actor.name), ...given({ iam_id: event.actor.iamId }) },
    },
  };
};

/** As many as an event has at most. */
const MOST_TAGS = 20;

const cut = (text: string | undefined): string | undefined => (text === undefined ? undefined : short(text));

/** Without the fields that are undefined. */
const given = (fields: Readonly<Record<string, string | number | undefined>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
