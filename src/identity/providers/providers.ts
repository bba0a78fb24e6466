import * as oidc from 'openid-client';
import { type Clock, systemClock } from '../../clock.ts';
import type { Refresh } from '../federated-identities/refresh.ts';
import type { Issuers, PeopleIssuer } from '../issuers/issuers.ts';
import { type Person, personOf } from './person-claims.ts';
import { ProviderUnreachable, providerFetch } from './provider-fetch.ts';

const MINUTE = 60_000;
/** A discovery document is read again after this long; */
const DOCUMENT_AGE = 10 * MINUTE;
/** and after a failure not before this long. */
const COOLDOWN = 5000;
/** Characters of the longest refresh token that is kept. */
const LONGEST_TOKEN = 16_384;
/** Seconds by which the clock of a provider may be off. */
const TOLERANCE = 30;

/** A provider as a person chooses it. */
export interface ProviderChoice {
  readonly name: string;
  readonly label: string;
}

/** What this registry keeps of one attempt to sign in, to recognise its answer. */
export interface AttemptSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** What a sign-in at the provider brought. */
export interface ProviderSignIn {
  readonly person: Person;
  /** What asks the provider later whether the person is still there; undefined where it gives none. */
  readonly refreshToken: string | undefined;
  /** The provider's name of its own session, for its logout. */
  readonly sid: string | undefined;
  /** When the person gave the provider a password or the like, epoch milliseconds; where it says so. */
  readonly authTime: number | undefined;
}

/** Why a sign-in did not succeed. `refused`: what came back is not the answer to the attempt, or not of the provider. */
export class ProviderFault extends Error {
  readonly kind: 'refused' | 'denied' | 'unreachable';

  /** `denied`: the provider itself said no, in these words. */
  constructor(kind: ProviderFault['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

interface Document {
  readonly issuer: PeopleIssuer;
  readonly metadata: oidc.ServerMetadata;
  readonly at: number;
}

/**
 * The identity providers through which people sign in. No token of theirs leaves this process but a refresh token, which
 * is kept sealed.
 */
export class Providers {
  readonly #issuers: Issuers;
  readonly #clock: Clock;
  readonly #externalUrl: URL;
  readonly #documents = new Map<string, Document>();
  readonly #reading = new Map<string, Promise<Document>>();
  readonly #failed = new Map<string, { at: number; error: unknown }>();

  constructor(issuers: Issuers, clock: Clock, externalUrl: URL) {
    this.#issuers = issuers;
    this.#clock = clock;
    this.#externalUrl = externalUrl;
  }

  /** Those that people may choose now. */
  async choices(): Promise<ProviderChoice[]> {
    const issuers = await this.#issuers.allForPeople();
    return issuers.map(({ name, people }) => ({ name, label: people.label || name }));
  }

  /** Undefined where people do not sign in through an issuer of this name now. */
  issuer(name: string): Promise<PeopleIssuer | undefined> {
    return this.#issuers.forPeople(name);
  }

  /** The address at which the provider sends a person back. */
  callbackUrl(name: string): URL {
    return new URL(`/console/session/callback/${name}`, this.#externalUrl);
  }

  newAttempt(): AttemptSecrets {
    return {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
    };
  }

  /** Where a person is sent to sign in. Throws ProviderFault. */
  async authorizationUrl(issuer: PeopleIssuer, { state, nonce, verifier }: AttemptSecrets): Promise<URL> {
    const config = await this.#configuration(issuer);
    return oidc.buildAuthorizationUrl(config, {
      ...issuer.people.parameters,
      redirect_uri: this.callbackUrl(issuer.name).href,
      scope: issuer.people.scopes.join(' '),
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
  }

  /**
   * Exchanges what the provider sent a person back with. Its state, the provider's name, the nonce and the signature of the
   * ID token are verified. Throws ProviderFault.
   */
  async signIn(
    issuer: PeopleIssuer,
    answer: URLSearchParams,
    { state, nonce, verifier }: AttemptSecrets,
  ): Promise<ProviderSignIn> {
    const url = this.callbackUrl(issuer.name);
    url.search = answer.toString();
    try {
      const config = await this.#configuration(issuer);
      const tokens = await oidc.authorizationCodeGrant(config, url, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) throw new ProviderFault('refused', 'the provider sent no ID token');
      return {
        person: personOf(issuer, await this.#claims(issuer, config, claims, tokens.access_token)),
        refreshToken: tokens.refresh_token,
        sid: typeof claims.sid === 'string' && claims.sid.length <= 500 ? claims.sid : undefined,
        authTime: claims.auth_time === undefined ? undefined : claims.auth_time * 1000,
      };
    } catch (error) {
      throw faultOf(error);
    }
  }

  /** Asks whether a person is still there, and what holds of them now. The refresh token may be used up by it. */
  readonly refresh: Refresh = async (name, { refreshToken, subject }, keep) => {
    const issuer = await this.issuer(name);
    if (!issuer) return { outcome: 'unreachable', reason: `people do not sign in through ${name}` };
    try {
      const config = await this.#configuration(issuer);
      keepFirst(config, keep);
      const tokens = await oidc.refreshTokenGrant(config, refreshToken);
      const claims = tokens.claims();
      const told = await this.#toldAfterRefresh(issuer, config, claims, tokens.access_token);
      const person = told && personOf(issuer, told);
      if (person && person.subject !== subject)
        return { outcome: 'over', reason: 'the provider answered for another person' };
      return { outcome: 'there', claims: person?.claims, email: person?.email, name: person?.name };
    } catch (error) {
      const isOver = error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant';
      return { outcome: isOver ? 'over' : 'unreachable', reason: faultOf(error).message };
    }
  };

  /** A refresh often brings an ID token; where it does not, userinfo is asked. */
  async #toldAfterRefresh(
    issuer: PeopleIssuer,
    config: oidc.Configuration,
    claims: oidc.IDToken | undefined,
    accessToken: string,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    if (claims) return this.#claims(issuer, config, claims, accessToken);
    if (config.serverMetadata().userinfo_endpoint === undefined) return undefined;
    return oidc.fetchUserInfo(config, accessToken, oidc.skipSubjectCheck);
  }

  /** The ID token's claims; those of userinfo stand above them where the issuer is declared so. */
  async #claims(
    issuer: PeopleIssuer,
    config: oidc.Configuration,
    claims: oidc.IDToken,
    accessToken: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    if (!issuer.people.fromUserInfo) return claims;
    return { ...claims, ...(await oidc.fetchUserInfo(config, accessToken, claims.sub)) };
  }

  /** A new one each time: its keys are read when a signature is verified, so that new ones count at once. */
  async #configuration(issuer: PeopleIssuer): Promise<oidc.Configuration> {
    const { metadata } = await this.#document(issuer);
    const { clientId, clientSecret } = issuer.people;
    const config = new oidc.Configuration(
      metadata,
      clientId,
      {
        // the package itself goes by the clock of the machine
        [oidc.clockSkew]: Math.round((this.#clock.now() - systemClock.now()) / 1000),
        [oidc.clockTolerance]: TOLERANCE,
      },
      clientSecret === undefined ? oidc.None() : authentication(metadata, clientSecret()),
    );
    config[oidc.customFetch] = providerFetch(issuer.issuer);
    // otherwise the signature of ID tokens is not looked at
    oidc.enableNonRepudiationChecks(config);
    if (new URL(issuer.issuer).protocol === 'http:') oidc.allowInsecureRequests(config);
    return config;
  }

  /** Those who ask meanwhile wait for the same answer. A document that was read before serves while a new one cannot be had. */
  async #document(issuer: PeopleIssuer): Promise<Document> {
    const { name } = issuer;
    const known = this.#documents.get(name);
    const now = this.#clock.now();
    const isSame =
      known && String(known.issuer.keys) === String(issuer.keys) && known.metadata.issuer === issuer.issuer;
    if (isSame && now - known.at < DOCUMENT_AGE) return known;
    const failed = this.#failed.get(name);
    if (failed && now - failed.at < COOLDOWN && now >= failed.at) {
      if (isSame) return known;
      throw faultOf(failed.error);
    }
    let reading = this.#reading.get(name);
    if (!reading) {
      reading = this.#read(issuer).finally(() => this.#reading.delete(name));
      this.#reading.set(name, reading);
    }
    try {
      return await reading;
    } catch (error) {
      if (isSame) return known;
      throw faultOf(error);
    }
  }

  async #read(issuer: PeopleIssuer): Promise<Document> {
    try {
      if (!(issuer.keys instanceof URL)) throw new Error('the issuer has no discovery document');
      const ask = providerFetch(issuer.issuer);
      const response = await ask(issuer.keys.href, {
        method: 'GET',
        headers: { accept: 'application/json' },
        body: undefined,
        redirect: 'manual',
      });
      if (response.status !== 200)
        throw new ProviderUnreachable(`${issuer.keys.host} answered ${response.status}`);
      const metadata = (await response.json()) as oidc.ServerMetadata;
      if (metadata?.issuer !== issuer.issuer) throw new Error('the discovery document is of another issuer');
      const document = { issuer, metadata, at: this.#clock.now() };
      this.#documents.set(issuer.name, document);
      this.#failed.delete(issuer.name);
      return document;
    } catch (error) {
      this.#failed.set(issuer.name, { at: this.#clock.now(), error });
      throw error;
    }
  }
}

/** OpenID Connect Core, 9: client_secret_basic is what a provider takes that says nothing. */
const authentication = (metadata: oidc.ServerMetadata, secret: string): oidc.ClientAuth => {
  const methods = metadata.token_endpoint_auth_methods_supported;
  const isPost =
    methods && !methods.includes('client_secret_basic') && methods.includes('client_secret_post');
  return isPost ? oidc.ClientSecretPost(secret) : oidc.ClientSecretBasic(secret);
};

/** The next refresh token is kept before its answer is judged: what is wrong with an ID token must not lose it. */
const keepFirst = (config: oidc.Configuration, keep: (refreshToken: string) => Promise<void>): void => {
  const ask = config[oidc.customFetch];
  if (!ask) throw new Error('the requests of the client are not bounded');
  config[oidc.customFetch] = async (address, options) => {
    const response = await ask(address, options);
    if (address !== config.serverMetadata().token_endpoint || !response.ok) return response;
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => undefined);
    const next = (body as { refresh_token?: unknown } | null | undefined)?.refresh_token;
    if (typeof next === 'string' && next !== '' && next.length <= LONGEST_TOKEN) await keep(next);
    return response;
  };
};

/** Never with a text of the answer but the provider's error code: descriptions are written by who sent it. */
const faultOf = (error: unknown): ProviderFault => {
  if (error instanceof ProviderFault) return error;
  if (error instanceof oidc.AuthorizationResponseError)
    return new ProviderFault('denied', `the provider answered ${codeOf(error.error)}`, error);
  if (error instanceof oidc.ResponseBodyError)
    return new ProviderFault('refused', `the provider answered ${codeOf(error.error)}`, error);
  const unreachable = causes(error).find((each) => each instanceof ProviderUnreachable);
  if (unreachable) return new ProviderFault('unreachable', unreachable.message, error);
  return new ProviderFault(
    'refused',
    `the answer of the provider is not valid: ${(error as Error).message}`,
    error,
  );
};

const codeOf = (code: string): string => (/^[\w.-]{1,60}$/.test(code) ? code : 'an error');

const causes = (error: unknown): unknown[] => {
  const found: unknown[] = [];
  for (let each = error; each !== undefined && found.length < 5; each = (each as { cause?: unknown })?.cause)
    found.push(each);
  return found;
};
