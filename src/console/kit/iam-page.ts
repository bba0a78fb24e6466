import type { ListQuery } from './list.ts';

/** The most that IAM's lists hold on one page. */
const LONGEST = 100;

/** A list's state as the query of IAM's lists: sorts are `name` and `-name`, the filter is a part of the name. */
export const iamQuery = ({ filter, sort, start, limit }: ListQuery): Record<string, string | undefined> => ({
  pagesize: String(Math.min(limit, LONGEST)),
  pagetoken: start,
  sort: sort?.replace(/^-/, ''),
  order: sort === undefined ? undefined : sort.startsWith('-') ? 'desc' : 'asc',
  filter: filter === undefined ? undefined : `name co "${filter.replaceAll(/["\\]/g, '\\$&')}"`,
});
