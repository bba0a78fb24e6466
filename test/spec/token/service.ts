import assert from 'node:assert/strict';
import { basic, type TestRegistry } from '../../support/registry.ts';
import { answered, headerOf } from '../answers.ts';

export interface Grant {
  readonly token: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly issued_at: string;
  readonly scope: string;
  readonly refresh_token?: string;
}

/** GET with the owner's key, with another Authorization, or (null) with none. */
export const ask = (
  registry: TestRegistry,
  query: string,
  Authorization: string | null = basic('iamapikey', registry.apikey),
): Promise<Response> =>
  registry.fetch(`/oauth/token?${query}`, { headers: Authorization === null ? {} : { Authorization } });

/** POST with a form. */
export const post = (
  registry: TestRegistry,
  form: readonly (readonly [string, string])[],
): Promise<Response> =>
  registry.fetch('/oauth/token', {
    method: 'POST',
    body: new URLSearchParams(form.map(([...pair]) => pair)),
  });

export const grantOf = async (response: Response): Promise<Grant> =>
  (await (await answered(response, 200)).json()) as Grant;

export interface TokenError {
  readonly code: string;
  readonly message: string;
}

/** Fails unless the answer is a refusal with this status in docker's form. */
export const refusal = async (response: Response, status: number): Promise<TokenError> => {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.match(headerOf(response, 'content-type'), /^application\/json/);
  assert.match(headerOf(response, 'x-request-id'), /^[0-9a-f]{32}$/);
  const { errors } = JSON.parse(text) as { errors: TokenError[] };
  const [error] = errors;
  assert.ok(error, text);
  return error;
};
