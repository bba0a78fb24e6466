import type { Visit } from '../browser-lab.ts';

/** A request as a script would send it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

/** An address, what its page asks for to be seen, and its buttons: each with what it sends. */
export interface PageRights {
  /** The route of the page. */
  readonly of: string;
  /** Its address, where that is not the route. */
  readonly at?: string;
  /** What the page shows; without the right to it the page says so. */
  readonly shows: Asked;
  /** What a part of it shows that needs a further right. */
  readonly alsoShows?: Asked;
  /** The buttons stand in rows: who may not list what may be changed, as a Writer alone, has no row. */
  readonly inRows?: true;
  /** What the rows of the things have in their text; without it, the name of the things. */
  readonly row?: string;
  /** Where a button appears after something was done on the page. */
  readonly before?: (visit: Visit) => Promise<void>;
  /** What destroys the thing comes last. */
  readonly buttons?: Readonly<Record<string, Asked>>;
  /** Who looks: their own things are theirs, and every button works. */
  readonly isOwn?: true;
}

export const get = (path: string): Asked => ({ method: 'GET', path });
export const post = (path: string, body?: object): Asked => ({
  method: 'POST',
  path,
  ...(body ? { body } : {}),
});
export const remove = (path: string): Asked => ({ method: 'DELETE', path });
/** What a script sends that was written for an earlier version: where the right is there, 412 is all that comes of it. */
export const stale = (method: string, path: string, body: object): Asked => ({
  method,
  path,
  body,
  headers: { 'If-Match': '"stale"' },
});

/** Before what is done with several rows. */
export const selectFirst = (visit: Visit): Promise<void> =>
  visit.page
    .locator('tbody input[type=checkbox]')
    .first()
    .check({ timeout: 500 })
    .catch(() => undefined);

/** Before what is sent where something has changed. */
export const typeInto = (label: string, text: string) => (visit: Visit) =>
  visit
    .field(label)
    .fill(text, { timeout: 500 })
    .catch(() => undefined);
