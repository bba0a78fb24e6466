import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { CollectedEvents } from '../audit/events/room.ts';
import type { Clock } from '../clock.ts';
import { ERRORS, type ErrorCode, RegistryError } from '../errors.ts';
import {
  type AccountSettings,
  type Arrival,
  type Credential,
  type GivenPassword,
  refusedOf,
} from '../identity/room.ts';
import type { Metrics } from '../observe/metrics.ts';
import { accountOf } from '../principal.ts';
import { networkOf } from './network.ts';
import type { Request } from './request.ts';

/** Different wrong secrets one address may try for one claimed name in a window before it is told to wait. */
const FREE_GUESSES = 20;
const WINDOW = 60_000;
/** Networks from which wrong secrets come that the audit log names in a minute. */
const NAMED_NETWORKS = 50;
const LOGIN = 'iam-identity.credential.login';
/** Milliseconds after which a password that found no place is refused: a connection that asks again at once would only cost. */
const HELD_BACK = 1000;

/**
 * Throttles the guesser, not the account: the secret is verified first, and one that verifies is never delayed or
 * refused; only wrong ones count, per client address and claimed name. A machine that goes on using one key that was
 * deleted does not guess: the same wrong secret counts once.
 */
export class LoginGuard {
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #settings: AccountSettings;
  readonly #events: Pick<CollectedEvents, 'note'>;
  /** Networks that events of this minute name. */
  readonly #named = { until: 0, networks: new Set<string>() };
  /** Names for which a password is being checked, of networks that have no free guesses left for them. */
  readonly #underway = new Set<string>();
  readonly #failures = new LRUCache<string, { guesses: Set<string>; until: number }>({
    maxSize: 50_000,
    sizeCalculation: () => 1,
  });

  constructor(
    clock: Clock,
    metrics: Metrics,
    settings: AccountSettings,
    events: Pick<CollectedEvents, 'note'>,
  ) {
    this.#events = events;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#settings = settings;
  }

  /**
   * A login: verifies a secret, and that its account allows a login from the address of the request. A refusal beyond the
   * free ones becomes TOOMANYREQUESTS.
   */
  attempt<Result extends Credential | { readonly credential: Credential }>(
    request: Request,
    claimed: string,
    secret: string,
    verify: () => Promise<Result>,
  ): Promise<Result> {
    return this.guess(request, claimed, secret, async () => {
      const result = await verify();
      await this.admit(request, 'credential' in result ? result.credential : result);
      return result;
    });
  }

  /** Where a login comes from, for what is written when it succeeds. */
  arrival(request: Request): Arrival {
    return { actor: request.actor, admit: (credential) => this.admit(request, credential) };
  }

  /** Throws CREDENTIAL_INVALID where an account of the credential allows no login from the address of the request. */
  async admit({ address }: Request, credential: Credential): Promise<void> {
    const { principal, from } = credential;
    for (const accountId of new Set([accountOf(principal), from])) {
      if (accountId === undefined || (await this.#settings.of(accountId)).admits(address)) continue;
      const fault = `the account does not allow logging in from ${address ?? 'an unknown address'}`;
      throw new RegistryError('CREDENTIAL_INVALID', {
        message: `${ERRORS.CREDENTIAL_INVALID.message} (${fault})`,
        reason: fault,
        refused: refusedOf(credential),
      });
    }
  }

  /** A secret that is tried for something else than to log in. */
  async guess<Result>(
    request: Request,
    claimed: string,
    secret: string,
    verify: () => Promise<Result>,
  ): Promise<Result> {
    try {
      const result = await verify();
      this.#metrics.login(kindOf(claimed), 'valid');
      return result;
    } catch (error) {
      if (!(error instanceof RegistryError) || !GUESSED.has(error.code)) throw error;
      this.#metrics.login(kindOf(claimed), 'refused');
      this.#note(request, claimed, error);
      this.#count(keyOf(networkOf(request.address), claimed), secret, error);
      throw error;
    }
  }

  /**
   * A password, which costs a hash to verify. An address that has used up its free guesses for a name has one verified at a
   * time: more are refused before they are hashed. So a guesser does not hold the places of others, and the right one is
   * still let in.
   */
  async password<Result>(
    request: Request,
    claimed: string,
    password: string,
    verify: (given: GivenPassword) => Promise<Result>,
  ): Promise<Result> {
    const network = networkOf(request.address);
    const check = () => this.guess(request, claimed, password, () => verify({ password, network }));
    try {
      return await this.#oneAtATime(keyOf(network, claimed), check);
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'TOOMANYREQUESTS') await sleep(HELD_BACK);
      throw error;
    }
  }

  async #oneAtATime<Result>(key: string, check: () => Promise<Result>): Promise<Result> {
    if (!this.#isSpent(key)) return check();
    if (this.#underway.has(key)) throw tooManyGuesses('another password is being checked');
    this.#underway.add(key);
    try {
      return await check();
    } finally {
      this.#underway.delete(key);
    }
  }

  #isSpent(key: string): boolean {
    const known = this.#failures.get(key);
    return known !== undefined && known.until > this.#clock.now() && known.guesses.size > FREE_GUESSES;
  }

  /**
   * An event of the account whose credential it is, or of the installation: there one for a network, a minute and a kind of
   * secret. Nothing that the client chose stands in it.
   */
  #note(request: Request, claimed: string, { code, status, reason, message, refused }: RegistryError): void {
    const failed = { action: LOGIN, outcome: 'failure', status } as const;
    if (refused?.accountId === undefined) {
      const target = this.#nameOf(networkOf(request.address));
      const told = { target, reference: kindOf(claimed), reason: ERRORS[code].message };
      this.#events.note(request.actor, { ...failed, ...told, accountId: null });
      return;
    }
    const { accountId, principal, credentialId } = refused;
    const actor = { ...request.actor, principal, credentialId };
    const target = credentialId ?? principal;
    this.#events.note(actor, { ...failed, accountId, target, reason: reason ?? message });
  }

  /** A network, as long as few are named in this minute: who has many addresses must not fill the log. */
  #nameOf(network: string): string {
    const now = this.#clock.now();
    if (now >= this.#named.until) {
      this.#named.networks.clear();
      this.#named.until = now + WINDOW;
    }
    const { networks } = this.#named;
    if (networks.size < NAMED_NETWORKS) networks.add(network);
    return networks.has(network) ? network : 'other addresses';
  }

  #count(key: string, secret: string, cause: RegistryError): void {
    const now = this.#clock.now();
    const known = this.#failures.get(key);
    const failures = known && known.until > now ? known : { guesses: new Set<string>(), until: now + WINDOW };
    if (failures.guesses.size <= FREE_GUESSES) failures.guesses.add(hash('sha256', secret).slice(0, 16));
    this.#failures.set(key, failures);
    if (failures.guesses.size <= FREE_GUESSES) return;
    throw tooManyGuesses(cause.reason ?? cause.message);
  }
}

const tooManyGuesses = (reason: string): RegistryError =>
  new RegistryError('TOOMANYREQUESTS', {
    message: 'too many wrong credentials from this address; wait a minute, or use a valid one',
    reason,
  });

/** Whose guesses are counted together. */
const keyOf = (network: string, claimed: string): string => `${network}\0${nameOf(claimed)}`;

/** How a wrong secret is refused; other refusals are not guesses. */
const GUESSED: ReadonlySet<ErrorCode> = new Set([
  'CREDENTIAL_INVALID',
  'REFRESH_TOKEN_INVALID',
  'PASSWORD_INVALID',
  'GRANT_INVALID',
  'USER_CODE_INVALID',
]);

const KINDS = new Set([
  'iamapikey',
  'iambearer',
  'iamrefresh',
  'apikey-grant',
  'refresh-grant',
  'passcode-grant',
  'login-code-grant',
  'device-code-grant',
  'user-code',
  'assume-grant',
  'cr-token-grant',
  'token-exchange-grant',
]);

/** What is guessed at. Any trusted profile's id may stand beside the same API key: all of them are one name. */
const nameOf = (claimed: string): string =>
  claimed.startsWith('Profile-') ? 'Profile' : claimed.slice(0, 100);

/** A metric label is never a text that a client chose. */
const kindOf = (claimed: string): string => (KINDS.has(claimed) ? claimed : 'other');
