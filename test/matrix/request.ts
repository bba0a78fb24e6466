import type { Place } from './place.ts';

/** A request whose route and sender stand elsewhere: the rest of it. */
export interface Ask {
  readonly path: string;
  readonly body?: object | URLSearchParams;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent without who asks: the secret is in the request itself. */
  readonly bare?: true;
}

/** Makes what a request of the route is about, fresh, in an account, and the request. */
export type Maker = (place: Place) => Promise<Ask> | Ask;

export const ANY_VERSION = { 'If-Match': '*' };

export const form = (fields: Readonly<Record<string, string>>): URLSearchParams =>
  new URLSearchParams(fields);
