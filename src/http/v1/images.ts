import { isIndex } from '../../oci/media-type.ts';
import type { Image, Images } from '../../registry/room.ts';
import { ImageQuery, type RemoteApiImage, RemoteApiImageList } from '../../wire/images.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountHeader, principalOf, regionOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import { resourceOf } from '../resource.ts';
import { sendAsMade, type V1Parts } from './parts.ts';

/** GET /api/v1/images, as in IBM's Container Registry API. */
export const imageRoutes = (app: JsonApp, parts: V1Parts): void => {
  app.get(
    '/api/v1/images',
    {
      schema: {
        summary: 'Images of the namespaces the caller may list',
        tags: ['registry'],
        querystring: ImageQuery,
        response: { 200: RemoteApiImageList },
      },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      const { namespace, repository, includeManifestLists = true } = request.query;
      const host = parts.origin.registryHost(request.raw);
      const name = repository?.startsWith(`${host}/`) ? repository.slice(host.length + 1) : repository;
      const images = parts.images.list(await listable(request, parts, namespace), name);
      // the list may be longer than memory, so it is sent as it is read; it ends when the client is gone
      const text = inPieces(jsonOf(host, images, includeManifestLists, parts.images));
      sendAsMade(reply, 'application/json; charset=utf-8', text);
      return reply;
    },
  );
};

/** Ids of the account's namespaces here whose images the caller may list. */
const listable = async (
  request: RequestHead,
  { namespaces, access }: V1Parts,
  only: string | undefined,
): Promise<string[]> => {
  const accountId = accountHeader(request);
  const region = regionOf(request);
  const ids: string[] = [];
  for (const namespace of await namespaces.list(accountId, region.id)) {
    if (only !== undefined && only !== namespace.name) continue;
    const resource = resourceOf(region, namespace);
    if (await mayDo(access, principalOf(request), 'container-registry.image.list', resource))
      ids.push(namespace.id);
  }
  return ids;
};

/** The list as JSON, bit by bit. */
async function* jsonOf(
  host: string,
  images: AsyncIterable<Image>,
  includeManifestLists: boolean,
  room: Images,
): AsyncIterable<string> {
  let before = '[';
  for await (const image of images) {
    if (!includeManifestLists && isIndex(image.mediaType)) continue;
    yield before;
    before = ',';
    if (image.more) yield* longJson(host, image, room);
    else yield JSON.stringify(remoteImage(host, image));
  }
  yield before === '[' ? '[]' : ']';
}

/** An image with more tags than are to be in memory: its two lists of tags are read page by page. */
async function* longJson(host: string, image: Image, room: Images): AsyncIterable<string> {
  const { RepoTags: _first, DigestTags: _tags, ...rest } = remoteImage(host, { ...image, tags: [] });
  const name = `${host}/${image.repository}`;
  async function* references(): AsyncIterable<string> {
    let before = '';
    for await (const page of room.tags(image)) {
      yield before + page.map((tag) => JSON.stringify(`${name}:${tag}`)).join(',');
      before = ',';
    }
  }
  yield '{"RepoTags":[';
  yield* references();
  yield `],"DigestTags":{${JSON.stringify(image.digest)}:[`;
  yield* references();
  yield `]},${JSON.stringify(rest).slice(1)}`;
}

/** Short texts joined to longer ones: each piece that is sent costs as much as kilobytes of it. */
async function* inPieces(texts: AsyncIterable<string>): AsyncIterable<string> {
  let piece = '';
  for await (const text of texts) {
    piece += text;
    if (piece.length < 16_384) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** One digest of one repository with its tags. Nothing scans here, so there are no issues to count. */
const remoteImage = (host: string, image: Image): RemoteApiImage => {
  const name = `${host}/${image.repository}`;
  const tags = image.tags.map((tag) => `${name}:${tag}`);
  return {
    Id: image.configDigest ?? image.digest,
    ParentId: '',
    RepoTags: tags,
    RepoDigests: [`${name}@${image.digest}`],
    DigestTags: { [image.digest]: tags },
    ManifestType: image.mediaType,
    Created: Math.floor((image.builtAt ?? image.pushedAt) / 1000),
    Size: image.size,
    VirtualSize: image.size,
    Labels: {},
    Vulnerable: 'UNSCANNED',
    VulnerabilityCount: 0,
    ConfigurationIssueCount: 0,
    IssueCount: 0,
    ExemptIssueCount: 0,
  };
};
