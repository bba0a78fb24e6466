import type { FormEvent } from './form-event.ts';
import { imageOf } from './image.ts';
import { short } from './text.ts';

/** Default: an event of CloudEvents 1.0, structured mode. What it tells is thin: names, digests, sizes. */
export const standardBody = (event: FormEvent): object => {
  const image = imageOf(event);
  const { accountId, region } = event;
  return {
    specversion: '1.0',
    id: event.id,
    source: `crn:v1:bluemix:public:container-registry:${region}:a/${accountId}:::`,
    type: `tidegate.${event.type}`,
    ...(image ? { subject: image.reference } : {}),
    time: new Date(event.time).toISOString(),
    datacontenttype: 'application/json',
    data: dataOf(event),
  };
};

/** Names as in the answers of /api/v1. */
const dataOf = (event: FormEvent): object => {
  const image = imageOf(event);
  return {
    account: event.accountId,
    region: event.region,
    ...given({
      namespace: image?.namespace ?? event.namespace,
      registry: image?.host,
      repository: image?.repository,
      image: image?.reference,
      tag: image?.tag,
      digest: image?.digest,
      previous_digest: event.previousDigest,
      media_type: cut(event.mediaType),
      size: event.size,
      pulls: event.pulls,
      actor: cut(event.actor),
    }),
    ...detailOf(event),
  };
};

/** Further fields that an event may have: a door or a job names a few. */
const MOST_FIELDS = 10;

const detailOf = ({ detail = {} }: FormEvent): object =>
  Object.fromEntries(
    Object.entries(detail)
      .slice(0, MOST_FIELDS)
      .map(([name, value]) => [name, typeof value === 'string' ? short(value) : value]),
  );

const cut = (text: string | undefined): string | undefined => (text === undefined ? undefined : short(text));

/** Without the fields that are undefined. */
const given = (fields: Readonly<Record<string, string | number | undefined>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
