import { Type } from 'typebox';
import { OversizedPolicies } from '../../wire/policies.ts';
import type { JsonApp } from '../json-app.ts';
import { linkTo } from '../pages.ts';
import { operator, type V1Parts } from './parts.ts';

const Query = Type.Object({
  start: Type.Optional(Type.String({ maxLength: 100, description: 'As the page before says' })),
});
const ADDRESS = '/api/v1/oversized-policies';

/** Ours, for the operator: policies of all accounts that grant nothing because decisions do not read them. */
export const oversizedPolicyRoutes = (app: JsonApp, { policies, accounts }: V1Parts): void => {
  app.get(
    ADDRESS,
    {
      schema: {
        summary: 'Policies that are larger than decisions read, and grant nothing (operator)',
        tags: ['registry'],
        querystring: Query,
        response: { 200: OversizedPolicies },
      },
      config: { needs: operator('tidegate.policy.list', accounts) },
    },
    async ({ query: { start = '' } }) => {
      const { policies: found, next } = await policies.oversized(start);
      return {
        policies: found.map(({ accountId, ...policy }) => ({ ...policy, account_id: accountId })),
        ...(next === undefined ? {} : { next: { href: linkTo(ADDRESS, { start: next }), start: next } }),
      };
    },
  );
};
