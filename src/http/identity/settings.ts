import { type Static, Type } from 'typebox';
import { AccountId } from '../../wire/iam-entities.ts';
import { EffectiveSettings, IdentitySettings, IdentitySettingsUpdate } from '../../wire/identity-settings.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf, callerOf, ifMatchOf } from '../json-request.ts';
import type { Needs } from '../needs.ts';
import { contextOf, GetQuery, historyOf, withTag } from './entities.ts';
import type { IdentityParts } from './parts.ts';
import { changesOf, wireSettings, wireValues } from './settings-wire.ts';

const Params = Type.Object({ account_id: AccountId });
const tags = ['iam'];

/** /v1/accounts/{id}/settings/identity and what of it is in force. */
export const settingsRoutes = (app: JsonApp, parts: IdentityParts): void => {
  const { clock } = parts;
  const { settings } = parts.identity;
  const needs = (verb: 'get' | 'update'): Needs => ({
    action: `iam-identity.account.${verb}`,
    on: ({ params }) => ({ accountId: (params as Static<typeof Params>).account_id }),
  });

  app.get(
    '/v1/accounts/:account_id/settings/identity',
    {
      schema: {
        summary: "An account's identity settings",
        tags,
        params: Params,
        querystring: GetQuery,
        response: { 200: IdentitySettings },
      },
      config: { needs: needs('get') },
    },
    async (request, reply) => {
      const { account_id: id } = request.params;
      const found = await settings.read(id);
      withTag(reply, found.entityTag);
      const history = await historyOf(request, id, id, parts);
      return { context: contextOf(request, clock), ...wireSettings(id, found), ...history };
    },
  );

  app.put(
    '/v1/accounts/:account_id/settings/identity',
    {
      schema: {
        summary: "Change an account's identity settings; they hold from the next request on",
        tags,
        params: Params,
        body: IdentitySettingsUpdate,
        response: { 200: IdentitySettings },
      },
      config: { needs: needs('update') },
    },
    async (request, reply) => {
      const { account_id: accountId } = request.params;
      const changes = changesOf(request.body);
      const changed = await settings.update({
        accountId,
        changes,
        ifMatch: ifMatchOf(request),
        by: callerOf(request),
        actor: actorOf(request),
      });
      withTag(reply, changed.entityTag);
      return { context: contextOf(request, clock), ...wireSettings(accountId, changed) };
    },
  );

  app.get(
    '/v1/accounts/:account_id/effective_settings/identity',
    {
      schema: {
        summary: 'What of them is in force: all, as there are no enterprises above accounts',
        tags,
        params: Params,
        response: { 200: EffectiveSettings },
      },
      config: { needs: needs('get') },
    },
    async (request) => {
      const { account_id: accountId } = request.params;
      const found = await settings.read(accountId);
      return {
        context: contextOf(request, clock),
        account_id: accountId,
        effective: wireValues(found.settings),
        account: wireSettings(accountId, found),
        assigned_templates: [],
      };
    },
  );
};
