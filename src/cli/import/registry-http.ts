import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { reasonOf } from '../fetch-failure.ts';
import { USER_AGENT } from '../version.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export interface RegistryRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  /** Not repeated here: what a half of it did, only the caller knows. */
  readonly once?: true;
  /** From `/v2/` on, or an address that the registry gave. */
  readonly path: string;
  /** What a token must be for: `repository:birds/app:pull`. */
  readonly scope: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for each attempt. */
  readonly body?: () => Promise<ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>>;
}

const MOST_REDIRECTS = 5;
export const ATTEMPTS = 3;
const BUSY = new Set([408, 429, 500, 502, 503, 504]);
const LONGEST_PAUSE_MS = 10_000;
const ANSWER_WITHIN_MS = 120_000;
/** Tokens that are kept: one for each repository that is being copied. */
const MOST_TOKENS = 100;

/**
 * One registry over the distribution protocol, with the two ways in which registries ask for credentials. `isOwn`: it is the one
 * that the person is logged in to; its access token is sent to no address but that of the login, whatever the registry names.
 */
export class RegistryHttp {
  readonly origin: string;
  readonly #credentials: () => Promise<Credentials | undefined>;
  readonly #pause: (milliseconds: number) => Promise<void>;
  readonly #isOwn: boolean;
  readonly #authorizations = new Map<string, string>();

  constructor(
    origin: string,
    credentials: () => Promise<Credentials | undefined>,
    pause: (milliseconds: number) => Promise<void>,
    { isOwn = false }: { readonly isOwn?: boolean } = {},
  ) {
    this.origin = origin;
    this.#credentials = credentials;
    this.#pause = pause;
    this.#isOwn = isOwn;
  }

  /** The answer, whatever its status. What is busy or breaks off is asked again, at most three times in all. */
  async send(request: RegistryRequest): Promise<Response> {
    const attempts = request.once ? 1 : ATTEMPTS;
    for (let attempt = 1; ; attempt++) {
      let failure: unknown;
      try {
        const response = await this.#authorized(request);
        if (!BUSY.has(response.status) || attempt === attempts) return response;
        await response.body?.cancel();
        await this.#pause(pauseBefore(attempt, response.headers.get('retry-after')));
        continue;
      } catch (error) {
        const own = cliErrorIn(error);
        if (own) throw own;
        failure = error;
      }
      if (attempt === attempts)
        throw new CliError(EXIT.UNREACHABLE, `Cannot reach ${this.origin}: ${reasonOf(failure)}.`, {
          cause: failure,
        });
      await this.pause(attempt);
    }
  }

  /** Waits before something is tried again: longer each time. */
  pause(attempt: number): Promise<void> {
    return this.#pause(pauseBefore(attempt, null));
  }

  async #authorized(request: RegistryRequest): Promise<Response> {
    const known = this.#authorizations.get(request.scope);
    const response = await this.#once(request, known);
    if (response.status !== 401) return response;
    const challenge = response.headers.get('www-authenticate') ?? '';
    await response.body?.cancel();
    const authorization = await this.#answer(challenge, request.scope);
    if (authorization === undefined || authorization === known) return response;
    if (this.#authorizations.size >= MOST_TOKENS) this.#authorizations.clear();
    this.#authorizations.set(request.scope, authorization);
    return this.#once(request, authorization);
  }

  async #once(
    { method = 'GET', path, headers, body }: RegistryRequest,
    authorization?: string,
  ): Promise<Response> {
    let url = new URL(path, this.origin);
    for (let redirects = 0; ; redirects++) {
      // a token is for the registry, and not for the store that it sends us to
      const withToken = authorization !== undefined && url.origin === this.origin;
      const answerTimer = new AbortController();
      const timer = setTimeout(() => answerTimer.abort(new Error('no answer in time')), ANSWER_WITHIN_MS);
      const sent = await body?.();
      if (sent) clearTimeout(timer); // a large layer takes its time
      const response = await fetch(url, {
        method,
        headers: {
          'user-agent': USER_AGENT,
          ...headers,
          ...(withToken ? { authorization } : {}),
        },
        redirect: 'manual',
        signal: answerTimer.signal,
        ...(sent ? { body: sent, duplex: 'half' } : {}),
      }).finally(() => clearTimeout(timer));
      const location = response.headers.get('location');
      if (response.status < 301 || response.status > 308 || location === null || sent) return response;
      await response.body?.cancel();
      if (redirects === MOST_REDIRECTS) throw refused(`${this.origin} redirects without end.`);
      const next = new URL(location, url);
      if (!/^https?:$/.test(next.protocol) || (url.protocol === 'https:' && next.protocol === 'http:'))
        throw refused(`${this.origin} redirects to ${next.origin}, which has no TLS.`);
      url = next;
    }
  }

  /** What to send for a challenge; undefined where there is nothing to send. */
  async #answer(challenge: string, scope: string): Promise<string | undefined> {
    const credentials = await this.#credentials();
    const basic = credentials
      ? `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`
      : undefined;
    if (/^basic\b/i.test(challenge)) return basic;
    if (!/^bearer\b/i.test(challenge)) return undefined;
    const parameter = (name: string): string | undefined =>
      new RegExp(`[\\s,]${name}="([^"]*)"`, 'i').exec(challenge)?.[1];
    const realm = parameter('realm') ?? '';
    if (!URL.canParse(realm)) throw refused(`${this.origin} names no address that gives tokens.`);
    const named = new URL(realm);
    const url = this.#isOwn ? new URL(named.pathname, this.origin) : named;
    if (url.protocol !== 'https:' && (url.protocol !== 'http:' || this.origin.startsWith('https:')))
      throw refused(`${this.origin} would have its password sent to ${url.origin}, which has no TLS.`);
    const service = parameter('service');
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', scope);
    const response = await fetch(url, {
      headers: { 'user-agent': USER_AGENT, ...(basic ? { authorization: basic } : {}) },
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (!response.ok) {
      await response.body?.cancel();
      if (BUSY.has(response.status)) throw new Error(`${url.origin} answers ${response.status}`);
      throw refused(
        `${url.origin} refuses to give a token (${response.status}): check the user and the password.`,
      );
    }
    const answer = (await response.json()) as { token?: unknown; access_token?: unknown };
    const token = answer.token ?? answer.access_token;
    if (typeof token !== 'string') throw refused(`${url.origin} gives no token.`);
    return `Bearer ${token}`;
  }
}

const pauseBefore = (attempt: number, asked: string | null): number => {
  const seconds = Number(asked ?? Number.NaN);
  return Math.min(Number.isFinite(seconds) ? seconds * 1000 : 100 * 4 ** attempt, LONGEST_PAUSE_MS);
};

/** The error of a body that is being sent lies below that of fetch. */
const cliErrorIn = (error: unknown): CliError | undefined => {
  let at: unknown = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth++, at = at.cause)
    if (at instanceof CliError) return at;
  return undefined;
};

const refused = (message: string): CliError => new CliError(EXIT.REFUSED, message);

/** A bounded text of an answer's body. */
export const bodyOf = async (response: Response, most: number): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > most)
      throw new CliError(EXIT.FAILED, `${new URL(response.url).origin} answers with too much.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** What a registry says of a refusal: the first of its messages. */
export const complaintOf = async (response: Response): Promise<string> => {
  try {
    const { errors } = JSON.parse((await bodyOf(response, 65_536)).toString()) as {
      errors?: { code?: unknown; message?: unknown }[];
    };
    const [first] = errors ?? [];
    if (typeof first?.message === 'string') return `${first.message} (${first.code}, ${response.status})`;
  } catch {
    // no form of error that we know
  }
  return `status ${response.status}`;
};
