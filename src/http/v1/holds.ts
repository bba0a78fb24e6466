import { Type } from 'typebox';
import type { Hold } from '../../registry/room.ts';
import { HeldImage, HoldList, HoldQuery, type Hold as HoldWire, NewHold } from '../../wire/holds.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountHeader, actorOf, principalOf, regionOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import type { Needs } from '../needs.ts';
import { resourceOf } from '../resource.ts';
import { jsonOfEntries, sendJsonAsMade } from './as-made.ts';
import { ImageParams } from './image-inspection.ts';
import { type FoundImage, findImage, imageNamed, imageOfPath, onImage, orNoImage } from './image-needs.ts';
import type { V1Parts } from './parts.ts';

/** Images that cannot be deleted until a hold is taken off: ours. */
export const holdRoutes = (app: JsonApp, parts: V1Parts): void => {
  const needs: Needs = { action: 'container-registry.hold.set', on: onImage(parts, imageOfPath) };
  const found = (request: RequestHead): Promise<FoundImage> =>
    findImage(request, parts, imageNamed(request, parts, imageOfPath(request)));

  app.get(
    '/api/v1/holds',
    {
      schema: {
        summary: 'Held images of the namespaces whose holds the caller may list',
        tags: ['registry'],
        querystring: HoldQuery,
        response: { 200: HoldList },
      },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      const host = parts.origin.registryHost(request.raw);
      const holds = parts.holds.list(await listable(request, parts, request.query.namespace));
      // as long as the list is, it is sent as it is read
      sendJsonAsMade(reply, jsonOfEntries(jsonOf(host, holds)));
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

/** Ids of the account's namespaces here whose holds the caller may list: of all, or of the one that is named. */
const listable = async (
  request: RequestHead,
  { namespaces, access }: V1Parts,
  named: string | undefined,
): Promise<string[]> => {
  const accountId = accountHeader(request);
  const region = regionOf(request);
  const ids: string[] = [];
  for (const namespace of await namespaces.list(accountId, region.id)) {
    if (named !== undefined && named !== '' && named !== namespace.name) continue;
    const resource = resourceOf(region, namespace);
    if (await mayDo(access, principalOf(request), 'container-registry.hold.list', resource))
      ids.push(namespace.id);
  }
  return ids;
};

async function* jsonOf(
  host: string,
  holds: AsyncIterable<Hold & { repository: string }>,
): AsyncIterable<string> {
  for await (const hold of holds) yield JSON.stringify(wireOf(host, hold));
}

const wireOf = (host: string, hold: Hold & { repository: string }): HoldWire => ({
  image: `${host}/${hold.repository}@${hold.digest}`,
  repository: hold.repository,
  digest: hold.digest,
  reason: hold.reason,
  created_at: new Date(hold.createdAt).toISOString(),
  created_by: hold.createdBy,
});
