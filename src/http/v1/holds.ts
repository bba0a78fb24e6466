import { Type } from 'typebox';
import type { Hold } from '../../registry/room.ts';
import { HeldImage, HoldList, HoldQuery, type Hold as HoldWire, NewHold } from '../../wire/holds.ts';
import { jsonOfEntries, sendJsonAsMade } from '../as-made.ts';
import { IdentityNames } from '../identity-names.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountHeader, actorOf } from '../json-request.ts';
import { listable } from '../listable.ts';
import type { Needs } from '../needs.ts';
import { ImageParams } from './image-inspection.ts';
import { type FoundImage, findImage, imageOfPath, onRepository, orNoImage } from './image-needs.ts';
import type { V1Parts } from './parts.ts';
import { imageNamed } from './resource-name.ts';

/** Images that cannot be deleted until a hold is taken off: ours. */
export const holdRoutes = (app: JsonApp, parts: V1Parts): void => {
  // a hold is on the digest: a right on one of its tags does not reach what others know it by
  const needs: Needs = {
    action: 'container-registry.hold.set',
    on: (request) => onRepository(request, parts, imageNamed(request, parts, imageOfPath(request))),
  };
  const found = (request: RequestHead): Promise<FoundImage> =>
    findImage(request, parts, imageNamed(request, parts, imageOfPath(request)));

  app.get(
    '/api/v1/holds',
    {
      schema: {
        summary: 'Held images whose holds the caller may list',
        tags: ['registry'],
        querystring: HoldQuery,
        response: { 200: HoldList },
      },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      const host = parts.origin.registryHost(request.raw);
      const { namespace } = request.query;
      const listed = await listable(request, parts, {
        accountId: accountHeader(request),
        action: 'container-registry.hold.list',
        wanted: (each) => (!namespace || namespace === each ? 'whole' : undefined),
      });
      const holds = parts.holds.list(listed);
      // as long as the list is, it is sent as it is read
      sendJsonAsMade(
        reply,
        jsonOfEntries(jsonOf(host, new IdentityNames(parts, accountHeader(request)), holds)),
      );
      return reply;
    },
  );

  app.put(
    '/api/v1/holds/:image',
    {
      schema: {
        summary: 'Hold an image: it cannot be deleted until the hold is taken off',
        tags: ['registry'],
        params: ImageParams,
        body: NewHold,
        response: { 201: HeldImage },
      },
      config: { needs },
    },
    async (request, reply) => {
      const image = await found(request);
      const { target, reference } = image;
      const { reason } = request.body;
      const digest = await orNoImage(image, parts.holds.add(target, reference, reason, actorOf(request)));
      reply.code(201);
      return { image: `${parts.origin.registryHost(request.raw)}/${target.name}@${digest}`, digest };
    },
  );

  app.delete(
    '/api/v1/holds/:image',
    {
      schema: {
        summary: 'Take the hold off an image',
        tags: ['registry'],
        params: ImageParams,
        response: { 204: Type.Null() },
      },
      config: { needs },
    },
    async (request, reply) => {
      const image = await found(request);
      const { target, reference } = image;
      await orNoImage(image, parts.holds.remove(target, reference, actorOf(request)));
      reply.code(204);
    },
  );
};

async function* jsonOf(
  host: string,
  names: IdentityNames,
  holds: AsyncIterable<Hold & { repository: string }>,
): AsyncIterable<string> {
  for await (const hold of holds) {
    await names.learn([hold.createdBy]);
    yield JSON.stringify(wireOf(host, hold, names.of(hold.createdBy)));
  }
}

const wireOf = (host: string, hold: Hold & { repository: string }, name: string | undefined): HoldWire => ({
  image: `${host}/${hold.repository}@${hold.digest}`,
  repository: hold.repository,
  digest: hold.digest,
  reason: hold.reason,
  created_at: new Date(hold.createdAt).toISOString(),
  created_by: hold.createdBy,
  ...(name === undefined ? {} : { created_by_name: name }),
});
