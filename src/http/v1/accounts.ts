import { AccountCreate, NewAccount } from '../../wire/accounts.ts';
import { ResetUsers, UserReset } from '../../wire/users.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import { operator, type V1Parts } from './parts.ts';

/** Accounts and logins of the whole installation, for the operator: ours. */
export const accountRoutes = (app: JsonApp, { accounts, users }: V1Parts): void => {
  app.post(
    '/api/v1/accounts',
    {
      schema: {
        summary: 'Create an account (operator)',
        tags: ['registry'],
        body: AccountCreate,
        response: { 201: NewAccount },
      },
      config: { needs: operator('tidegate.account.create', accounts) },
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

  app.post(
    '/api/v1/users/reset',
    {
      schema: {
        summary: 'End everything that a user logs in with, in every account (operator)',
        tags: ['registry'],
        body: UserReset,
        response: { 200: ResetUsers },
      },
      config: { needs: operator('tidegate.user.reset', accounts) },
    },
    async (request) => {
      const reset = await users.reset(request.body.user, actorOf(request));
      return { users: reset.map(({ iamId, accountIds }) => ({ iam_id: iamId, account_ids: accountIds })) };
    },
  );
};
