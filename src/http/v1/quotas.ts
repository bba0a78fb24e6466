import type { QuotaPlace, Quotas } from '../../tenancy/room.ts';
import { Plan, Quota, QuotaPatch } from '../../wire/quotas.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import { inAccount, scopeOf, type V1Parts } from './parts.ts';

const MEGABYTE = 1_048_576;

/** /api/v1/quotas and /api/v1/plans, as in IBM's Container Registry API. */
export const quotaRoutes = (app: JsonApp, { quotas }: V1Parts): void => {
  app.get(
    '/api/v1/quotas',
    {
      schema: {
        summary: 'Limits and usage of the account in this region',
        tags: ['registry'],
        response: { 200: Quota },
      },
      config: { needs: { action: 'container-registry.quota.get', on: inAccount } },
    },
    (request) => wireQuota(quotas, scopeOf(request)),
  );

  app.patch(
    '/api/v1/quotas',
    {
      schema: {
        summary: 'Set the limits of the account in this region',
        tags: ['registry'],
        body: QuotaPatch,
      },
      config: { needs: { action: 'container-registry.quota.set', on: inAccount } },
    },
    async (request, reply) => {
      const { storage_megabytes: storage, traffic_megabytes: traffic } = request.body;
      const change = {
        ...(storage === undefined ? {} : { storage: bytesOf(storage) }),
        ...(traffic === undefined ? {} : { traffic: bytesOf(traffic) }),
      };
      await quotas.set(scopeOf(request), change, actorOf(request));
      reply.code(200);
    },
  );

  app.get(
    '/api/v1/plans',
    {
      schema: {
        summary: 'The plan of the account in this region',
        tags: ['registry'],
        response: { 200: Plan },
      },
      config: { needs: { action: 'container-registry.plan.get', on: inAccount } },
    },
    async (request) => ({ plan: await quotas.plan(scopeOf(request)) }),
  );

  app.patch(
    '/api/v1/plans',
    {
      schema: { summary: 'Change the plan', tags: ['registry'], body: Plan },
      config: { needs: { action: 'container-registry.plan.set', on: inAccount } },
    },
    async (request, reply) => {
      await quotas.setPlan(scopeOf(request), request.body.plan, actorOf(request));
      reply.code(200);
    },
  );
};

/** Limits that hold for an account in a region, and its usage. */
export const wireQuota = async (quotas: Quotas, place: QuotaPlace): Promise<Quota> => {
  const { storage, traffic } = await quotas.limits(place);
  const used = await quotas.usage(place);
  return {
    limit: { storage_bytes: storage ?? -1, traffic_bytes: traffic ?? -1 },
    usage: { storage_bytes: used.storage, traffic_bytes: used.traffic },
  };
};

export const bytesOf = (megabytes: number): number | null => (megabytes < 0 ? null : megabytes * MEGABYTE);

export const megabytesOf = (bytes: number | null): number => (bytes === null ? -1 : bytes / MEGABYTE);
