/** Row types of the tables of migrations/0043-usage.ts. */
export interface RepositoryContentRow {
  repository_id: string;
  digest: string;
  account_id: string;
  region_id: string;
  namespace_id: string;
  size: number;
  linked: number;
  tagged: number;
  untagged: number;
  trashed: number;
  use: number;
}

export interface UsageCounterRow {
  kind: 'account' | 'namespace' | 'repository';
  id: string;
  region_id: string;
  shard: number;
  tagged: number;
  untagged: number;
  trash: number;
  waiting: number;
  shared: number;
  images: number;
  untagged_images: number;
  trashed_images: number;
}
