import type { AccountSettings } from '../../identity/room.ts';
import type { JsonRequest } from '../json-app.ts';
import type { ActionNeeds } from '../needs.ts';

type Restrictable = 'restrictServiceIds' | 'restrictApiKeys';

const MADE: Readonly<Record<Restrictable, string>> = {
  restrictServiceIds: 'service IDs',
  restrictApiKeys: 'API keys of their own',
};

/**
 * What an account has restricted, only its Administrators may still make (IBM: those with a role for that alone).
 * `accountOf` answers the account where something is made, or undefined where nothing of the kind is.
 */
export const unlessRestricted = (
  what: Restrictable,
  settings: AccountSettings,
  accountOf: (request: JsonRequest) => Promise<string | undefined> | string | undefined,
): ActionNeeds<JsonRequest> => ({
  action: 'iam-identity.account.update',
  when: async (request) => {
    const accountId = await accountOf(request);
    return accountId !== undefined && (await settings.of(accountId))[what];
  },
  on: async (request) => {
    const accountId = await accountOf(request);
    return accountId === undefined ? undefined : { accountId };
  },
  saying: () => `the account's settings let only its Administrators make ${MADE[what]}`,
});
