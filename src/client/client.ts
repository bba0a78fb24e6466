import type { Static, TSchema } from 'typebox';
import { ClientError } from './client-error.ts';
import { refusalOf } from './refusal.ts';
import { itemsOf, jsonOf, linesOf } from './response-body.ts';
import { hasShape } from './shape.ts';

/** Where access tokens come from: the client knows neither files nor prompts. */
export interface AccessTokens {
  /** An access token that is believed to be valid. */
  current(): Promise<string>;
  /** Another one, because the server refused `refused`. Throws SESSION_ENDED where there is none. */
  renew(refused: string): Promise<string>;
}

export interface ClientOptions {
  /** Scheme, host and port: `http://127.0.0.1:5000`. */
  endpoint: string;
  /** Absent in a browser, which names itself. */
  userAgent?: string;
  /** Without it, calls are anonymous. */
  accessTokens?: AccessTokens;
  /** More headers of a call, asked for when it is sent. */
  headers?: () => Record<string, string>;
  /** Milliseconds an answer may take; default one minute. */
  timeout?: number;
  /** Waits before a call is repeated. Default: the timer of the platform. */
  pause?: (milliseconds: number) => Promise<void>;
  /** Why a fetch failed, in words, where the platform tells. Default: the message of the error. */
  reasonOf?: (error: unknown) => string | undefined;
}

export interface Call<Answer extends TSchema> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the root, already percent-encoded. */
  path: string;
  query?: Record<string, string | undefined>;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as a form. */
  form?: Record<string, string>;
  /** The answer may take any time. */
  endless?: true;
  /** The shape the answer must have. Without it the answer's body is not read. */
  answer?: Answer;
}

export interface Answered<Body> {
  status: number;
  body: Body;
  /** The version of what was answered, for If-Match; empty where the server gives none. */
  etag: string;
  headers: Headers;
}

const BUSY = new Set([429, 502, 503, 504]);
const ATTEMPTS = 3;
const LONGEST_PAUSE_MS = 5000;

const pauseBefore = (attempt: number, response: Response): number => {
  const asked = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000;
  return Math.min(Number.isFinite(asked) ? asked : 200 * 2 ** attempt, LONGEST_PAUSE_MS);
};

const byTimer = (milliseconds: number): Promise<void> =>
  new Promise((done) => {
    setTimeout(done, milliseconds);
  });

// a browser hides where a redirect leads, and even its status
const isRedirect = ({ status, type }: Response): boolean =>
  (status >= 300 && status < 400) || type === 'opaqueredirect';

/**
 * Calls one Tidegate over HTTP, from a program or from a browser. A refused access token is renewed once and the call
 * is repeated once. A read is repeated while the server is busy. Redirects are not followed: a key or a token must
 * reach no host but the endpoint.
 */
export class Client {
  readonly endpoint: string;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.endpoint = options.endpoint;
    this.#options = options;
  }

  /** Throws ClientError for everything but an answer of 2xx in the shape asked for. */
  async send<Answer extends TSchema>(call: Call<Answer>): Promise<Answered<Static<Answer>>> {
    const response = await this.#withToken(call);
    const body = call.answer || !response.ok ? await jsonOf(response) : await response.body?.cancel();
    if (isRedirect(response)) throw this.#redirected(response);
    if (!response.ok) throw refusalOf(response.status, response.headers, body);
    if (call.answer && !hasShape(call.answer, body)) throw this.#unexpected(response.status);
    const etag = response.headers.get('etag') ?? '';
    return { status: response.status, body: body as Static<Answer>, etag, headers: response.headers };
  }

  /** An answer of one JSON object per line, each of the shape asked for, as they come. Throws as `send` does. */
  async *lines<Line extends TSchema>(call: Call<Line> & { answer: Line }): AsyncIterable<Static<Line>> {
    const parts = this.#stream(call, async function* (body) {
      for await (const line of linesOf(body)) yield [JSON.parse(line)];
    });
    for await (const [line] of parts) yield line as Static<Line>;
  }

  /**
   * The items of an answer that is one JSON array, each of the shape asked for, as they come: some at a time, for a step
   * for each would take longer than the rest. Throws as `send` does.
   */
  items<Item extends TSchema>(call: Call<Item> & { answer: Item }): AsyncIterable<readonly Static<Item>[]> {
    return this.#stream(call, (body, status) => itemsOf(body, () => this.#unexpected(status)));
  }

  /** An answer as it is. Throws as `send` does. */
  async text(call: Omit<Call<TSchema>, 'answer'>): Promise<string> {
    const response = await this.#withToken(call);
    if (isRedirect(response)) throw this.#redirected(response);
    if (!response.ok) throw refusalOf(response.status, response.headers, await jsonOf(response));
    return response.text();
  }

  async *#stream<Part extends TSchema>(
    call: Call<Part> & { answer: Part },
    partsOf: (body: ReadableStream<Uint8Array>, status: number) => AsyncIterable<readonly unknown[]>,
  ): AsyncIterable<readonly Static<Part>[]> {
    const response = await this.#withToken({ ...call, endless: true });
    if (isRedirect(response)) throw this.#redirected(response);
    if (!response.ok || !response.body)
      throw refusalOf(response.status, response.headers, await jsonOf(response));
    try {
      for await (const values of partsOf(response.body, response.status)) {
        if (!values.every((value) => hasShape(call.answer, value))) throw this.#unexpected(response.status);
        yield values as readonly Static<Part>[];
      }
    } catch (error) {
      throw error instanceof ClientError ? error : this.#unreachable(error);
    }
  }

  async #withToken(call: Call<TSchema>): Promise<Response> {
    const { accessTokens } = this.#options;
    if (!accessTokens) return this.#patiently(call, undefined);
    const token = await accessTokens.current();
    const response = await this.#patiently(call, token);
    if (response.status !== 401) return response;
    await response.body?.cancel();
    return this.#patiently(call, await accessTokens.renew(token));
  }

  async #patiently(call: Call<TSchema>, token: string | undefined): Promise<Response> {
    const { pause = byTimer } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const response = await this.#once(call, token);
      if (call.method !== 'GET' || !BUSY.has(response.status) || attempt === ATTEMPTS) return response;
      await response.body?.cancel();
      await pause(pauseBefore(attempt, response));
    }
  }

  async #once(call: Call<TSchema>, token: string | undefined): Promise<Response> {
    const { userAgent, timeout = 60_000 } = this.#options;
    const url = new URL(call.path, this.endpoint);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const headers = new Headers({
      accept: 'application/json',
      ...this.#options.headers?.(),
      ...call.headers,
    });
    if (userAgent !== undefined) headers.set('user-agent', userAgent);
    if (token) headers.set('authorization', `Bearer ${token}`);
    if (call.json !== undefined) headers.set('content-type', 'application/json');
    const body = call.form
      ? new URLSearchParams(call.form)
      : call.json === undefined
        ? null
        : JSON.stringify(call.json);
    const signal = call.endless ? null : AbortSignal.timeout(timeout);
    try {
      return await fetch(url, { method: call.method, headers, body, redirect: 'manual', signal });
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  #unreachable(error: unknown): ClientError {
    const message = error instanceof Error ? error.message : String(error);
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    const reason = timedOut ? 'no answer in time' : (this.#options.reasonOf?.(error) ?? message);
    return new ClientError('UNREACHABLE', `Cannot reach ${this.endpoint}: ${reason}.`, { cause: error });
  }

  #unexpected(status: number): ClientError {
    const message = `${this.endpoint} answers, but not as a Tidegate does.`;
    return new ClientError('UNEXPECTED_ANSWER', message, { status });
  }

  #redirected(response: Response): ClientError {
    const target = response.headers.get('location') ?? 'another address';
    const message = `${this.endpoint} redirects callers to ${target}; log in to that address instead.`;
    return new ClientError('UNEXPECTED_ANSWER', message, { status: response.status });
  }
}
