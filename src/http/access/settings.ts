import { Type } from 'typebox';
import { PUBLIC_ACCESS, type StoredSettings } from '../../access/room.ts';
import { AccountQuery, GroupSettings, GroupSettingsChange } from '../../wire/access-groups.ts';
import { AccessSettings, AccessSettingsChange } from '../../wire/access-settings.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountOf, ifMatchOf } from '../json-request.ts';
import { timestamp } from '../timestamp.ts';
import { type AccessParts, authorOf, ownAccount } from './parts.ts';

const AccountId = Type.Object({ account_id: Type.String({ maxLength: 100 }) });
const tags = ['access'];
const MANAGEMENT = '/v1/accounts/:account_id/settings/access_management';

/** Settings of access groups and of access management. */
export const settingsRoutes = (app: JsonApp, { settings }: AccessParts): void => {
  app.get(
    '/v2/groups/settings',
    {
      schema: {
        summary: 'Whether the group Public Access counts',
        tags,
        querystring: AccountQuery,
        response: { 200: GroupSettings },
      },
      config: {
        needs: {
          action: 'iam-groups.account-settings.read',
          on: (request) => ({ accountId: accountAsked(request) }),
        },
      },
    },
    async (request) => {
      const accountId = accountAsked(request);
      return groupWire(accountId, await settings.read(accountId, 'access_groups'));
    },
  );

  app.patch(
    '/v2/groups/settings',
    {
      schema: {
        summary: 'Switch the group Public Access on or off',
        tags,
        querystring: AccountQuery,
        body: GroupSettingsChange,
        response: { 200: GroupSettings },
      },
      config: {
        needs: {
          action: 'iam-groups.account-settings.update',
          on: (request) => ({ accountId: accountAsked(request) }),
          // switching it on gives everyone what its policies say
          reaching: () => [PUBLIC_ACCESS],
        },
      },
    },
    async (request) => {
      const accountId = accountAsked(request);
      const { public_access_enabled: enabled } = request.body;
      const set = enabled === undefined ? {} : { public_access_enabled: enabled };
      return groupWire(
        accountId,
        await settings.change(accountId, 'access_groups', set, '*', authorOf(request)),
      );
    },
  );

  app.get(
    MANAGEMENT,
    {
      schema: {
        summary: "The account's access management settings",
        tags,
        params: AccountId,
        response: { 200: AccessSettings },
      },
      config: {
        needs: { action: 'iam-access-management.settings.get', hide: true, on: ofAccount },
      },
    },
    async (request, reply) => {
      const stored = await settings.read(request.params.account_id, 'access_management');
      reply.header('ETag', stored.entityTag);
      return managementWire(stored);
    },
  );

  app.patch(
    MANAGEMENT,
    {
      schema: {
        summary: "Change the account's access management settings (If-Match)",
        tags,
        params: AccountId,
        body: AccessSettingsChange,
        response: { 200: AccessSettings },
      },
      config: {
        needs: { action: 'iam-access-management.settings.update', hide: true, on: ofAccount },
      },
    },
    async (request, reply) => {
      const { account_id: accountId } = request.params;
      const before = await settings.read(accountId, 'access_management');
      const given = request.body.external_account_identity_interaction?.identity_types ?? {};
      const identity_types = {
        ...managementWire(before).external_account_identity_interaction.identity_types,
        ...given,
      };
      const set = { external_account_identity_interaction: { identity_types } };
      const author = authorOf(request);
      const after = await settings.change(accountId, 'access_management', set, ifMatchOf(request), author);
      reply.header('ETag', after.entityTag);
      return managementWire(after);
    },
  );
};

const accountAsked = (request: RequestHead): string =>
  ownAccount(request, (request.query as { account_id?: string }).account_id);

const ofAccount = (request: RequestHead): { accountId: string } | undefined => {
  const { account_id: accountId } = request.params as { account_id: string };
  return accountOf(request) === accountId ? { accountId } : undefined;
};

const groupWire = (accountId: string, stored: StoredSettings): GroupSettings => ({
  account_id: accountId,
  ...(stored.modifiedAt === undefined ? {} : { last_modified_at: timestamp(stored.modifiedAt) }),
  ...(stored.modifiedBy === undefined ? {} : { last_modified_by_id: stored.modifiedBy }),
  public_access_enabled: stored.document.public_access_enabled !== false,
});

/** No policy here lets in an identity of another account, so these settings are kept and shown, and change nothing. */
const UNCHANGED = { state: 'limited', external_allowed_accounts: [] } as const;

const managementWire = ({ document }: StoredSettings): AccessSettings => {
  const stored = document as Partial<AccessSettings>;
  return {
    external_account_identity_interaction: {
      identity_types: {
        user: { ...UNCHANGED, external_allowed_accounts: [] },
        service_id: { ...UNCHANGED, external_allowed_accounts: [] },
        service: { ...UNCHANGED, external_allowed_accounts: [] },
        ...stored.external_account_identity_interaction?.identity_types,
      },
    },
  };
};
