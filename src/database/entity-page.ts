import { type RawBuilder, type SqlBool, sql } from 'kysely';

/** Columns a list can be sorted by. Sorting by another than the default reads what the account has of them. */
export const SORTS = ['name', 'description', 'created_at', 'modified_at'] as const;
export type Sort = (typeof SORTS)[number];

/** Columns a filter can name, and how it compares them: equal, not equal, contains, starts with. */
export const FILTERED = ['id', 'name', 'description'] as const;
export const FILTER_OPERATORS = ['eq', 'ne', 'co', 'sw'] as const;

export interface Filter {
  readonly column: (typeof FILTERED)[number];
  readonly operator: (typeof FILTER_OPERATORS)[number];
  /** Never empty. */
  readonly text: string;
}

/** Which part of a list is asked for, and in which order; entities of equal value follow each other by their ids. */
export interface EntityPage {
  /** Undefined: the order the index has. */
  readonly sort: Sort | undefined;
  readonly descending: boolean;
  /** Where the last page ended: the value it was sorted by, and the id. */
  readonly after: PageEnd | undefined;
  readonly filters: readonly Filter[];
  readonly limit: number;
}

export interface PageEnd {
  readonly value: string | number;
  readonly id: string;
}

/** What of a list lies after the last page and passes its filters. `by`: the column it is sorted by, or the id. */
export const onPage = ({ after, descending, filters }: EntityPage, by: string): RawBuilder<SqlBool> => {
  const conditions = filters.map(passes);
  if (after) {
    const beyond = descending ? sql`<` : sql`>`;
    conditions.push(
      by === 'id'
        ? sql<SqlBool>`${sql.ref('id')} ${beyond} ${after.id}`
        : sql<SqlBool>`(${sql.ref(by)}, ${sql.ref('id')}) ${beyond} (${after.value}, ${after.id})`,
    );
  }
  return conditions.length === 0 ? sql<SqlBool>`1 = 1` : sql<SqlBool>`${sql.join(conditions, sql` and `)}`;
};

/** Written so that both engines compare alike: their `like` differ over upper and lower case. */
const passes = ({ column, operator, text }: Filter): RawBuilder<SqlBool> => {
  const value = sql.ref(column);
  switch (operator) {
    case 'eq':
      return sql<SqlBool>`${value} = ${text}`;
    case 'ne':
      return sql<SqlBool>`${value} <> ${text}`;
    case 'co':
      return sql<SqlBool>`replace(${value}, ${text}, '') <> ${value}`;
    case 'sw':
      return sql<SqlBool>`substr(${value}, 1, ${[...text].length}) = ${text}`;
  }
};
