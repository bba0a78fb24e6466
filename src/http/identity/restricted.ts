import type { Action } from '../../access/room.ts';
import type { AccountSettings } from '../../identity/room.ts';
import type { JsonRequest } from '../json-app.ts';
import type { ActionNeeds } from '../needs.ts';

type Restrictable = 'restrictServiceIds' | 'restrictApiKeys';

const MADE: Readonly<Record<Restrictable, { action: Action; what: string; role: string }>> = {
  restrictServiceIds: {
    action: 'iam-identity.serviceid.createRestricted',
    what: 'service IDs',
    role: 'Service ID creator',
  },
  restrictApiKeys: {
    action: 'iam-identity.apikey.createRestricted',
    what: 'API keys of their own',
    role: 'User API key creator',
  },
};

/**
 * What an account has restricted, only its Administrators may still make, and those with a role for that, as at IBM.
 * `accountOf` answers the account where something is made, or undefined where nothing of the kind is.
 */
export const unlessRestricted = (
  what: Restrictable,
  settings: AccountSettings,
  accountOf: (request: JsonRequest) => Promise<string | undefined> | string | undefined,
): ActionNeeds<JsonRequest> => ({
  action: MADE[what].action,
  when: async (request) => {
    const accountId = await accountOf(request);
    return accountId !== undefined && (await settings.of(accountId))[what];
  },
  on: async (request) => {
    const accountId = await accountOf(request);
    return accountId === undefined ? undefined : { accountId };
  },
  saying: () =>
    `the account's settings let only its Administrators, and those with the role ${MADE[what].role}, make ${MADE[what].what}`,
});
