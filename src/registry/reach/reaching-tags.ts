import type { TagPart } from './rows.ts';

/** Tags from which content is to be reached. */
export interface ReachingTags {
  /** Where they are: no other tag is looked at. */
  readonly parts: readonly TagPart[];
  /** Those that count, of tags that were found there. */
  choose(tags: readonly string[]): Promise<readonly string[]>;
}
