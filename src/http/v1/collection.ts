import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { Holders as FoundHolders, CollectionRun as Run } from '../../lifecycle/room.ts';
import { parseDigest } from '../../oci/digest.ts';
import {
  CollectionRequest,
  CollectionRun,
  CollectionStatus,
  Holders,
  VerifyRequest,
} from '../../wire/collection.ts';
import { endOf, sendLinesAsMade } from '../as-made.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import { timestamp } from '../timestamp.ts';
import { operator, type V1Parts } from './parts.ts';

const RUNS = 10;

/** /api/v1/gc, ours, for the operator: an Administrator of the first account. */
export const collectionRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { accounts, collection } = parts;
  verifyRoute(app, parts);
  app.get(
    '/api/v1/gc',
    {
      schema: {
        summary: 'The latest runs of garbage collection (operator)',
        tags: ['registry'],
        response: { 200: CollectionStatus },
      },
      config: { needs: operator('tidegate.gc.get', accounts) },
    },
    async () => ({
      grace_seconds: collection.grace / 1000,
      runs: (await collection.latest(RUNS)).map(runOf),
    }),
  );

  app.post(
    '/api/v1/gc/runs',
    {
      schema: {
        summary: 'Begin a run of garbage collection (operator)',
        tags: ['registry'],
        body: CollectionRequest,
        response: { 202: CollectionRun },
      },
      config: { needs: operator('tidegate.gc.run', accounts) },
    },
    async (request, reply) => {
      const actor = actorOf(request);
      const accountId = (await accounts.operators()) ?? '';
      const run = await collection.begin(request.body.dry_run ?? false, actor, accountId);
      reply.code(202).header('Location', `/api/v1/gc/runs/${run.id}`);
      return runOf(run);
    },
  );

  app.get(
    '/api/v1/gc/runs/:id',
    {
      schema: {
        summary: 'A run of garbage collection (operator)',
        tags: ['registry'],
        params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
        response: { 200: CollectionRun },
      },
      config: { needs: operator('tidegate.gc.get', accounts) },
    },
    async (request) => runOf(await collection.find(request.params.id)),
  );

  app.get(
    '/api/v1/gc/holders/:digest',
    {
      schema: {
        summary: 'What holds a digest, and when it may go (operator)',
        tags: ['registry'],
        params: Type.Object({ digest: Type.String({ maxLength: 200 }) }),
        response: { 200: Holders },
      },
      config: { needs: operator('tidegate.gc.get', accounts) },
    },
    async (request) => {
      const digest = parseDigest(request.params.digest);
      if (!digest)
        throw new RegistryError('DIGEST_INVALID', {
          message: 'a digest is sha256: or sha512: and its hexadecimal',
        });
      const found = await collection.holders(digest);
      if (found.blobs.length + found.links.length + found.manifests.length === 0)
        throw new RegistryError('NOT_FOUND', { message: `nothing here has the digest ${digest}` });
      return holdersOf(digest, found);
    },
  );
};

/** One JSON object per line, as they are found: nothing is gathered, neither here nor there. */
const verifyRoute = (app: JsonApp, { accounts, collection }: V1Parts): void => {
  app.post(
    '/api/v1/gc/verify',
    {
      schema: {
        summary: 'Read everything stored against its digest; a line per finding (operator)',
        tags: ['registry'],
        body: VerifyRequest,
      },
      config: { needs: operator('tidegate.gc.run', accounts) },
    },
    async (request, reply) => {
      const actor = actorOf(request);
      const events = collection.verify(request.body.repair === true ? actor : undefined, endOf(reply));
      sendLinesAsMade(reply, events);
      return reply;
    },
  );
};

const runOf = (run: Run): CollectionRun => ({
  id: run.id,
  started_at: timestamp(run.startedAt),
  started_by: run.startedBy,
  ...(run.finishedAt === undefined ? {} : { finished_at: timestamp(run.finishedAt) }),
  dry_run: run.dryRun,
  outcome: run.outcome,
  ...(run.reason === undefined ? {} : { reason: run.reason }),
  storage: run.storage,
  removed: run.removed,
  waiting: run.waiting,
});

const holdersOf = (digest: string, { blobs, links, manifests, more }: FoundHolders): Holders => ({
  digest,
  blobs: blobs.map(({ region, size, createdAt, wantedAt, removableAt }) => ({
    region,
    size,
    created_at: timestamp(createdAt),
    wanted_at: timestamp(wantedAt),
    ...(removableAt === undefined ? {} : { removable_at: timestamp(removableAt) }),
  })),
  links: links.map(({ region, repository, wantedAt, manifests: holding }) => ({
    region,
    repository,
    wanted_at: timestamp(wantedAt),
    manifests: holding.map(manifestOf),
  })),
  manifests: manifests.map(({ region, repository, mediaType, tags, indexes }) => ({
    region,
    repository,
    media_type: mediaType,
    tags: [...tags],
    indexes: indexes.map(manifestOf),
  })),
  more,
});

const manifestOf = ({ digest, tags }: { digest: string; tags: readonly string[] }) => ({
  digest,
  tags: [...tags],
});
