import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { MovableClock } from './clock.ts';

/** Claims of a user beside `sub`, which is the name to sign in with. */
export type ProviderUser = Readonly<Record<string, unknown>>;

/** What is wrong with the provider's answers. */
export interface Tampering {
  /** Claims put into ID tokens in place of the right ones; null takes one out. */
  readonly idToken?: Readonly<Record<string, unknown>>;
  /** ID tokens are signed with a key that is not the provider's and has its name. */
  readonly foreignKey?: boolean;
  readonly noIdToken?: boolean;
  /** It answers this in place of what was asked; every path where none is given. */
  readonly failing?: {
    readonly path?: string;
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
}

export interface Call {
  readonly id: number;
  readonly action: string;
  readonly args: readonly unknown[];
}

export interface Reply {
  readonly id: number;
  readonly answer?: unknown;
  readonly fault?: string;
}

export interface ProviderClient {
  readonly id: string;
  readonly secret: string;
}

/** A real OpenID provider (npm oidc-provider) in a thread of its own, on loopback. Its clock is the test's where one is given. */
export class OpenIdProvider implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #calls = 0;
  /** Where it answers; the same after a stop. */
  issuer = '';
  readonly client: ProviderClient = { id: 'tidegate', secret: randomBytes(24).toString('base64url') };

  private constructor(clock: MovableClock | undefined) {
    this.#worker = new Worker(new URL('openid-provider-thread.ts', import.meta.url), {
      workerData: { clock: clock?.shared },
    });
    this.#worker.unref();
    this.#worker.on('message', (reply: Reply) => this.#waiting.get(reply.id)?.(reply));
    this.#worker.on('error', (error) => {
      for (const answer of this.#waiting.values()) answer({ id: 0, fault: String(error) });
    });
  }

  /** `users`: by the name they sign in with, which is their `sub`. */
  static async start({
    clock,
    users = {},
  }: {
    clock?: MovableClock;
    users?: Readonly<Record<string, ProviderUser>>;
  } = {}): Promise<OpenIdProvider> {
    const provider = new OpenIdProvider(clock);
    provider.issuer = (await provider.#call('listen')) as string;
    for (const [name, user] of Object.entries(users)) await provider.setUser(name, user);
    return provider;
  }

  /** Lets the client `tidegate` come back to these addresses. To be called once the registry's address is known. */
  async allow(redirectUris: readonly string[], more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.#call('client', {
      client_id: this.client.id,
      client_secret: this.client.secret,
      redirect_uris: redirectUris,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      ...more,
    });
  }

  /** Another set of claims for a user, or a new one. Undefined removes: sign-ins and refreshes fail from then on. */
  async setUser(name: string, user: ProviderUser | undefined): Promise<void> {
    await this.#call('user', name, user);
  }

  /** New signing keys in place of the old ones. */
  async rotateKeys(): Promise<void> {
    await this.#call('rotate');
  }

  /** What is wrong with answers from now on; nothing by `{}`. */
  async tamper(how: Tampering): Promise<void> {
    await this.#call('tamper', how);
  }

  /** A JWT with the provider's own key, or a foreign one: a logout token, for example. */
  async sign(claims: object, header: object = {}, by: 'provider' | 'foreign' = 'provider'): Promise<string> {
    return (await this.#call('sign', claims, header, by === 'foreign')) as string;
  }

  /** How many requests it got at a path: `/token`, `/jwks`, `/.well-known/openid-configuration`. */
  async requests(path: string): Promise<number> {
    return (await this.#call('requests', path)) as number;
  }

  /** It does not answer until `resume`; what it knows is kept. */
  async stop(): Promise<void> {
    await this.#call('close');
  }

  async resume(): Promise<void> {
    await this.#call('listen');
  }

  /**
   * What a browser would do: goes to an authorization address, signs in as `user` on the provider's page, and answers the
   * address that the provider sends the browser back to. With a `browser`, a sign-in before is still there.
   */
  async signIn(authorizationUrl: string, user: string, browser = new HeadlessBrowser()): Promise<string> {
    let response = await browser.fetch(authorizationUrl);
    for (let steps = 0; steps < 12; steps += 1) {
      const location = response.headers.get('location');
      const next = location === null ? undefined : new URL(location, response.url);
      if (next && next.origin !== this.issuer) return next.href;
      if (next) response = await browser.fetch(next.href);
      else if (response.ok && new URL(response.url).pathname.startsWith('/interaction/'))
        response = await browser.fetch(response.url, {
          method: 'POST',
          body: new URLSearchParams({ prompt: 'login', login: user }),
        });
      else throw new Error(`the provider answered ${response.status}: ${await response.text()}`);
    }
    throw new Error('the provider did not send the browser back');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#call('close');
    await this.#worker.terminate();
  }

  #call(action: string, ...args: unknown[]): Promise<unknown> {
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve, reject) => {
      this.#worker.ref();
      this.#waiting.set(id, ({ answer, fault }) => {
        this.#waiting.delete(id);
        if (this.#waiting.size === 0) this.#worker.unref();
        if (fault === undefined) resolve(answer);
        else reject(new Error(fault));
      });
      this.#worker.postMessage({ id, action, args } satisfies Call);
    });
  }
}

/** Keeps cookies by host as a browser does, and follows no redirect by itself. Expiry is not looked at, deletion is. */
export class HeadlessBrowser {
  readonly #jars = new Map<string, Map<string, string>>();

  cookies(url: string): ReadonlyMap<string, string> {
    return this.#jar(url);
  }

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const jar = this.#jar(url);
    const headers = new Headers(init.headers);
    if (jar.size > 0 && !headers.has('cookie'))
      headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';', 1);
      const at = pair.indexOf('=');
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      if (value === '' || /; *max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  #jar(url: string): Map<string, string> {
    const { host } = new URL(url);
    const jar = this.#jars.get(host) ?? new Map<string, string>();
    this.#jars.set(host, jar);
    return jar;
  }
}
