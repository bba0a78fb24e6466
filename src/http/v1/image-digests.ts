import { namespaceOf, type RepositoryName } from '../../oci/repository-name.ts';
import type { Images, ListedImage } from '../../registry/room.ts';
import {
  type ImageDigest,
  ImageDigestList,
  ImageDigestQuery,
  type ImageDigestTag,
} from '../../wire/images.ts';
import { jsonOfEntries, sendJsonAsMade } from '../as-made.ts';
import { IdentityNames } from '../identity-names.ts';
import type { JsonApp } from '../json-app.ts';
import { accountHeader } from '../json-request.ts';
import { listable } from '../listable.ts';
import { createdOf, pullsOf, pushOf } from './image-views.ts';
import type { V1Parts } from './parts.ts';
import { imageNamed } from './resource-name.ts';

/** POST /api/v1/images/digests, as in IBM's Container Registry API: it only reads. */
export const imageDigestRoutes = (app: JsonApp, parts: V1Parts): void => {
  app.post(
    '/api/v1/images/digests',
    {
      schema: {
        summary: 'Digests, tagged or not, that the caller may list',
        tags: ['registry'],
        body: ImageDigestQuery,
        response: { 200: ImageDigestList },
      },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      const { exclude_tagged: untaggedOnly = false, repositories = [] } = request.body;
      const names = repositories.map((text) => imageNamed(request, parts, text).repository);
      const images = parts.images.list({
        namespaces: await listable(request, parts, {
          accountId: accountHeader(request),
          action: 'container-registry.image.list',
          wanted: (each) => wantedOf(each, names),
        }),
        which: 'all',
      });
      const host = parts.origin.registryHost(request.raw);
      const pushers = new IdentityNames(parts, accountHeader(request));
      const view = { host, names: pushers, waitsFor: waitingAt(parts) };
      sendJsonAsMade(reply, jsonOfEntries(jsonOf(view, images, untaggedOnly, parts.images)));
      return reply;
    },
  );
};

/** What of a namespace is asked for: all of it where it is named alone, or where nothing is named. */
const wantedOf = (
  namespace: string,
  names: readonly RepositoryName[],
): 'whole' | readonly string[] | undefined => {
  if (names.length === 0 || names.some((name) => name === namespace)) return 'whole';
  const within = names.filter((name) => namespaceOf(name) === namespace);
  return within.length === 0 ? undefined : [...new Set(within)].sort();
};

/** How the digests of one answer are shown. */
interface View {
  readonly host: string;
  readonly names: IdentityNames;
  /** Until when what is to name an image may follow, where that is not over. */
  waitsFor(image: ListedImage): number | undefined;
}

/** A push takes at least that long, whatever the setting is. */
const SHORTEST = 3_600_000;

/** Clients push the images of an index before the index, and a manifest by digest before its tag. */
const waitingAt = ({ clock, grace }: V1Parts): View['waitsFor'] => {
  const now = clock.now();
  return ({ pushedAt, tags, more, isHeld }) => {
    const until = pushedAt + Math.max(grace, SHORTEST);
    return tags.length > 0 || more || isHeld || until <= now ? undefined : until;
  };
};

async function* jsonOf(
  view: View,
  images: AsyncIterable<readonly ListedImage[]>,
  untaggedOnly: boolean,
  room: Images,
): AsyncIterable<AsyncIterable<string> | string> {
  for await (const page of images) {
    const shown = untaggedOnly ? page.filter(({ tags, more }) => tags.length === 0 && !more) : page;
    await view.names.learn(shown.map(({ pushedBy }) => pushedBy));
    const short = shown.filter(({ more }) => !more);
    yield short.map((image) => JSON.stringify(digestOf(view, image))).join(',');
    for (const image of shown) if (image.more) yield longJson(view, image, room);
  }
}

/** A digest with more tags than are to be in memory. */
async function* longJson(view: View, image: ListedImage, room: Images): AsyncIterable<string> {
  const { host } = view;
  const { repoTags: _tags, ...rest } = digestOf(view, { ...image, tags: [] });
  let before = `{"repoTags":{${JSON.stringify(`${host}/${image.repository}`)}:{`;
  for await (const { tags, pulls } of room.tags(image)) {
    const texts = tags.map((tag) => `${JSON.stringify(tag)}:${JSON.stringify(tagOf(pulls.get(tag)))}`);
    yield before + texts.join(',');
    before = ',';
  }
  yield `}},${JSON.stringify(rest).slice(1)}`;
}

const digestOf = ({ host, names, waitsFor }: View, image: ListedImage): ImageDigest => ({
  id: image.digest,
  created: createdOf(image),
  manifestType: image.mediaType,
  size: image.size,
  repoTags: {
    [`${host}/${image.repository}`]: Object.fromEntries(
      image.tags.map((tag) => [tag, tagOf(image.tagPulls.get(tag))]),
    ),
  },
  held: image.isHeld ?? false,
  ...untilOf(waitsFor(image)),
  push: pushOf(image, names.of(image.pushedBy)),
  // other tags of the digest are pulled too
  ...(image.only ? {} : { pulls: pullsOf(image.pulls) }),
});

const untilOf = (until: number | undefined): Pick<ImageDigest, 'waits_until'> =>
  until === undefined ? {} : { waits_until: new Date(until).toISOString() };

/** Nothing scans here, so there are no issues to count. */
const tagOf = (pulls: ListedImage['pulls']): ImageDigestTag => ({
  configurationIssueCount: 0,
  exemptIssueCount: 0,
  issueCount: 0,
  vulnerabilityCount: 0,
  vulnerable: 'UNSCANNED',
  ...(pulls ? { pulls: pullsOf(pulls) } : {}),
});
