import { setTimeout as pause } from 'node:timers/promises';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { ClientError } from './client-error.ts';
import { refusalOf } from './refusal.ts';
import { unreachable } from './unreachable.ts';

/** Where access tokens come from: this floor knows neither files nor prompts. */
export interface Tokens {
  /** An access token that is believed to be valid. */
  current(): Promise<string>;
  /** Another one, because the server refused `refused`. Throws SESSION_ENDED where none can be had. */
  renew(refused: string): Promise<string>;
}

export interface ClientOptions {
  /** Scheme, host and port: `http://127.0.0.1:5000`. */
  endpoint: string;
  userAgent: string;
  /** Without it, calls are anonymous. */
  tokens?: Tokens;
  /** Milliseconds an answer may take; default one minute. */
  timeout?: number;
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
  /** The answer takes as long as it takes. */
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

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

const jsonOf = async (response: Response): Promise<unknown> => {
  try {
    return JSON.parse(await response.text());
  } catch {
    return undefined;
  }
};

/**
 * Calls one Tidegate over HTTP. A refused access token is renewed once and the call repeated once; a read that meets
 * a busy server is repeated. Redirects are not followed: a key or token must not travel to a host nobody named.
 */
export class Client {
  readonly endpoint: string;
  readonly #userAgent: string;
  readonly #tokens: Tokens | undefined;
  readonly #timeout: number;

  constructor({ endpoint, userAgent, tokens, timeout = 60_000 }: ClientOptions) {
    this.endpoint = endpoint;
    this.#userAgent = userAgent;
    this.#tokens = tokens;
    this.#timeout = timeout;
  }

  /** Throws ClientError for everything but an answer of 2xx in the shape asked for. */
  async send<Answer extends TSchema>(call: Call<Answer>): Promise<Answered<Static<Answer>>> {
    const response = await this.#withToken(call);
    const body = call.answer || !response.ok ? await jsonOf(response) : await response.body?.cancel();
    if (response.status >= 300 && response.status < 400) throw this.#redirected(response);
    if (!response.ok) throw refusalOf(response.status, response.headers, body);
    if (call.answer && !Value.Check(call.answer, body)) {
      throw new ClientError('UNEXPECTED_ANSWER', `${this.endpoint} answers, but not as a Tidegate does.`, {
        status: response.status,
      });
    }
    const etag = response.headers.get('etag') ?? '';
    return { status: response.status, body: body as Static<Answer>, etag, headers: response.headers };
  }

  /** An answer of one JSON object per line, each of the shape asked for, as they come. Throws as `send` does. */
  async *lines<Line extends TSchema>(call: Call<Line> & { answer: Line }): AsyncIterable<Static<Line>> {
    const response = await this.#withToken({ ...call, endless: true });
    if (!response.ok || !response.body)
      throw refusalOf(response.status, response.headers, await jsonOf(response));
    try {
      for await (const line of linesOf(response.body)) {
        const value: unknown = JSON.parse(line);
        if (!Value.Check(call.answer, value))
          throw new ClientError('UNEXPECTED_ANSWER', `${this.endpoint} answers, but not as a Tidegate does.`);
        yield value as Static<Line>;
      }
    } catch (error) {
      throw error instanceof ClientError ? error : unreachable(this.endpoint, error);
    }
  }

  async #withToken(call: Call<TSchema>): Promise<Response> {
    if (!this.#tokens) return this.#patiently(call, undefined);
    const token = await this.#tokens.current();
    const response = await this.#patiently(call, token);
    if (response.status !== 401) return response;
    await response.body?.cancel();
    return this.#patiently(call, await this.#tokens.renew(token));
  }

  async #patiently(call: Call<TSchema>, token: string | undefined): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.#once(call, token);
      if (call.method !== 'GET' || !BUSY.has(response.status) || attempt === ATTEMPTS) return response;
      await response.body?.cancel();
      await pause(pauseBefore(attempt, response));
    }
  }

  async #once(call: Call<TSchema>, token: string | undefined): Promise<Response> {
    const url = new URL(call.path, this.endpoint);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const headers = new Headers({
      accept: 'application/json',
      'user-agent': this.#userAgent,
      ...call.headers,
    });
    if (token) headers.set('authorization', `Bearer ${token}`);
    if (call.json !== undefined) headers.set('content-type', 'application/json');
    const body = call.form
      ? new URLSearchParams(call.form)
      : call.json === undefined
        ? null
        : JSON.stringify(call.json);
    const signal = call.endless ? null : AbortSignal.timeout(this.#timeout);
    try {
      return await fetch(url, { method: call.method, headers, body, redirect: 'manual', signal });
    } catch (error) {
      throw unreachable(this.endpoint, error);
    }
  }

  #redirected(response: Response): ClientError {
    const target = response.headers.get('location') ?? 'an unnamed place';
    const message = `${this.endpoint} sends callers on to ${target}; log in to that address instead.`;
    return new ClientError('UNEXPECTED_ANSWER', message, { status: response.status });
  }
}
