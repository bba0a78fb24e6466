import type { UsageCounterRow } from '../../database/usage-schema.ts';

/** Bytes that an account, a namespace or a repository stores in a region, by what they are for, and how many images. */
export interface StorageUsage {
  /** What tagged images need, those that an index lists, and what refers to an image. */
  readonly tagged: number;
  /** What untagged images need and nothing tagged does. */
  readonly untagged: number;
  /** What only the trash holds. */
  readonly trash: number;
  /** What was uploaded and no image needs (yet). */
  readonly waiting: number;
  /** The part that several repositories of the account have. Of an account it is there once. */
  readonly shared: number;
  readonly images: number;
  readonly untaggedImages: number;
  readonly trashedImages: number;
}

export const NOTHING_STORED: StorageUsage = {
  tagged: 0,
  untagged: 0,
  trash: 0,
  waiting: 0,
  shared: 0,
  images: 0,
  untaggedImages: 0,
  trashedImages: 0,
};

export const usageOf = (row: Omit<UsageCounterRow, 'kind' | 'id' | 'region_id' | 'shard'>): StorageUsage => ({
  tagged: row.tagged,
  untagged: row.untagged,
  trash: row.trash,
  waiting: row.waiting,
  shared: row.shared,
  images: row.images,
  untaggedImages: row.untagged_images,
  trashedImages: row.trashed_images,
});

/** What counts against a quota: the trash does not. */
export const countedAgainstQuota = ({ tagged, untagged, waiting }: StorageUsage): number =>
  tagged + untagged + waiting;
