import { NOTHING_STORED, type StorageUsage } from '../../tenancy/room.ts';
import {
  AccountUsage,
  type RepositoryUsage,
  RepositoryUsageList,
  RepositoryUsageQuery,
  type StorageUsage as WireUsage,
} from '../../wire/usage.ts';
import type { JsonApp } from '../json-app.ts';
import { accountHeader, regionOf } from '../json-request.ts';
import { jsonOfEntries, sendJsonAsMade } from './as-made.ts';
import { listable } from './images.ts';
import { inAccount, scopeOf, type V1Parts } from './parts.ts';

/** /api/v1/usage, Tidegate's own: what fills the disk, by what it is for. */
export const usageRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { stored, namespaces } = parts;

  app.get(
    '/api/v1/usage',
    {
      schema: {
        summary: 'What the account stores in this region, and each namespace that the caller may list',
        tags: ['registry'],
        response: { 200: AccountUsage },
      },
      config: { needs: { action: 'container-registry.quota.get', on: inAccount } },
    },
    async (request) => {
      const region = regionOf(request);
      const listed = new Set((await listable(request, parts, () => 'whole')).map(({ id }) => id));
      const named = (await namespaces.list(accountHeader(request), region.id)).filter(({ id }) =>
        listed.has(id),
      );
      const found = await stored.ofNamespaces(region.id, [...listed]);
      return {
        counting: !(await stored.isCounted()),
        account: wireOf(await stored.ofAccount(scopeOf(request))),
        namespaces: Object.fromEntries(named.map(({ id, name }) => [name, wireOf(found.get(id))])),
      };
    },
  );

  app.get(
    '/api/v1/usage/repositories',
    {
      schema: {
        summary: 'What each repository stores, of the namespaces whose images the caller may list',
        tags: ['registry'],
        querystring: RepositoryUsageQuery,
        response: { 200: RepositoryUsageList },
      },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      const { namespace } = request.query;
      const region = regionOf(request);
      const listed = await listable(request, parts, (name) =>
        namespace === undefined || namespace === name ? 'whole' : undefined,
      );
      const texts = async function* (): AsyncIterable<string> {
        for (const { id } of listed)
          for await (const page of parts.repositories.pages(id)) {
            const found = await stored.ofRepositories(
              region.id,
              page.map((each) => each.id),
            );
            for (const each of page) {
              const usage: RepositoryUsage = { repository: each.name, usage: wireOf(found.get(each.id)) };
              yield JSON.stringify(usage);
            }
          }
      };
      sendJsonAsMade(reply, jsonOfEntries(texts()));
      return reply;
    },
  );
};

const wireOf = (usage: StorageUsage | undefined): WireUsage => {
  const { untaggedImages, trashedImages, ...bytes } = usage ?? NOTHING_STORED;
  return { ...bytes, untagged_images: untaggedImages, trashed_images: trashedImages };
};
