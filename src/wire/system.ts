/** The installation and the replica that answers, /api/v1/system: Tidegate's own, for its operator. Times are RFC 3339. */
import { type Static, Type } from 'typebox';

const Time = Type.String({ format: 'date-time' });
const Count = Type.Integer({ minimum: 0 });

/** What the replica that answers does from time to time. A job of the installation runs on one replica at a time. */
export const SystemJob = Type.Object({
  name: Type.String(),
  /** How often, in seconds. */
  period: Type.Number({ minimum: 0 }),
  of: Type.Union([Type.Literal('process'), Type.Literal('installation')]),
  /** Here; absent where it has not come to its end here since the start. */
  last_success_at: Type.Optional(Time),
  last_failure_at: Type.Optional(Time),
  /** One after the other, since the last success here. */
  failures: Count,
  reason: Type.Optional(Type.String()),
});
export type SystemJob = Static<typeof SystemJob>;

export const System = Type.Object({
  version: Type.String(),
  started_at: Time,
  /** The replica that answers, as the audit log names it. */
  replica: Type.String(),
  /** All that work on the database now, this one with them. */
  replicas: Type.Integer({ minimum: 1 }),
  database: Type.Union([Type.Literal('sqlite'), Type.Literal('postgresql')]),
  jobs: Type.Array(SystemJob),
});
export type System = Static<typeof System>;
