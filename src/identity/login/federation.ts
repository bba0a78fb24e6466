import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { Log } from '../../observe/log.ts';
import { Checks } from '../federated-identities/checks.ts';
import { FederatedIdentities } from '../federated-identities/federated-identities.ts';
import { FederatedSessions } from '../federated-sessions/federated-sessions.ts';
import { type IssuerSource, NO_ISSUERS } from '../issuers/issuer.ts';
import { Issuers } from '../issuers/issuers.ts';
import { WorkloadTokens } from '../issuers/workload-tokens.ts';
import type { MasterKey } from '../master-key.ts';
import { Providers } from '../providers/providers.ts';
import type { AccountSettings } from '../settings/account-settings.ts';
import { SignInAttempts } from '../sign-in-attempts/sign-in-attempts.ts';
import { LogoutTokens } from '../sign-ins/logout-tokens.ts';
import { SignIns } from '../sign-ins/sign-ins.ts';

export interface FederationParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly masterKey: MasterKey;
  /** What this registry's own tokens name as their issuer. */
  readonly issuer: string;
  /** Where the declared issuers are read from; none without it. */
  readonly issuers: IssuerSource | undefined;
}

/** The declared issuers, their tokens, the sessions that came from those, and people who sign in there. */
export const openFederation = async (parts: FederationParts, settings: AccountSettings) => {
  const { database, clock, log, issuer, issuers: source, masterKey } = parts;
  const issuers = new Issuers(database, clock, source ?? NO_ISSUERS);
  const readIssuers = async (): Promise<void> => {
    const fault = await issuers.readAgain();
    if (fault)
      log.error({ fault }, 'TIDEGATE_ISSUERS_FILE could not be read again; what it said before holds');
  };
  await readIssuers();
  if (issuers.isDeclared(issuer))
    throw new Error('TIDEGATE_ISSUERS_FILE names this registry itself as an issuer');
  const engine = { database, clock, masterKey, issuers };
  // this registry's own issuer is below the address that clients use
  const providers = new Providers(issuers, clock, new URL(issuer));
  const checks = new Checks({ ...engine, log, refresh: providers.refresh });
  return {
    issuers,
    checks,
    federatedIdentities: new FederatedIdentities({ ...engine, settings, checks }),
    signIns: new SignIns(database, clock),
    logoutTokens: new LogoutTokens(database, clock, issuers),
    workloadTokens: new WorkloadTokens(issuers, clock),
    providers,
    signInAttempts: new SignInAttempts(database, masterKey, clock),
    federatedSessions: new FederatedSessions(database, clock),
    readIssuers,
  };
};
