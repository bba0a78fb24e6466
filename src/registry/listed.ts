import type { ReachingTags } from './reach/reaching-tags.ts';

/** A namespace of which a list tells: the door knows the rights. */
export interface ListedNamespace {
  readonly id: string;
  /** Undefined: of all its repositories. */
  readonly repositories: ListedRepositories | undefined;
}

/** The repositories of a namespace of which a list tells. */
export interface ListedRepositories {
  /** All of them, in the order of names, at most 200 at a time. Names of repositories that are not there may be among them. */
  pages(): AsyncIterable<readonly ListedRepository[]>;
  /** Those of at most 200 names. */
  of(names: readonly string[]): Promise<readonly ListedRepository[]>;
}

export interface ListedRepository {
  readonly name: string;
  /** Only of these tags, and of what they stand for. Undefined: of everything in it. */
  readonly tags: ReachingTags | undefined;
}

/** Of rows that are in repositories, those of which a list may tell, each with the tags of which it may. */
export const listedRows = async <Row extends { readonly repository: string }>(
  { repositories }: ListedNamespace,
  rows: readonly Row[],
): Promise<(readonly [row: Row, tags: ReachingTags | undefined])[]> => {
  if (!repositories) return rows.map((row) => [row, undefined]);
  const listed = await repositories.of([...new Set(rows.map(({ repository }) => repository))]);
  const tagsOf = new Map(listed.map(({ name, tags }) => [name, tags]));
  return rows.flatMap((row) =>
    tagsOf.has(row.repository) ? [[row, tagsOf.get(row.repository)] as const] : [],
  );
};
