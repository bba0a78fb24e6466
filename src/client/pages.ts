import type { Static, TSchema } from 'typebox';
import type { Client } from './client.ts';
import { ClientError } from './client-error.ts';

/** How one of IBM's lists is read to its end. */
export interface Listing<Answer extends TSchema, Item> {
  readonly path: string;
  readonly query?: Record<string, string | undefined>;
  readonly answer: Answer;
  readonly items: (page: Static<Answer>) => readonly Item[];
  /** The address of the page that follows; undefined on the last one. */
  readonly next: (page: Static<Answer>) => string | undefined;
  /**
   * The query parameter of that address that selects the page. Nothing else of the address is used: it could name
   * another host, which must not get the token.
   */
  readonly cursor: string;
}

/** What selects the page at an address, of which nothing else is used. */
export const cursorIn = (client: Client, address: string | undefined, cursor: string): string | undefined =>
  address ? (new URL(address, client.endpoint).searchParams.get(cursor) ?? undefined) : undefined;

/** Every item of a list, page after page. Throws UNEXPECTED_ANSWER where a page names itself as the next. */
export const listAll = async <Answer extends TSchema, Item>(
  client: Client,
  { path, query, answer, items, next, cursor }: Listing<Answer, Item>,
): Promise<Item[]> => {
  const found: Item[] = [];
  const seen = new Set<string>();
  let at: string | undefined;
  do {
    const { body } = await client.send({ method: 'GET', path, query: { ...query, [cursor]: at }, answer });
    // not spread: a page may have more items than a call can have arguments
    for (const item of items(body)) found.push(item);
    at = cursorIn(client, next(body), cursor);
    if (at !== undefined && seen.has(at)) {
      throw new ClientError('UNEXPECTED_ANSWER', `${client.endpoint} gives the same page twice.`);
    }
    if (at !== undefined) seen.add(at);
  } while (at !== undefined);
  return found;
};
