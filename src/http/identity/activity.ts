import { type Static, Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type {
  Inactive,
  InactiveApiKey,
  InactiveUser,
  ActivityReport as MadeReport,
} from '../../identity/room.ts';
import { ActivityReport, ReportAccount, ReportQuery, ReportReference } from '../../wire/activity-report.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf, callerOf } from '../json-request.ts';
import type { Needs } from '../needs.ts';
import { formatIamDate } from './iam-date.ts';
import type { IdentityParts } from './parts.ts';

const tags = ['iam'];
/** IBM's 30 days. */
const DURATION = 720;
const Reference = Type.Object({
  ...ReportAccount.properties,
  reference: Type.String({ maxLength: 100 }),
});

/** /v1/activity: which identities did not sign in for long. */
export const activityRoutes = (app: JsonApp, { identity: { reports } }: IdentityParts): void => {
  const needs: Needs = {
    action: 'iam-identity.activity.report',
    on: ({ params }) => ({ accountId: (params as Static<typeof ReportAccount>).account_id }),
  };

  app.post(
    '/v1/activity/accounts/:account_id/report',
    {
      schema: {
        summary: 'Ask for a report of inactive identities',
        tags,
        params: ReportAccount,
        querystring: ReportQuery,
        response: { 202: ReportReference },
      },
      config: { needs },
    },
    async (request, reply) => {
      const { duration = DURATION } = request.query;
      const actor = actorOf(request);
      const reference = await reports.create(request.params.account_id, duration, callerOf(request), actor);
      reply.code(202);
      return { reference };
    },
  );

  app.get(
    '/v1/activity/accounts/:account_id/report/:reference',
    {
      schema: {
        summary: 'A report of inactive identities; latest is the one asked for last',
        tags,
        params: Reference,
        response: { 200: ActivityReport },
      },
      config: { needs },
    },
    async (request) => {
      const report = await reports.read(request.params.account_id, request.params.reference);
      if (!report) throw new RegistryError('NOT_FOUND');
      return wireReport(report);
    },
  );
};

const wireReport = ({
  reference,
  duration,
  createdBy,
  start,
  end,
  users,
  apiKeys,
  serviceIds,
  profiles,
}: MadeReport): Static<typeof ActivityReport> => ({
  created_by: createdBy,
  reference,
  report_duration: String(duration),
  report_start_time: formatIamDate(start),
  report_end_time: formatIamDate(end),
  users: users.map((user) => ({ ...wireUser(user), ...lastAuthn(user) })),
  apikeys: apiKeys.map(wireKey),
  serviceids: serviceIds.map(wireEntity),
  profiles: profiles.map(wireEntity),
});

const lastAuthn = ({ lastAuthn: at }: Inactive): { last_authn?: string } =>
  at === undefined ? {} : { last_authn: formatIamDate(at) };

const wireEntity = (entity: Inactive): { id: string; name: string; last_authn?: string } => ({
  id: entity.id,
  name: entity.name,
  ...lastAuthn(entity),
});

const wireUser = ({
  id,
  name,
  userName,
  email,
}: InactiveUser): { iam_id: string; name: string; username: string; email: string } => ({
  iam_id: id,
  name,
  username: userName,
  email,
});

const wireKey = (key: InactiveApiKey): Static<typeof ActivityReport>['apikeys'][number] => {
  const { holder } = key;
  if (holder.kind === 'service-id')
    return { ...wireEntity(key), type: 'serviceid', serviceid: { id: holder.id, name: holder.name } };
  const unknown = { iam_id: holder.iamId, name: '', username: '', email: '' };
  return { ...wireEntity(key), type: 'user', user: holder.user ? wireUser(holder.user) : unknown };
};
