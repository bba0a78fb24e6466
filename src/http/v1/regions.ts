import { RegionList } from '../../wire/regions.ts';
import type { JsonApp } from '../json-app.ts';
import type { V1Parts } from './parts.ts';

/** GET /api/v1/regions, ours: what there is to target. It tells no more than the configuration of host names does. */
export const regionRoutes = (app: JsonApp, { regions, origin }: V1Parts): void => {
  app.get(
    '/api/v1/regions',
    {
      schema: { summary: 'Regions a client can target', tags: ['registry'], response: { 200: RegionList } },
      config: { needs: 'anyone' },
    },
    async (request) => {
      const ownHost = origin.registryHost(request.raw);
      return {
        default: regions.default.name,
        any_host: regions.anyHost,
        regions: regions.list.map(({ name, oldName, hosts, aliases }) => ({
          name,
          ...(oldName === undefined ? {} : { old_name: oldName }),
          hosts: [...hosts],
          aliases: [...aliases],
          registry: hosts[0] === undefined ? ownHost : origin.withPort(hosts[0]),
        })),
      };
    },
  );
};
