import { RegistryError } from '../../errors.ts';
import { parseReference } from '../../oci/reference.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import type { ListedImage, ListedNamespace } from '../../registry/room.ts';
import { printScope, type Scope } from '../../tenancy/room.ts';
import {
  AccountReportQuery,
  ImageNamePath,
  ImageScanSummaryList,
  ScanReport,
  ScanReportList,
  ScanSummary,
} from '../../wire/vulnerabilities.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountOf, principalOf, regionOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import type { Needs } from '../needs.ts';
import { resourceOf } from '../resource.ts';
import { jsonOfEntries, sendJsonAsMade } from './as-made.ts';
import type { V1Parts } from './parts.ts';
import { imageNamed, scopeNamed } from './resource-name.ts';
import { imageScanSummary, scanReport, scanSummary } from './vulnerability-report.ts';

const ACTION = 'container-registry.image.vulnerabilities';
const tags = ['vulnerabilities'];

/** /va/api/v4/report, as in IBM's Vulnerability Advisor API: every image is UNSCANNED. */
export const vulnerabilityRoutes = (app: JsonApp, parts: V1Parts): void => {
  app.get(
    '/va/api/v4/report/account',
    {
      schema: {
        summary: 'Reports of the images whose reports the caller may see',
        tags,
        querystring: AccountReportQuery,
        response: { 200: ScanReportList },
      },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      const entries = entriesOf(
        await namesOf(request, request.query, parts),
        (name, { digest }) => `${JSON.stringify(name)}:${JSON.stringify(scanReport(digest))}`,
      );
      sendJsonAsMade(reply, jsonOfEntries(entries, ['{"assessments":{', '}}']));
      return reply;
    },
  );

  app.get(
    '/va/api/v4/report/account/status',
    {
      schema: {
        summary: 'Counts of issues in the images whose reports the caller may see',
        tags,
        querystring: AccountReportQuery,
        response: { 200: ImageScanSummaryList },
      },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      const entries = entriesOf(await namesOf(request, request.query, parts), (name, { builtAt, pushedAt }) =>
        JSON.stringify(imageScanSummary(name, builtAt ?? pushedAt)),
      );
      sendJsonAsMade(reply, jsonOfEntries(entries, ['{"images":[', ']}']));
      return reply;
    },
  );

  app.get(
    '/va/api/v4/report/image/:name',
    {
      schema: {
        summary: 'The report of an image',
        tags,
        params: ImageNamePath,
        response: { 200: ScanReport },
      },
      config: { needs: onImage(parts) },
    },
    async (request) => scanReport(await digestOf(request, request.params.name, parts)),
  );

  app.get(
    '/va/api/v4/report/image/status/:name',
    {
      schema: {
        summary: 'Counts of issues in an image',
        tags,
        params: ImageNamePath,
        response: { 200: ScanSummary },
      },
      config: { needs: onImage(parts) },
    },
    async (request) => {
      await digestOf(request, request.params.name, parts);
      return scanSummary();
    },
  );
};

/** The right on the image's repository, and on the tag where one is named. An image that is not there and one that is not the caller's to see are the same. */
const onImage = (parts: V1Parts): Needs => ({
  action: ACTION,
  hide: true,
  on: async (request) => {
    const image = imageAsked(request, parts);
    const found = await namespaceOf(request, image, parts);
    if (!found) return undefined;
    const isTag = parseReference(image.reference)?.kind === 'tag';
    const repository = resourceOf(regionOf(request), found.namespace, found.name);
    return { ...repository, ...(isTag ? { tag: image.reference } : {}) };
  },
  saying: (request) => notThere(imageAsked(request, parts)),
});

const imageAsked = (request: RequestHead, { origin }: V1Parts): Scope =>
  imageNamed(request, (request.params as { name: string }).name, origin);

const notThere = (image: Scope): string =>
  `there is no image ${printScope(image)} whose report you may see; you need the role Reader on its namespace`;

/** The namespace of an image in the caller's account, and the name of its repository. */
const namespaceOf = async (request: RequestHead, image: Scope, { namespaces }: V1Parts) => {
  const namespace = await namespaces.find(regionOf(request).id, image.namespace);
  const name = parseRepositoryName(`${image.namespace}/${image.repository}`);
  return namespace?.accountId === accountOf(request) && name ? { namespace, name } : undefined;
};

/** Throws NOT_FOUND. */
const digestOf = async (request: RequestHead, asked: string, parts: V1Parts): Promise<string> => {
  const image = imageNamed(request, asked, parts.origin);
  const found = await namespaceOf(request, image, parts);
  const reference = parseReference(image.reference);
  if (!found || !reference) throw new RegistryError('NOT_FOUND', { message: notThere(image) });
  try {
    const target = { regionId: regionOf(request).id, ...found };
    return (await parts.manifests.get(target, reference)).digest;
  } catch (error) {
    if (!(error instanceof RegistryError) || error.status !== 404) throw error;
    throw new RegistryError('NOT_FOUND', { message: notThere(image), cause: error });
  }
};

/** Every tag, as `host/namespace/repository:tag`, of the images whose reports the caller may see. */
const namesOf = async (
  request: RequestHead,
  { repository, includePrivate = true }: AccountReportQuery,
  parts: V1Parts,
): Promise<AsyncIterable<readonly [name: string, image: ListedImage]>> => {
  const only = repository === undefined ? undefined : scopeNamed(request, repository, parts.origin);
  const host = parts.origin.registryHost(request.raw);
  const images = parts.images.list({
    namespaces: includePrivate ? await visible(request, only, parts) : [],
    which: 'tagged',
  });
  return (async function* () {
    for await (const image of images) {
      const name = `${host}/${image.repository}`;
      const pages = image.more ? parts.images.tags(image) : [image];
      for await (const { tags: page } of pages)
        for (const tag of page) yield [`${name}:${tag}`, image] as const;
    }
  })();
};

/** The account's namespaces here whose reports the caller may see, with the repository that is asked for. */
const visible = async (
  request: RequestHead,
  only: Scope | undefined,
  { namespaces, access }: V1Parts,
): Promise<ListedNamespace[]> => {
  const region = regionOf(request);
  const repositories = only?.repository ? [`${only.namespace}/${only.repository}`] : undefined;
  const listed: ListedNamespace[] = [];
  for (const namespace of await namespaces.list(accountOf(request), region.id)) {
    if (only !== undefined && only.namespace !== namespace.name) continue;
    if (await mayDo(access, principalOf(request), ACTION, resourceOf(region, namespace)))
      listed.push({ id: namespace.id, repositories });
  }
  return listed;
};

async function* entriesOf(
  names: AsyncIterable<readonly [name: string, image: ListedImage]>,
  print: (name: string, image: ListedImage) => string,
): AsyncIterable<string> {
  for await (const [name, image] of names) yield print(name, image);
}
