import {
  type EntityPage,
  FILTER_OPERATORS,
  FILTERED,
  type Filter,
  type PageEnd,
  SORTS,
} from '../database/entity-page.ts';
import { pages } from '../database/windows.ts';
import { RegistryError } from '../errors.ts';

/** A part of a list as a client asks for it, texts unread. */
export interface PageRequest {
  readonly size: number;
  readonly token: string | undefined;
  readonly sort: string | undefined;
  readonly descending: boolean;
  readonly filter: string | undefined;
}

export interface Page<Entity> {
  readonly entities: readonly Entity[];
  /** Leads to the next page; undefined on the last. */
  readonly next: string | undefined;
}

/** What to ask the store for: one more than a page, so that the last page is known. Throws BAD_REQUEST. */
export const pageOf = ({ size, token, sort: by, descending, filter }: PageRequest): EntityPage => {
  const sort = SORTS.find((each) => each === by);
  if (by !== undefined && !sort)
    throw new RegistryError('BAD_REQUEST', { message: `sort is one of ${SORTS.join(', ')}` });
  const after = token === undefined ? undefined : readToken(token, sort?.endsWith('_at') === true);
  return { sort, descending, after, filters: filter ? parseFilters(filter) : [], limit: size + 1 };
};

/** The page of what the store answered. `by`: the column the rows are in order of. `read`: what a row says. */
export const cutPage = <Row extends { readonly id: string }, Entity>(
  rows: readonly Row[],
  size: number,
  by: keyof Row,
  read: (row: Row) => Entity,
): Page<Entity> => {
  const page = rows.slice(0, size);
  const last = rows.length > size ? page.at(-1) : undefined;
  return { entities: page.map(read), next: last && writeToken(last[by], last.id) };
};

/** Which part of a list in the order of time is asked for. */
export type LatestAsked = Pick<PageRequest, 'size' | 'token'>;

interface Timed {
  readonly id: string;
  readonly created_at: number;
}

/** What one statement of a list in the order of time reads. */
const ROWS_AT_ONCE = 200;

/**
 * A page of those rows that pass, the latest first. `read` answers the rows behind one, also those that do not pass; other
 * work has its turn between two statements. Throws BAD_REQUEST.
 */
export const latestPage = async <Row extends Timed, Entity>(
  { size, token }: LatestAsked,
  passes: (row: Row) => boolean,
  read: (after: Timed | undefined, limit: number) => Promise<readonly Row[]>,
  entityOf: (row: Row) => Entity,
): Promise<Page<Entity>> => {
  const { after } = pageOf({ size, token, sort: 'created_at', descending: true, filter: undefined });
  const first = after && { created_at: Number(after.value), id: after.id };
  const found: Row[] = [];
  for await (const rows of pages<Row>(ROWS_AT_ONCE, (last) => read(last ?? first, ROWS_AT_ONCE))) {
    found.push(...rows.filter(passes));
    if (found.length > size) break;
  }
  return cutPage(found, size, 'created_at', entityOf);
};

const writeToken = (value: unknown, id: string): string =>
  Buffer.from(JSON.stringify([value, id])).toString('base64url');

const readToken = (token: string, isNumber: boolean): PageEnd => {
  try {
    const [value, id] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as unknown[];
    if (typeof value === (isNumber ? 'number' : 'string') && typeof id === 'string')
      return { value: value as string | number, id };
  } catch {
    // the same answer as for one of another list
  }
  throw new RegistryError('BAD_REQUEST', {
    message: 'pagetoken is not one of this list; begin again without it',
  });
};

/** `name co "bird" and description eq "x"`: a small part of SCIM's filters (RFC 7644 section 3.4.2.2). */
const parseFilters = (text: string): Filter[] => text.split(/ and (?=[a-z]+ [a-z]{2} ")/).map(parseFilter);

const parseFilter = (text: string): Filter => {
  const [, name, sign, value] = /^\s*([a-z]+) ([a-z]{2}) "((?:[^"\\]|\\.){1,256})"\s*$/.exec(text) ?? [];
  const column = FILTERED.find((each) => each === name);
  const operator = FILTER_OPERATORS.find((each) => each === sign);
  if (column && operator && value !== undefined)
    return { column, operator, text: value.replaceAll(/\\(.)/g, '$1') };
  throw new RegistryError('BAD_REQUEST', {
    message: `filter is written name co "text": one of ${FILTERED.join(', ')}, then one of ${FILTER_OPERATORS.join(', ')}, then a text; several are joined by and`,
  });
};
