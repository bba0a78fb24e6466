import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { OwnAccountList } from '../../wire/accounts.ts';
import type { JsonApp } from '../json-app.ts';
import { principalOf } from '../json-request.ts';
import type { V1Parts } from './parts.ts';

/** Accounts that one answer tells. */
const MOST = 200;
/** Accounts between two turns of the event loop. */
const AT_ONCE = 20;

/** GET /api/v1/accounts/mine, ours: where the caller may log in. */
export const ownAccountRoutes = (app: JsonApp, { accounts, users }: V1Parts): void => {
  app.get(
    '/api/v1/accounts/mine',
    {
      schema: {
        summary: 'The accounts of the caller: of a user those it is an active member of, else its own',
        tags: ['registry'],
        response: { 200: OwnAccountList },
      },
      config: { needs: 'signed-in' },
    },
    async (request) => {
      const { kind, iamId, accountId } = principalOf(request);
      const ids = kind === 'user' ? await users.accountsOf(iamId) : [accountId];
      const found: OwnAccountList['accounts'] = [];
      for (const [index, id] of ids.slice(0, MOST).entries()) {
        const account = await accounts.find(id);
        if (account)
          found.push({
            account_id: account.id,
            name: account.name,
            owner: kind === 'user' && account.ownerIamId === iamId,
            current: account.id === accountId,
            state: account.isClearing ? 'REMOVING' : account.state,
          });
        if (index % AT_ONCE === AT_ONCE - 1) await turnOfLoop();
      }
      return { accounts: found, total: ids.length };
    },
  );
};
