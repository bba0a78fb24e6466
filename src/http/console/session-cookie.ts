import { hash } from 'node:crypto';
import { RegistryError } from '../../errors.ts';
import { CONSOLE_CLIENT, type RefreshCredential } from '../../identity/room.ts';
import type { Identity } from '../../principal.ts';
import type { IdentityParts } from '../identity/parts.ts';
import type { JsonReply, JsonRequest } from '../json-app.ts';
import { isBackground } from '../json-request.ts';
import type { Origin } from '../origin.ts';
import { refuseForeignForm } from './pages/own-forms.ts';

export interface BrowserParts extends Pick<IdentityParts, 'identity' | 'guard' | 'externalUrl'> {
  readonly origin: Origin;
}

/** A session's cookie is sent by our own pages alone; an attempt's must come back with a browser that a provider sends. */
interface Cookie {
  readonly name: string;
  readonly sameSite: 'Strict' | 'Lax';
}

const SESSION: Cookie = { name: 'tidegate', sameSite: 'Strict' };

/** Each attempt has its own, so that two tabs do not take each other's. */
const attemptCookie = (state: string): Cookie => ({
  name: `tidegate-sign-in-${hash('sha256', state).slice(0, 16)}`,
  sameSite: 'Lax',
});

/** Seconds an attempt may take. */
const ATTEMPT = 600;

/** A person's login in a browser. */
export interface SignedInPerson extends RefreshCredential {
  readonly principal: Identity & { readonly kind: 'user' };
}

/** Browsers in which people are signed in. Nothing but what lies below /console/ reads a cookie. */
export class BrowserSessions {
  readonly #parts: BrowserParts;

  constructor(parts: BrowserParts) {
    this.#parts = parts;
  }

  /** Who is signed in in the browser that asks; undefined where no one is. */
  async signedIn(request: JsonRequest): Promise<SignedInPerson | undefined> {
    const credential = await this.#credential(request);
    return credential && this.#admitted(request, credential);
  }

  /**
   * The same in an account of the person that a page has shown: the cookie's may be another one meanwhile, by another tab.
   * Throws ACCOUNT_UNAUTHORIZED where they are no member of it, or not any more.
   */
  async signedInAt(request: JsonRequest, account: string): Promise<SignedInPerson | undefined> {
    const credential = await this.#credential(request);
    if (!credential || !isPerson(credential)) return undefined;
    const isElsewhere = credential.principal.accountId !== account;
    const { credentials } = this.#parts.identity;
    const there = isElsewhere ? await credentials.inAccount(credential, account) : credential;
    return this.#admitted(request, there);
  }

  async #credential(request: JsonRequest): Promise<RefreshCredential | undefined> {
    const token = this.token(request);
    if (token === undefined) return undefined;
    const { credentials } = this.#parts.identity;
    const use = { clientId: CONSOLE_CLIENT, isBackground: isBackground(request) };
    return orNobody(credentials.refreshToken(token, use));
  }

  async #admitted(request: JsonRequest, credential: RefreshCredential): Promise<SignedInPerson | undefined> {
    return orNobody(
      this.#parts.guard
        .admit(request.raw, credential)
        .then(() => (isPerson(credential) ? credential : undefined)),
    );
  }

  /** Where people sign in; they come back to the path. */
  async ways(returnTo: string): Promise<{ name: string; path: string }[]> {
    const choices = await this.#parts.identity.providers.choices();
    const query = new URLSearchParams({ return: returnTo });
    return choices.map(({ name, label }) => ({
      name: label,
      path: `/console/session/sign-in/${name}?${query.toString()}`,
    }));
  }

  /** Throws FORM_FOREIGN for what no script of our own pages sent: a form or another site cannot set the header. */
  refuseForeign(request: JsonRequest): void {
    if (request.headers['x-tidegate-console'] !== '1') throw new RegistryError('FORM_FOREIGN');
    refuseForeignForm(request, this.#parts.origin);
  }

  /** The secret of the session's cookie, which is a refresh token. */
  token(request: JsonRequest): string | undefined {
    return this.#read(request, SESSION);
  }

  setSession(request: JsonRequest, reply: JsonReply, token: string): void {
    this.#set(request, reply, SESSION, `=${token}`);
  }

  clearSession(request: JsonRequest, reply: JsonReply): void {
    this.#set(request, reply, SESSION, '=', 0);
  }

  attempt(request: JsonRequest, state: string): string | undefined {
    return this.#read(request, attemptCookie(state));
  }

  setAttempt(
    request: JsonRequest,
    reply: JsonReply,
    { state, cookie }: { state: string; cookie: string },
  ): void {
    this.#set(request, reply, attemptCookie(state), `=${cookie}`, ATTEMPT);
  }

  clearAttempt(request: JsonRequest, reply: JsonReply, state: string): void {
    this.#set(request, reply, attemptCookie(state), '=', 0);
  }

  #read(request: JsonRequest, cookie: Cookie): string | undefined {
    const name = this.#nameOf(request, cookie);
    const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
    return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
  }

  #set({ raw }: JsonRequest, reply: JsonReply, cookie: Cookie, value: string, maxAge?: number): void {
    const place = this.#isOnTls({ raw }) ? 'Path=/; Secure' : 'Path=/console';
    const age = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
    const name = this.#nameOf({ raw }, cookie);
    reply.header('Set-Cookie', `${name}${value}; ${place}; HttpOnly; SameSite=${cookie.sameSite}${age}`);
  }

  /** With the prefix a browser takes the cookie over TLS from this host alone. Without TLS browsers disagree about Secure. */
  #nameOf(request: Pick<JsonRequest, 'raw'>, { name }: Cookie): string {
    return this.#isOnTls(request) ? `__Host-${name}` : name;
  }

  #isOnTls({ raw }: Pick<JsonRequest, 'raw'>): boolean {
    return this.#parts.origin.base(raw).startsWith('https:');
  }
}

/** What is worth nothing any more signs no one in. */
const orNobody = async <Found>(looking: Promise<Found>): Promise<Found | undefined> => {
  try {
    return await looking;
  } catch (error) {
    if (error instanceof RegistryError && error.status === 401) return undefined;
    throw error;
  }
};

const isPerson = (credential: RefreshCredential): credential is SignedInPerson =>
  credential.principal.kind === 'user';
