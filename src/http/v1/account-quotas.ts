import { Type } from 'typebox';
import { AccountQuota, AccountQuotaSet } from '../../wire/quotas.ts';
import type { JsonApp, JsonRequest } from '../json-app.ts';
import { actorOf, regionOf } from '../json-request.ts';
import { operator, type V1Parts } from './parts.ts';
import { bytesOf, megabytesOf, wireQuota } from './quotas.ts';

const AccountId = Type.Object({ account_id: Type.String({ maxLength: 100 }) });

/** /api/v1/accounts/{account_id}/quota, ours, for the operator: what an account may have at the most, whatever it sets itself. */
export const accountQuotaRoutes = (app: JsonApp, { accounts, quotas }: V1Parts): void => {
  const placeOf = (request: Pick<JsonRequest, 'raw'> & { params: { account_id: string } }) => ({
    accountId: request.params.account_id,
    regionId: regionOf(request).id,
  });

  app.get(
    '/api/v1/accounts/:account_id/quota',
    {
      schema: {
        summary:
          "What the operator lets an account store and pull in this region, and the account's limits and usage",
        tags: ['registry'],
        params: AccountId,
        response: { 200: AccountQuota },
      },
      config: { needs: operator('tidegate.quota.get', accounts) },
    },
    async (request) => {
      const place = placeOf(request);
      const { storage, traffic } = await quotas.operatorLimits(place);
      return {
        storage_megabytes: megabytesOf(storage),
        traffic_megabytes: megabytesOf(traffic),
        ...(await wireQuota(quotas, place)),
      };
    },
  );

  app.put(
    '/api/v1/accounts/:account_id/quota',
    {
      schema: {
        summary: 'Set what an account may store and pull in this region at the most (operator)',
        tags: ['registry'],
        params: AccountId,
        body: AccountQuotaSet,
        response: { 204: Type.Null() },
      },
      config: { needs: operator('tidegate.quota.set', accounts) },
    },
    async (request, reply) => {
      const { storage_megabytes: storage, traffic_megabytes: traffic } = request.body;
      const limits = { storage: bytesOf(storage), traffic: bytesOf(traffic) };
      await quotas.setOperatorLimits(placeOf(request), limits, actorOf(request));
      reply.code(204);
    },
  );

  app.delete(
    '/api/v1/accounts/:account_id/quota',
    {
      schema: {
        summary: 'Take the limits of the operator off an account in this region (operator)',
        tags: ['registry'],
        params: AccountId,
        response: { 204: Type.Null() },
      },
      config: { needs: operator('tidegate.quota.set', accounts) },
    },
    async (request, reply) => {
      await quotas.setOperatorLimits(placeOf(request), { storage: null, traffic: null }, actorOf(request));
      reply.code(204);
    },
  );
};
