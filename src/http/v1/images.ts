import { isIndex } from '../../oci/media-type.ts';
import type { ListedImage } from '../../registry/room.ts';
import { ImageQuery, type RemoteApiImage, RemoteApiImageList } from '../../wire/images.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountHeader, principalOf, regionOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import { resourceOf } from '../resource.ts';
import type { V1Parts } from './parts.ts';

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
    async (request) => {
      const { namespace, repository, includeManifestLists } = request.query;
      const host = parts.origin.registryHost(request.raw);
      const name = repository?.startsWith(`${host}/`) ? repository.slice(host.length + 1) : repository;
      const rows = await parts.images.list(await listable(request, parts, namespace), name);
      const images = rows.filter(({ mediaType }) => includeManifestLists !== false || !isIndex(mediaType));
      return [...Map.groupBy(images, ({ repository: of, digest }) => `${of}@${digest}`).values()].map(
        (tagged) => imageOf(host, tagged),
      );
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

/** One digest of one repository with all its tags. Nothing scans here, so there are no issues to count. */
const imageOf = (host: string, rows: readonly ListedImage[]): RemoteApiImage => {
  const [first] = rows;
  if (!first) throw new Error('a group without rows');
  const name = `${host}/${first.repository}`;
  const tags = rows.map(({ tag }) => `${name}:${tag}`);
  return {
    Id: first.configDigest ?? first.digest,
    ParentId: '',
    RepoTags: tags,
    RepoDigests: [`${name}@${first.digest}`],
    DigestTags: { [first.digest]: tags },
    ManifestType: first.mediaType,
    Created: Math.floor((first.builtAt ?? first.pushedAt) / 1000),
    Size: first.size,
    VirtualSize: first.size,
    Labels: {},
    Vulnerable: 'UNSCANNED',
    VulnerabilityCount: 0,
    ConfigurationIssueCount: 0,
    IssueCount: 0,
    ExemptIssueCount: 0,
  };
};
