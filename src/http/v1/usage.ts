import { NOTHING_STORED, type StorageUsage } from '../../tenancy/room.ts';
import {
  AccountUsage,
  type RepositoryUsage,
  RepositoryUsageList,
  RepositoryUsageQuery,
  type StorageUsage as WireUsage,
} from '../../wire/usage.ts';
import { jsonOfEntries, sendJsonAsMade } from '../as-made.ts';
import type { JsonApp } from '../json-app.ts';
import { accountHeader, regionOf } from '../json-request.ts';
import { listable, listableWhole } from '../listable.ts';
import { inAccount, scopeOf, type V1Parts } from './parts.ts';

/** /api/v1/usage, Tidegate's own: what fills the disk, by what it is for. */
export const usageRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { stored } = parts;

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
      const named = await listableWhole(request, parts, {
        accountId: accountHeader(request),
        action: 'container-registry.image.list',
      });
      const found = await stored.ofNamespaces(
        region.id,
        named.map(({ id }) => id),
      );
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
        summary: 'What each repository stores whose images the caller may list',
        tags: ['registry'],
        querystring: RepositoryUsageQuery,
        response: { 200: RepositoryUsageList },
      },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      const { namespace } = request.query;
      const region = regionOf(request);
      const listed = await listable(request, parts, {
        accountId: accountHeader(request),
        action: 'container-registry.image.list',
        wanted: (each) => (namespace === undefined || namespace === each ? 'whole' : undefined),
      });
      const texts = async function* (): AsyncIterable<string> {
        for (const each of listed)
          for await (const listedPage of parts.repositories.listed(each)) {
            // the sum of a repository counts all of its tags
            const page = listedPage.filter(({ tags }) => !tags);
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
