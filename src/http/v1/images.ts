import { isIndex } from '../../oci/media-type.ts';
import type { Images, ListedImage } from '../../registry/room.ts';
import { ImageQuery, type RemoteApiImage, RemoteApiImageList } from '../../wire/images.ts';
import { jsonOfEntries, sendJsonAsMade } from '../as-made.ts';
import { IdentityNames } from '../identity-names.ts';
import type { JsonApp } from '../json-app.ts';
import { accountHeader } from '../json-request.ts';
import { listable } from '../listable.ts';
import { createdOf, pullsOf, pushOf, tagPullsOf } from './image-views.ts';
import type { V1Parts } from './parts.ts';

/** GET /api/v1/images, as in IBM's Container Registry API. */
export const imageRoutes = (app: JsonApp, parts: V1Parts): void => {
  app.get(
    '/api/v1/images',
    {
      schema: {
        summary: 'Images and tags the caller may list',
        tags: ['registry'],
        querystring: ImageQuery,
        response: { 200: RemoteApiImageList },
      },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      const { namespace, repository, includeManifestLists = true, includePrivate = true } = request.query;
      const host = parts.origin.registryHost(request.raw);
      const name = repository?.startsWith(`${host}/`) ? repository.slice(host.length + 1) : repository;
      const images = parts.images.list({
        namespaces: await listable(request, parts, {
          accountId: accountHeader(request),
          action: 'container-registry.image.list',
          wanted: (each) => {
            // every image here is a private one
            if (!includePrivate || (namespace !== undefined && namespace !== each)) return undefined;
            return name === undefined ? 'whole' : [name];
          },
        }),
        which: 'tagged',
      });
      // the list may be longer than memory, so it is sent as it is read; it ends when the client is gone
      const names = new IdentityNames(parts, accountHeader(request));
      const entries = jsonOf({ host, names }, images, includeManifestLists, parts.images);
      sendJsonAsMade(reply, jsonOfEntries(entries));
      return reply;
    },
  );
};

type Page = ReturnType<Images['tags']> extends AsyncIterable<infer Each> ? Each : never;

/** How the images of one answer are shown. */
interface View {
  readonly host: string;
  readonly names: IdentityNames;
}

/** The images as JSON, a text for those that were read together. */
async function* jsonOf(
  view: View,
  images: AsyncIterable<readonly ListedImage[]>,
  includeManifestLists: boolean,
  room: Images,
): AsyncIterable<AsyncIterable<string> | string> {
  for await (const page of images) {
    const shown = includeManifestLists ? page : page.filter(({ mediaType }) => !isIndex(mediaType));
    await view.names.learn(shown.map(({ pushedBy }) => pushedBy));
    const short = shown.filter(({ more }) => !more);
    yield short.map((image) => JSON.stringify(remoteImage(view, image))).join(',');
    for (const image of shown) if (image.more) yield longJson(view, image, room);
  }
}

/** An image with more tags than are to be in memory: its lists of tags are read page by page. */
async function* longJson(view: View, image: ListedImage, room: Images): AsyncIterable<string> {
  const { host } = view;
  const short = remoteImage(view, { ...image, tags: [], tagPulls: new Map() });
  const { RepoTags: _first, DigestTags: _tags, tagPulls: _pulls, ...rest } = short;
  const name = `${host}/${image.repository}`;
  const joined = async function* (textsOf: (page: Page) => string[]): AsyncIterable<string> {
    let before = '';
    for await (const page of room.tags(image)) {
      const texts = textsOf(page);
      yield texts.length === 0 ? '' : before + texts.join(',');
      if (texts.length > 0) before = ',';
    }
  };
  const references = () => joined(({ tags }) => tags.map((tag) => JSON.stringify(`${name}:${tag}`)));
  yield '{"RepoTags":[';
  yield* references();
  yield `],"DigestTags":{${JSON.stringify(image.digest)}:[`;
  yield* references();
  yield ']},"tagPulls":{';
  yield* joined(({ pulls }) =>
    [...pulls].map(([tag, totals]) => `${JSON.stringify(tag)}:${JSON.stringify(pullsOf(totals))}`),
  );
  yield `},${JSON.stringify(rest).slice(1)}`;
}

/** One digest of one repository with its tags. Nothing scans here, so there are no issues to count. */
const remoteImage = ({ host, names }: View, image: ListedImage): RemoteApiImage => {
  const name = `${host}/${image.repository}`;
  const tags = image.tags.map((tag) => `${name}:${tag}`);
  return {
    Id: image.configDigest ?? image.digest,
    ParentId: '',
    RepoTags: tags,
    RepoDigests: [`${name}@${image.digest}`],
    DigestTags: { [image.digest]: tags },
    ManifestType: image.mediaType,
    Created: createdOf(image),
    Size: image.size,
    VirtualSize: image.size,
    Labels: {},
    Vulnerable: 'UNSCANNED',
    VulnerabilityCount: 0,
    ConfigurationIssueCount: 0,
    IssueCount: 0,
    ExemptIssueCount: 0,
    push: pushOf(image, names.of(image.pushedBy)),
    // other tags of the digest are pulled too
    ...(image.only ? {} : { pulls: pullsOf(image.pulls) }),
    tagPulls: tagPullsOf(image.tagPulls),
  };
};
