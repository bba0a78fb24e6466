import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { Account as Known } from '../../identity/room.ts';
import { Account, AccountList, AccountQuery, AccountStateChange } from '../../wire/accounts.ts';
import type { JsonApp, JsonRequest } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import { timestamp } from '../timestamp.ts';
import { operator, type V1Parts } from './parts.ts';

const PAGE = 100;
const AccountId = Type.Object({ account_id: Type.String({ maxLength: 100 }) });

/** /api/v1/accounts, ours, for the operator: which accounts there are, and which of them are let in. */
export const accountStateRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { accounts } = parts;
  app.get(
    '/api/v1/accounts',
    {
      schema: {
        summary: 'The accounts of the installation (operator)',
        tags: ['registry'],
        querystring: AccountQuery,
        response: { 200: AccountList },
      },
      config: { needs: operator('tidegate.account.list', accounts) },
    },
    async ({ query: { start = '', limit = PAGE } }) => {
      const found = await accounts.list(start, limit);
      const first = await accounts.operators();
      const last = found.length === limit ? found.at(-1)?.id : undefined;
      return {
        accounts: found.map((account) => wireAccount(account, first)),
        ...(last === undefined ? {} : { next: last }),
      };
    },
  );

  app.get(
    '/api/v1/accounts/:account_id',
    {
      schema: {
        summary: 'An account (operator)',
        tags: ['registry'],
        params: AccountId,
        response: { 200: Account },
      },
      config: { needs: operator('tidegate.account.list', accounts) },
    },
    async ({ params }) => {
      const account = await accounts.find(params.account_id);
      if (!account)
        throw new RegistryError('NOT_FOUND', { message: `there is no account ${params.account_id}` });
      return wireAccount(account, await accounts.operators());
    },
  );
  changeRoutes(app, parts);
};

const changeRoutes = (app: JsonApp, { accounts }: V1Parts): void => {
  app.post(
    '/api/v1/accounts/:account_id/suspend',
    {
      schema: {
        summary:
          'Refuse every key, token and anonymous pull of an account from the next request on (operator)',
        tags: ['registry'],
        params: AccountId,
        body: AccountStateChange,
        response: { 200: Account },
      },
      config: { needs: operator('tidegate.account.suspend', accounts) },
    },
    async (request) => wireAccount(await accounts.suspend(...changeOf(request))),
  );

  app.post(
    '/api/v1/accounts/:account_id/resume',
    {
      schema: {
        summary: 'Let a suspended account in again; it is not deleted then (operator)',
        tags: ['registry'],
        params: AccountId,
        body: AccountStateChange,
        response: { 200: Account },
      },
      config: { needs: operator('tidegate.account.resume', accounts) },
    },
    async (request) => wireAccount(await accounts.resume(...changeOf(request))),
  );

  app.post(
    '/api/v1/accounts/:account_id/delete',
    {
      schema: {
        summary: 'Have a suspended account removed after seven days (operator)',
        tags: ['registry'],
        params: AccountId,
        body: AccountStateChange,
        response: { 202: Account },
      },
      config: { needs: operator('tidegate.account.delete', accounts) },
    },
    async (request, reply) => {
      reply.code(202);
      return wireAccount(await accounts.remove(...changeOf(request)));
    },
  );
};

type Changed = Pick<JsonRequest, 'raw'> & {
  readonly params: { readonly account_id: string };
  readonly body: AccountStateChange;
};

const changeOf = (request: Changed) =>
  [request.params.account_id, request.body.reason, actorOf(request)] as const;

const wireAccount = (account: Known, first?: string): Account => ({
  account_id: account.id,
  name: account.name,
  owner_iam_id: account.ownerIamId,
  state: account.isClearing ? 'REMOVING' : account.state,
  created_at: timestamp(account.createdAt),
  ...(account.id === first ? { first: true } : {}),
  ...(account.stateSince === undefined ? {} : { state_since: timestamp(account.stateSince) }),
  ...(account.stateBy === undefined ? {} : { state_by: account.stateBy }),
  ...(account.stateReason === undefined ? {} : { state_reason: account.stateReason }),
  ...(account.deleteAt === undefined ? {} : { delete_at: timestamp(account.deleteAt) }),
});
