import { Type } from 'typebox';
import type { Resource } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import type { Reference } from '../../oci/reference.ts';
import type { Trash } from '../../registry/room.ts';
import {
  NEXT_START,
  RestoredTags,
  TrashEmptied,
  TrashEmptyQuery,
  type TrashedImage as TrashedImageWire,
  TrashList,
  TrashQuery,
} from '../../wire/trash.ts';
import { jsonOfEntries, sendJsonAsMade } from '../as-made.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountHeader, actorOf } from '../json-request.ts';
import { type ListableNamespace, listable } from '../listable.ts';
import { ImageParams } from './image-inspection.ts';
import { findImage, imageOfPath, onNamedImage, onRepository } from './image-needs.ts';
import { onOwnNamespace, presentNamespace } from './own-namespace.ts';
import { scopeOf, type V1Parts } from './parts.ts';
import { imageNamed } from './resource-name.ts';

const DAY = 86_400_000;

type Entry = Parameters<Trash['tags']>[0];

/** /api/v1/trash, as in IBM's Container Registry API; emptying it is Tidegate's own. */
export const trashRoutes = (app: JsonApp, parts: V1Parts): void => {
  app.get(
    '/api/v1/trash',
    {
      schema: {
        summary: 'Deleted images and tags that the caller may list and that can be restored',
        tags: ['registry'],
        querystring: TrashQuery,
        response: { 200: TrashList },
      },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      const { namespace: only, limit, start } = request.query;
      const listed = await listable(request, parts, {
        accountId: accountHeader(request),
        action: 'container-registry.image.list',
        wanted: (each) => (only === undefined || only === each ? 'whole' : undefined),
      });
      const host = parts.origin.registryHost(request.raw);
      const page = limit === undefined ? undefined : await pageOf(parts.trash, listed, { limit, start });
      if (page?.next !== undefined) reply.header(NEXT_START, page.next);
      const entries = page ? [page.entries] : parts.trash.list(listed);
      const texts = jsonOf(host, entries, parts.trash, parts.clock.now());
      sendJsonAsMade(reply, jsonOfEntries(texts, ['{', '}']));
      return reply;
    },
  );

  app.delete(
    '/api/v1/trash',
    {
      schema: {
        summary: 'Empty the trash of a namespace: what is in it cannot be restored any more',
        tags: ['registry'],
        querystring: TrashEmptyQuery,
        response: { 200: TrashEmptied },
      },
      config: {
        needs: {
          action: 'container-registry.trash.empty',
          on: (request) => onOwnNamespace(request, parts, namespaceNamed(request)),
        },
      },
    },
    async (request) => {
      const namespace = await presentNamespace(request, parts, namespaceNamed(request));
      return { removed: await parts.trash.empty(namespace, actorOf(request)) };
    },
  );

  app.post(
    '/api/v1/trash/:image/restore',
    {
      schema: {
        summary: 'Restore a deleted image: by a tag with that tag, by its digest with every tag that is free',
        tags: ['registry'],
        params: ImageParams,
        response: { 200: Type.Null() },
      },
      config: {
        needs: {
          action: 'container-registry.image.push',
          on: (request) => onRestored(request, parts),
        },
      },
    },
    async (request, reply) => {
      const { target, reference } = await found(request, parts);
      await parts.quotas.admitPush(scopeOf(request));
      await parts.trash.restore(target, reference, actorOf(request));
      reply.code(200);
    },
  );

  app.post(
    '/api/v1/trash/:image/restoretags',
    {
      schema: {
        summary: 'Restore a deleted image by its digest; the answer lists the tags it got',
        tags: ['registry'],
        params: ImageParams,
        response: { 200: RestoredTags },
      },
      config: {
        needs: {
          action: 'container-registry.image.push',
          on: (request) => onRestored(request, parts),
        },
      },
    },
    async (request) => {
      const { target, reference } = await found(request, parts);
      if (reference.kind !== 'digest')
        throw new RegistryError('BAD_REQUEST', {
          message:
            'Name the image by its digest: NAMESPACE/REPOSITORY@sha256:…; GET /api/v1/trash lists them.',
        });
      await parts.quotas.admitPush(scopeOf(request));
      const { tags, taken } = await parts.trash.restore(target, reference, actorOf(request));
      const nameOf = nameIn(parts.origin.registryHost(request.raw), target.name);
      return { successful: tags.map(nameOf), unsuccessful: taken.map(nameOf) };
    },
  );
};

/** Some entries, in the order of namespaces by name, and what the next page starts at. */
const pageOf = async (
  trash: Trash,
  listed: readonly ListableNamespace[],
  { limit, start }: { limit: number; start: string | undefined },
): Promise<{ entries: Entry[]; next: string | undefined }> => {
  const [from = '', repositoryId = '', digest = ''] = (start ?? '').split('/');
  const inOrder = listed
    .filter(({ namespace: { name } }) => name >= from)
    .toSorted(({ namespace: one }, { namespace: other }) => (one.name < other.name ? -1 : 1));
  const namespaceId = inOrder.find(({ namespace: { name } }) => name === from)?.id;
  const after = namespaceId === undefined ? undefined : { namespaceId, repositoryId, digest };
  const entries: Entry[] = [];
  for await (const some of trash.list(inOrder, after)) {
    entries.push(...some);
    if (entries.length > limit) break;
  }
  const last = entries.length > limit ? entries[limit - 1] : undefined;
  return {
    entries: entries.slice(0, limit),
    next: last && [last.repository.split('/')[0], last.repositoryId, last.digest].join('/'),
  };
};

/** A right on one tag restores that tag; by a digest, every tag comes back, which needs one on the repository. */
const onRestored = (request: RequestHead, parts: V1Parts): Promise<Resource> => {
  const name = imageNamed(request, parts, imageOfPath(request));
  return name.reference?.kind === 'digest'
    ? onRepository(request, parts, name)
    : onNamedImage(request, parts, name);
};

const found = async (
  request: RequestHead,
  parts: V1Parts,
): Promise<{ target: Parameters<Trash['restore']>[0]; reference: Reference }> => {
  try {
    return await findImage(request, parts, imageNamed(request, parts, imageOfPath(request)));
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'MANIFEST_UNKNOWN')
      throw new RegistryError('NOT_IN_TRASH');
    throw error;
  }
};

const namespaceNamed = (request: RequestHead): string => (request.query as { namespace: string }).namespace;

const nameIn =
  (host: string, repository: string) =>
  (tag: string): string =>
    `${host}/${repository}:${tag}`;

/** The trash as one JSON object, bit by bit. */
async function* jsonOf(
  host: string,
  entries: AsyncIterable<readonly Entry[]> | readonly (readonly Entry[])[],
  trash: Trash,
  now: number,
): AsyncIterable<AsyncIterable<string> | string> {
  for await (const page of entries)
    for (const entry of page) {
      const name = JSON.stringify(`${host}/${entry.repository}@${entry.digest}`);
      const { tags, ...rest } = wireOf(host, entry, now);
      if (!entry.more) {
        yield `${name}:${JSON.stringify({ ...rest, tags })}`;
        continue;
      }
      const begin = `${name}:${JSON.stringify(rest).slice(0, -1)},"tags":[`;
      yield jsonOfEntries(tagsOf(host, entry, trash), [begin, ']}']);
    }
}

async function* tagsOf(host: string, entry: Entry, trash: Trash): AsyncIterable<string> {
  const nameOf = nameIn(host, entry.repository);
  for await (const page of trash.tags(entry)) yield page.map((tag) => JSON.stringify(nameOf(tag))).join(',');
}

const wireOf = (host: string, entry: Entry, now: number): TrashedImageWire => ({
  daysUntilExpiry: Math.ceil((entry.expiresAt - now) / DAY),
  tags: entry.tags.map(nameIn(host, entry.repository)),
  deletedAt: new Date(entry.deletedAt).toISOString(),
  deletedBy: entry.deletedBy,
  expiresAt: new Date(entry.expiresAt).toISOString(),
  manifestType: entry.mediaType,
  size: entry.size,
  ...(entry.deletedWith === entry.digest ? {} : { deletedWith: entry.deletedWith }),
});
