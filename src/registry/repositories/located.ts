import { type AskedFrom, askedTogether } from '../../database/asked-together.ts';

/** A repository as a pull names it, and what is asked for in it. */
export interface NamedRepository {
  readonly regionId: string;
  readonly namespaceId: string;
  readonly name: string;
}

const ASKED = ['regionId', 'namespaceId', 'name', 'reference'] as const;

/**
 * A query by the place of a repository and a reference in it. It begins at `located`, which has the repositories that there
 * are. Each step looks one row up for each key and is a step of its own: so there is no other plan, whatever PostgreSQL
 * believed of the tables when it was prepared.
 */
export const askedInRepositories = <Row extends object>(build: (from: Located) => Asked<Row>) =>
  askedTogether<(typeof ASKED)[number], Row>(ASKED, (from) => build(located(from)));

type Asked<Row extends object> = ReturnType<Parameters<typeof askedTogether<(typeof ASKED)[number], Row>>[1]>;

export type Located = ReturnType<typeof located>;

const located = (from: AskedFrom<(typeof ASKED)[number]>) =>
  from.with(
    (cte) => cte('located').materialized(),
    (query) =>
      query
        .selectFrom('wanted')
        .select(['wanted.ask', 'wanted.regionId', 'wanted.reference'])
        .select((select) =>
          select
            .selectFrom('repositories')
            .select('repositories.id')
            .whereRef('repositories.region_id', '=', 'wanted.regionId')
            .whereRef('repositories.name', '=', 'wanted.name')
            .whereRef('repositories.namespace_id', '=', 'wanted.namespaceId')
            .as('repositoryId'),
        ),
  );
