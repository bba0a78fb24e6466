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
  /** The parameter of that address which finds it. Nothing else of it is used: it may name a host of the server's choosing. */
  readonly cursor: string;
}

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
    found.push(...items(body));
    const address = next(body);
    at = address ? (new URL(address, client.endpoint).searchParams.get(cursor) ?? undefined) : undefined;
    if (at !== undefined && seen.has(at)) {
      throw new ClientError('UNEXPECTED_ANSWER', `${client.endpoint} gives the same page again and again.`);
    }
    if (at !== undefined) seen.add(at);
  } while (at !== undefined);
  return found;
};
