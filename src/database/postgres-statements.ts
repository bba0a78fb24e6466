import type { QueryConfig } from 'pg';

/** Bounds what a connection keeps prepared on the server. */
const NAMED_STATEMENTS = 300;

const names = new Map<string, string>();

/**
 * Whether one plan is as good as another for any values. A limit or a list is not such a value: for one that it does not
 * know PostgreSQL reckons with a tenth of the table, and a repository with few rows, whatever the limit and the repository.
 * Lists of many lengths would use up the names, too.
 */
export const isPlannedOnce = (text: string): boolean => !/ (?:limit|in) \(?\$\d/.test(text);

/**
 * A statement for pg. The first few hundred texts of those that are planned once get a name, by which each connection
 * prepares them: Kysely compiles the same text for the same query. The others are planned for their values each time.
 */
export const statement = (text: string, values: readonly unknown[]): QueryConfig => {
  if (values.length === 0) return { text };
  let name = names.get(text);
  if (name === undefined && names.size < NAMED_STATEMENTS && isPlannedOnce(text)) {
    name = `s${names.size}`;
    names.set(text, name);
  }
  return name === undefined ? { text, values: [...values] } : { name, text, values: [...values] };
};
