import type { ReadStatement } from '../../src/database/database.ts';

/**
 * The most rows that one statement of the main thread may ask for: other requests wait while it makes them. One more says
 * whether another page follows.
 */
const MOST_ROWS = 201;

/** What the outermost `limit` of a statement allows; undefined where it has none. */
const limitOf = ({ text, parameters }: ReadStatement): number | undefined => {
  const [, mark, number] = /\blimit (\?|\$(\d+))( offset (\?|\$\d+))?$/.exec(text) ?? [];
  if (mark === undefined) return undefined;
  if (number !== undefined) return Number(parameters[Number(number) - 1]);
  return Number(parameters[text.endsWith(' offset ?') ? parameters.length - 2 : parameters.length - 1]);
};

/**
 * Holds what the main thread reads to a bound. A statement that asks for more is found with few rows too, since a test
 * seldom has as many as a registry.
 */
export class StatementGuard {
  readonly #found = new Set<string>();

  note(statement: ReadStatement): void {
    const limit = limitOf(statement);
    if (statement.rows <= MOST_ROWS && (limit === undefined || limit <= MOST_ROWS)) return;
    this.#found.add(`${statement.rows} rows, limit ${limit ?? 'none'}: ${statement.text}`);
  }

  /** Throws if a statement asked for too much. */
  end(): void {
    if (this.#found.size === 0) return;
    throw new Error(
      `statements of the main thread read too many rows at once (read pages of 200):\n${[...this.#found].join('\n')}`,
    );
  }
}
