import { type Job, untilDone } from '../job.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const BATCH = 100;

/** What has rows that end: removes at most `limit` of them, answers how many it removed. */
interface Expiring {
  expire(limit: number): Promise<number>;
}

interface IdentityJobs {
  readonly activity: { flush(): Promise<void> };
  readonly registryTokens: Expiring;
  readonly apiKeys: Expiring;
  readonly sessions: Expiring;
  readonly federatedSessions: Expiring;
  readonly codes: Expiring;
  readonly deviceLogins: Expiring;
  readonly loginGrants: Expiring;
  readonly signIns: Expiring;
  readonly signInAttempts: Expiring;
  readonly logoutTokens: Expiring;
  readonly checks: { run(limit: number): Promise<number> };
  readIssuers(): Promise<void>;
}

/** What identities need from time to time. */
export const identityJobs = (of: IdentityJobs): readonly Job[] => [
  { name: 'read-issuers', period: SECOND / 2, of: 'process', run: of.readIssuers },
  { name: 'record-activity', period: 15 * SECOND, of: 'process', run: () => of.activity.flush() },
  expiring('expire-registry-tokens', MINUTE, of.registryTokens),
  expiring('expire-api-keys', 60 * MINUTE, of.apiKeys),
  expiring('expire-sessions', 10 * MINUTE, of.sessions),
  expiring('expire-federated-sessions', 10 * MINUTE, of.federatedSessions),
  expiring('expire-one-time-codes', 10 * MINUTE, of.codes),
  expiring('expire-device-logins', 10 * MINUTE, of.deviceLogins),
  expiring('expire-login-grants', 10 * MINUTE, of.loginGrants),
  expiring('expire-sign-in-attempts', 10 * MINUTE, of.signInAttempts),
  expiring('expire-sign-ins', 10 * MINUTE, of.signIns),
  expiring('expire-logout-tokens', 10 * MINUTE, of.logoutTokens),
  {
    name: 'check-federated-identities',
    period: 15 * SECOND,
    of: 'installation',
    run: untilDone(BATCH, (limit) => of.checks.run(limit)),
  },
];

const expiring = (name: string, period: number, rows: Expiring): Job => ({
  name,
  period,
  of: 'installation',
  run: untilDone(BATCH, (limit) => rows.expire(limit)),
});
