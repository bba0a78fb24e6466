import { AuditSettings } from '../../wire/audit.ts';
import type { JsonApp } from '../json-app.ts';
import { accountOf, actorOf } from '../json-request.ts';
import type { AuditParts } from './parts.ts';

/** /api/v1/audit/settings: what an account wants to have recorded. Ours. */
export const auditSettingsRoutes = (app: JsonApp, { events: { settings } }: AuditParts): void => {
  app.get(
    '/api/v1/audit/settings',
    {
      schema: {
        summary: "The account's settings of the audit log",
        tags: ['audit'],
        response: { 200: AuditSettings },
      },
      config: {
        needs: {
          action: 'iam-access-management.audit.list',
          on: (request) => ({ accountId: accountOf(request) }),
        },
      },
    },
    async (request) => ({ pulls: await settings.pulls(accountOf(request)) }),
  );

  app.put(
    '/api/v1/audit/settings',
    {
      schema: {
        summary: "Set the account's settings of the audit log",
        tags: ['audit'],
        body: AuditSettings,
        response: { 200: AuditSettings },
      },
      config: {
        needs: {
          action: 'iam-access-management.audit.set',
          on: (request) => ({ accountId: accountOf(request) }),
        },
      },
    },
    async (request) => {
      await settings.setPulls(accountOf(request), request.body.pulls, actorOf(request));
      return { pulls: request.body.pulls };
    },
  );
};
