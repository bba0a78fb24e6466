import { RegistryError } from '../../errors.ts';
import { type ImageName, referenceOf, shortImageName } from '../../oci/image-name.ts';
import { quote } from '../../oci/strict-json.ts';
import type { ListedImage } from '../../registry/room.ts';
import {
  AccountReportQuery,
  ImageNamePath,
  ImageScanSummaryList,
  ScanReport,
  ScanReportList,
  ScanSummary,
} from '../../wire/vulnerabilities.ts';
import { jsonOfEntries, sendJsonAsMade } from '../as-made.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountOf, regionOf } from '../json-request.ts';
import { listable } from '../listable.ts';
import type { Needs } from '../needs.ts';
import { resourceOf } from '../resource.ts';
import { ownRepository } from './own-namespace.ts';
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
    async (request) => scanReport(await digestOf(request, parts)),
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
      await digestOf(request, parts);
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
    const target = await ownRepository(request, parts, image.repository, accountOf(request));
    if (!target) return undefined;
    const reference = referenceOf(image);
    const repository = resourceOf(regionOf(request), target.namespace, target.name);
    return { ...repository, ...(reference.kind === 'tag' ? { tag: reference.tag } : {}) };
  },
  saying: (request) => notThere(imageAsked(request, parts)),
});

const imageAsked = (request: RequestHead, parts: V1Parts): ImageName => {
  const { name } = request.params as { name: string };
  const image = imageNamed(request, parts, name);
  if (image.repository.includes('/')) return image;
  throw new RegistryError('BAD_REQUEST', {
    message: `${quote(name)} is not an image: give NAMESPACE/REPOSITORY:TAG or NAMESPACE/REPOSITORY@DIGEST`,
  });
};

const notThere = (image: ImageName): string =>
  `there is no image ${shortImageName(image)} whose report you may see; you need the role Reader on its namespace`;

/** Throws NOT_FOUND. */
const digestOf = async (request: RequestHead, parts: V1Parts): Promise<string> => {
  const image = imageAsked(request, parts);
  const target = await ownRepository(request, parts, image.repository, accountOf(request));
  if (!target) throw new RegistryError('NOT_FOUND', { message: notThere(image) });
  try {
    return (await parts.manifests.get(target, referenceOf(image))).digest;
  } catch (error) {
    if (!(error instanceof RegistryError) || error.status !== 404) throw error;
    throw new RegistryError('NOT_FOUND', { message: notThere(image), cause: error });
  }
};

type NamedImage = readonly [name: string, image: ListedImage];

/** Every tag, as `host/namespace/repository:tag`, of the images whose reports the caller may see. */
const namesOf = async (
  request: RequestHead,
  { repository, includePrivate = true }: AccountReportQuery,
  parts: V1Parts,
): Promise<AsyncIterable<readonly NamedImage[]>> => {
  const only = repository === undefined ? undefined : scopeNamed(request, parts, repository);
  const host = parts.origin.registryHost(request.raw);
  const repositories = only?.repository ? [`${only.namespace}/${only.repository}`] : 'whole';
  const namespaces = await listable(request, parts, {
    accountId: accountOf(request),
    action: ACTION,
    wanted: (each) =>
      includePrivate && (only === undefined || only.namespace === each) ? repositories : undefined,
  });
  const images = parts.images.list({ namespaces, which: 'tagged' });
  return (async function* () {
    for await (const some of images)
      for (const image of some) {
        const name = `${host}/${image.repository}`;
        const pages = image.more ? parts.images.tags(image) : [image];
        for await (const { tags: page } of pages) yield page.map((tag) => [`${name}:${tag}`, image] as const);
      }
  })();
};

async function* entriesOf(
  names: AsyncIterable<readonly NamedImage[]>,
  print: (name: string, image: ListedImage) => string,
): AsyncIterable<string> {
  for await (const page of names) yield page.map(([name, image]) => print(name, image)).join(',');
}
