import type { QueryConfig } from 'pg';

/** Bounds what a connection keeps prepared on the server. */
const NAMED_STATEMENTS = 300;

const names = new Map<string, string>();

/**
 * A statement for pg. The first few hundred texts get a name, by which each connection prepares them once and
 * does not plan them again: Kysely compiles the same text for the same query.
 */
export const statement = (text: string, values: readonly unknown[]): QueryConfig => {
  if (values.length === 0) return { text };
  let name = names.get(text);
  if (name === undefined && names.size < NAMED_STATEMENTS) {
    name = `s${names.size}`;
    names.set(text, name);
  }
  return name === undefined ? { text, values: [...values] } : { name, text, values: [...values] };
};
