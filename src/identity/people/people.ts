import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { entityTagSeed } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import type { FederatedIdentities } from '../federated-identities/federated-identities.ts';
import { newIamId } from '../iam-ids.ts';
import type { Invitations } from '../invitations/invitations.ts';
import type { PeopleIssuer } from '../issuers/issuers.ts';
import type { ChainLink, Credential } from '../login/credential.ts';
import type { Arrival } from '../login/federated-logins.ts';
import type { Liveness } from '../login/liveness.ts';
import type { Passwords } from '../passwords/passwords.ts';
import type { Person } from '../providers/person-claims.ts';
import { ProviderFault, type ProviderSignIn, type Providers } from '../providers/providers.ts';
import { CONSOLE_CLIENT, type RefreshTokens } from '../sessions/refresh-tokens.ts';
import type { Purpose, SignInAttempt } from '../sign-in-attempts/sign-in-attempt.ts';
import type { SignInAttempts } from '../sign-in-attempts/sign-in-attempts.ts';
import type { NewSignIn } from '../sign-ins/new-sign-in.ts';
import type { Users } from '../users/users.ts';
import { faultOfSignUp } from './sign-up.ts';
import { acceptBySigningIn, type NewPerson, signInUser, signUpUser } from './writes.ts';

export interface PeopleParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly providers: Providers;
  readonly signInAttempts: SignInAttempts;
  readonly federatedIdentities: FederatedIdentities;
  readonly invitations: Invitations;
  readonly liveness: Liveness;
  readonly passwords: Passwords;
  readonly refreshTokens: RefreshTokens;
  readonly users: Users;
}

/** A browser on its way to a provider. */
export interface Departure {
  readonly location: URL;
  readonly state: string;
  /** What the browser has to bring back, and nothing else may read. */
  readonly cookie: string;
}

/** What a person who came back from a provider has now. */
export interface Arrived {
  readonly returnTo: string;
  /** Undefined where they were signed in before and linked the identity at the provider to that user. */
  readonly session: { readonly refreshToken: string; readonly credential: Credential } | undefined;
}

/**
 * People who sign in at an identity provider. Who that is stands in the issuer and its subject alone: an e-mail address ties no one
 * to a user.
 */
export class People {
  readonly #parts: PeopleParts;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** Sends a browser to a provider. Throws NOT_FOUND, PROVIDER_UNAVAILABLE, TOOMANYREQUESTS. */
  async depart(
    name: string,
    { purpose, returnTo, network }: { purpose: Purpose; returnTo: string; network: string },
  ): Promise<Departure> {
    const { providers, signInAttempts } = this.#parts;
    const issuer = await this.#issuer(name);
    const secrets = providers.newAttempt();
    const location = await providers.authorizationUrl(issuer, secrets).catch(refuse);
    const cookie = await signInAttempts.begin({ ...secrets, issuer: name, purpose, returnTo }, network);
    return { location, state: secrets.state, cookie };
  }

  /**
   * Throws DENIED where a login may not tie an identity to its user, or part them. An API key opens one account, an identity at a
   * provider all of them: a login by a key may do it only for a user who has nothing else to sign in with, and no other account.
   */
  async refuseLinking({ principal, chain }: Credential): Promise<void> {
    const { users, passwords, federatedIdentities } = this.#parts;
    if (principal.kind !== 'user') throw new RegistryError('DENIED');
    if (chain.some(({ kind }) => kind === 'password' || kind === 'sign-in')) return;
    const { iamId } = principal;
    const hasOther =
      (await users.accountsOf(iamId)).length > 1 ||
      (await passwords.has(iamId)) ||
      (await federatedIdentities.ofUser(iamId)).length > 0;
    if (hasOther)
      throw new RegistryError('DENIED', {
        message:
          'You signed in with an API key, which opens one account. Sign in with your password or through a linked provider to link an identity of a provider, or to unlink one.',
      });
  }

  /** Parts a user and an own identity at a provider. Throws NOT_FOUND, DENIED (`refuseLinking`), CONFLICT. */
  async unlink(id: string, login: Credential, actor: Actor): Promise<void> {
    const { federatedIdentities } = this.#parts;
    const iamId = login.principal.kind === 'user' ? login.principal.iamId : undefined;
    const own = iamId === undefined ? [] : await federatedIdentities.ofUser(iamId);
    if (iamId === undefined || !own.some((each) => each.id === id)) throw new RegistryError('NOT_FOUND');
    await this.refuseLinking(login);
    await federatedIdentities.unlink(id, iamId, actor);
  }

  /** Takes what a provider sent a browser back with. Throws SIGN_IN_…, PROVIDER_UNAVAILABLE, CONFLICT, CREDENTIAL_INVALID. */
  async arrive(
    name: string,
    { answer, cookie }: { answer: URLSearchParams; cookie: string | undefined },
    arrival: Arrival,
  ): Promise<Arrived> {
    const { providers, signInAttempts } = this.#parts;
    const attempt = await signInAttempts.take(answer.get('state') ?? '', cookie);
    // an answer of one provider must not be taken for another's
    if (attempt.issuer !== name)
      throw new RegistryError('SIGN_IN_INVALID', { reason: `the attempt was for ${attempt.issuer}` });
    const issuer = await this.#issuer(name);
    const found = await providers.signIn(issuer, answer, attempt).catch(refuse);
    return this.#arrived(issuer, attempt, found, arrival);
  }

  async #arrived(
    issuer: PeopleIssuer,
    { purpose, returnTo }: SignInAttempt,
    found: ProviderSignIn,
    arrival: Arrival,
  ): Promise<Arrived> {
    const { federatedIdentities } = this.#parts;
    const { person, ...rest } = found;
    const signIn = await federatedIdentities.arrival({ ...person, ...rest });
    if (purpose.kind === 'link') {
      await this.#link(purpose, signIn, arrival.actor);
      return { returnTo, session: undefined };
    }
    const credential =
      purpose.kind === 'invitation'
        ? await this.#accept(purpose.code, person, signIn, arrival)
        : await this.#signIn(issuer, person, signIn, arrival);
    return { returnTo, session: await this.#session(credential) };
  }

  /** The login that began it must still be alive. */
  async #link(
    { principal, chain }: Extract<Purpose, { kind: 'link' }>,
    signIn: NewSignIn,
    actor: Actor,
  ): Promise<void> {
    const { database, liveness } = this.#parts;
    const fault = await liveness.fault(principal, chain);
    if (fault) throw new RegistryError('CREDENTIAL_INVALID', { reason: fault });
    const { iamId, accountId } = principal;
    await database.write(signInUser, { arrival: signIn, iamId, accountId, links: true, actor });
  }

  async #signIn(
    issuer: PeopleIssuer,
    person: Person,
    signIn: NewSignIn,
    arrival: Arrival,
  ): Promise<Credential> {
    const { database, federatedIdentities } = this.#parts;
    const known = await federatedIdentities.find(issuer.name, person.subject);
    const { actor } = arrival;
    if (known) {
      const accountId = await this.#accountOf(known.iamId);
      const credential = await this.#credential(known.iamId, accountId, signIn);
      await arrival.admit(credential);
      await database.write(signInUser, {
        arrival: signIn,
        iamId: known.iamId,
        accountId,
        links: false,
        actor,
      });
      return credential;
    }
    const fault = faultOfSignUp(issuer, person);
    const account = issuer.people.signUp?.account;
    if (fault || account === undefined)
      throw new RegistryError('SIGN_IN_STRANGER', fault === undefined ? {} : { reason: fault });
    const newcomer = newcomerOf(person);
    await arrival.admit(credentialOf(newcomer.iamId, account, []));
    const { iamId } = await database.write(signUpUser, {
      arrival: signIn,
      accountId: account,
      person: newcomer,
      actor,
    });
    return this.#credential(iamId, iamId === newcomer.iamId ? account : await this.#accountOf(iamId), signIn);
  }

  async #accept(code: string, person: Person, signIn: NewSignIn, arrival: Arrival): Promise<Credential> {
    const { database, invitations, clock } = this.#parts;
    const invitation = await invitations.find(code);
    const { accountId, id, codeId, email } = invitation;
    await arrival.admit(credentialOf(id, accountId, []));
    const newcomer = { email, firstName: person.firstName, lastName: person.lastName, password: undefined };
    const acceptance = {
      ...{ codeId, accountId, id },
      by: { iamId: await invitations.newcomerId(invitation), newcomer },
      at: clock.now(),
      seed: entityTagSeed(),
      actor: arrival.actor,
    };
    const done = await database.write(acceptBySigningIn, { arrival: signIn, acceptance });
    if (!done)
      throw new RegistryError('CREDENTIAL_INVALID', { reason: 'the invitation was used or withdrawn' });
    return this.#credential(done.iamId, accountId, signIn);
  }

  /** The account joined first in which the user is alive. */
  async #accountOf(iamId: string): Promise<string> {
    const { users, liveness } = this.#parts;
    for (const accountId of await users.accountsOf(iamId))
      if (!(await liveness.principalFault({ kind: 'user', iamId, accountId }))) return accountId;
    throw new RegistryError('ACCOUNT_UNAUTHORIZED', {
      message: 'The user is not an active member of any account.',
    });
  }

  async #credential(iamId: string, accountId: string, { id, issuerLink }: NewSignIn): Promise<Credential> {
    const member = await this.#parts.liveness.memberLink(accountId, iamId);
    return credentialOf(iamId, accountId, [
      { kind: 'sign-in', id },
      { kind: 'issuer', id: issuerLink },
      ...(member ? [member] : []),
    ]);
  }

  async #session(credential: Credential): Promise<Arrived['session']> {
    const { liveness, refreshTokens } = this.#parts;
    const { principal, chain } = credential;
    if (principal.kind !== 'user') throw new Error('only people sign in at providers');
    const fault = await liveness.fault(principal, chain);
    if (fault) throw new RegistryError('CREDENTIAL_INVALID', { reason: fault });
    const identity = { ...principal, kind: principal.kind };
    const { refreshToken } = await refreshTokens.issue({ identity, clientId: CONSOLE_CLIENT, chain });
    return { refreshToken, credential };
  }

  async #issuer(name: string): Promise<PeopleIssuer> {
    const issuer = await this.#parts.providers.issuer(name);
    if (issuer) return issuer;
    throw new RegistryError('NOT_FOUND', {
      message: 'People do not sign in through an issuer of this name.',
    });
  }
}

const credentialOf = (iamId: string, accountId: string, chain: readonly ChainLink[]): Credential => ({
  kind: 'sign-in',
  principal: { kind: 'user', iamId, accountId },
  chain,
  expiresAt: undefined,
});

const newcomerOf = ({ email, isEmailVerified, firstName, lastName, name }: Person): NewPerson => ({
  iamId: newIamId(),
  email: isEmailVerified ? (email ?? '') : '',
  firstName: firstName || (lastName ? '' : (name ?? '').slice(0, 100)),
  lastName,
});

/** What people read says what to do, the log says what happened. */
const refuse = (error: unknown): never => {
  if (!(error instanceof ProviderFault)) throw error;
  throw new RegistryError(FAULTS[error.kind], { reason: error.message });
};

const FAULTS = {
  unreachable: 'PROVIDER_UNAVAILABLE',
  denied: 'SIGN_IN_DENIED',
  refused: 'SIGN_IN_INVALID',
} as const;
