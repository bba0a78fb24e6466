/** Reports of inactive identities, /v1/activity. Source: IBM IAM Identity Services API, `Activity Operations`. */
import { type Static, Type } from 'typebox';
import { AccountId, IamDate } from './iam-entities.ts';

const LastAuthn = Type.Optional(IamDate);

const User = Type.Object({
  iam_id: Type.String(),
  name: Type.String(),
  username: Type.String(),
  email: Type.String(),
  last_authn: LastAuthn,
});

const Entity = Type.Object({ id: Type.String(), name: Type.String(), last_authn: LastAuthn });

const Key = Type.Object({
  id: Type.String(),
  name: Type.String(),
  type: Type.Union([Type.Literal('user'), Type.Literal('serviceid')]),
  serviceid: Type.Optional(Type.Object({ id: Type.String(), name: Type.String() })),
  user: Type.Optional(
    Type.Object({
      iam_id: Type.String(),
      name: Type.String(),
      username: Type.String(),
      email: Type.String(),
    }),
  ),
  last_authn: LastAuthn,
});

export const ActivityReport = Type.Object({
  created_by: Type.String(),
  reference: Type.String(),
  report_duration: Type.String({ description: 'Hours, as a string' }),
  report_start_time: IamDate,
  report_end_time: IamDate,
  users: Type.Array(User),
  apikeys: Type.Array(Key),
  serviceids: Type.Array(Entity),
  profiles: Type.Array(Entity),
});

export type ActivityReport = Static<typeof ActivityReport>;

export const ReportReference = Type.Object({ reference: Type.String() });
export const ReportAccount = Type.Object({ account_id: AccountId });
export const ReportQuery = Type.Object({
  type: Type.Optional(Type.Literal('inactive')),
  duration: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 87_600, description: 'Hours without a login; default 720' }),
  ),
});
