import { AccountCreate, NewAccount } from '../../wire/accounts.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import type { Needs } from '../needs.ts';
import type { V1Parts } from './parts.ts';

/** POST /api/v1/accounts, ours, for the operator: an Administrator of the first account. */
export const accountRoutes = (app: JsonApp, { accounts }: V1Parts): void => {
  const operator: Needs = {
    action: 'tidegate.account.create',
    on: async () => {
      const accountId = await accounts.operators();
      return accountId === undefined ? undefined : { accountId };
    },
  };
  app.post(
    '/api/v1/accounts',
    {
      schema: {
        summary: 'Create an account (operator)',
        tags: ['registry'],
        body: AccountCreate,
        response: { 201: NewAccount },
      },
      config: { needs: operator },
    },
    async (request, reply) => {
      const { account, secret } = await accounts.create(request.body.name, actorOf(request));
      reply.code(201).header('Cache-Control', 'no-store');
      return {
        account_id: account.id,
        name: account.name,
        owner_iam_id: account.ownerIamId,
        apikey: secret,
      };
    },
  );
};
