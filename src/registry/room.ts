import type { AuditSettings } from '../audit/events/room.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { type Job, untilDone } from '../job.ts';
import type { Quotas, Stored } from '../tenancy/room.ts';
import { Turns } from '../turns.ts';
import { Activity } from './activity/activity.ts';
import { Blobs, type Redirect } from './blobs/blobs.ts';
import { Holds } from './holds/holds.ts';
import { Attestations } from './images/attestations.ts';
import { Copies } from './images/copies.ts';
import { Images } from './images/images.ts';
import { Inspections } from './images/inspections.ts';
import { RepositoryListing } from './listings/repository-listing.ts';
import { TagListing } from './listings/tag-listing.ts';
import { ImageConfigs } from './manifests/image-configs.ts';
import { Manifests } from './manifests/manifests.ts';
import { Protection } from './protection/protection.ts';
import { Pulls } from './pulls/pulls.ts';
import { Reach } from './reach/reach.ts';
import { Recount } from './recount/recount.ts';
import { Referrers } from './referrers/referrers.ts';
import { Repositories } from './repositories/repositories.ts';
import { Tags } from './tags/tags.ts';
import { Trash } from './trash/trash.ts';
import { Uploads } from './uploads/uploads.ts';

export type { Blobs } from './blobs/blobs.ts';
export type { StoredBlob } from './blobs/rows.ts';
export type { Hold } from './holds/hold.ts';
export type { Holds } from './holds/holds.ts';
export type { Attestation, Attestations } from './images/attestations.ts';
export type { Copies } from './images/copies.ts';
export type { Image, ImageFilter, Images, ListedImage } from './images/images.ts';
export type { Inspection, Inspections } from './images/inspections.ts';
export type { ListedNamespace, ListedRepositories, ListedRepository } from './listed.ts';
export type {
  RepositoryEntry,
  RepositoryListing,
  RepositoryOrder,
} from './listings/repository-listing.ts';
export type { ListedTag, TagListing } from './listings/tag-listing.ts';
export type { Manifests } from './manifests/manifests.ts';
export type { NewRule, Protection } from './protection/protection.ts';
export type { ProtectionRule } from './protection/protection-rule.ts';
export type { Pulled, Pulls, PullTotals } from './pulls/pulls.ts';
export type { Reach } from './reach/reach.ts';
export type { Referrers } from './referrers/referrers.ts';
export type { Referrer } from './referrers/rows.ts';
export { type SmallBlobRows, withSmallBlobs } from './small-blobs/small-blobs.ts';
export { Storage } from './storage/storage.ts';
export type { RepositoryTarget } from './target.ts';
export type { Trash } from './trash/trash.ts';
export type { TrashedImage } from './trash/trashed-image.ts';
export type { Upload } from './uploads/rows.ts';
export type { Body, Uploads } from './uploads/uploads.ts';

/** Content: what is pushed, what it is called, and what refers to it. */
export interface Registry extends AsyncDisposable {
  readonly repositories: Repositories;
  readonly uploads: Uploads;
  readonly blobs: Blobs;
  readonly manifests: Manifests;
  readonly tags: Tags;
  readonly referrers: Referrers;
  /** For work that takes milliseconds: an account's, or a network's, one piece after the other. */
  readonly turns: Turns;
  readonly reach: Reach;
  readonly images: Images;
  readonly trash: Trash;
  readonly protection: Protection;
  readonly holds: Holds;
  readonly inspections: Inspections;
  readonly attestations: Attestations;
  readonly copies: Copies;
  readonly pulls: Pulls;
  readonly repositoryListing: RepositoryListing;
  readonly tagListing: TagListing;
  readonly jobs: readonly Job[];
}

export interface RegistryParts {
  readonly database: Database;
  readonly store: BlobStore;
  readonly clock: Clock;
  /** Which events the pulls of an account make. */
  readonly auditSettings: AuditSettings;
  /** How long collection keeps a blob that no manifest holds after it was last wanted, milliseconds. */
  readonly grace: number;
  /** Accept indexes whose children are absent. */
  readonly sparseIndex: boolean;
  /** How long what is deleted can be restored, milliseconds. */
  readonly trashRetention: number;
  readonly stored: Stored;
  /** A copy is stored without a request of its own for each manifest. */
  readonly quotas: Pick<Quotas, 'admitPush' | 'takenBeside'>;
  /** Where clients fetch large blobs instead of here. */
  readonly redirect: Redirect | undefined;
}

/** Uploads that one round of the job forgets. */
const BATCH = 100;
/** Counts of pulls that one round of the job looks at. */
const COUNTS = 500;

export const openRegistry = ({
  database,
  store,
  clock,
  auditSettings,
  grace,
  sparseIndex,
  trashRetention,
  stored,
  quotas,
  redirect,
}: RegistryParts): Registry => {
  const turns = new Turns();
  const repositories = new Repositories(database);
  const blobs = new Blobs({ database, store, clock, repositories, grace, redirect });
  const uploads = new Uploads(database, store, clock);
  const activity = new Activity(database);
  const pulls = new Pulls(database, clock, auditSettings, activity);
  const recount = new Recount(database, stored);
  const imageConfigs = new ImageConfigs(blobs);
  const manifests = new Manifests({
    database,
    clock,
    repositories,
    imageConfigs,
    activity,
    sparseIndex,
    trashRetention,
  });
  const images = new Images(database, repositories, pulls);
  const held = { database, clock, repositories, manifests };
  return {
    repositories,
    uploads,
    blobs,
    manifests,
    tags: new Tags(database, repositories),
    referrers: new Referrers(database, repositories, turns),
    turns,
    reach: new Reach(database, repositories),
    protection: new Protection(database, clock),
    holds: new Holds(database, clock, repositories, manifests),
    trash: new Trash({ database, clock, repositories, manifests }),
    images,
    inspections: new Inspections({ ...held, blobs, pulls }),
    attestations: new Attestations(held),
    copies: new Copies({ ...held, activity, sparseIndex, turns, quotas }),
    pulls,
    repositoryListing: new RepositoryListing({ database, repositories, stored }),
    tagListing: new TagListing({ database, repositories, pulls, blobs, turns }),
    jobs: [
      {
        name: 'expire-uploads',
        period: 10 * 60_000,
        of: 'installation',
        run: untilDone(BATCH, (limit) => uploads.expire(limit)),
      },
      {
        name: 'count-usage',
        period: 5_000,
        of: 'installation',
        run: (signal) => recount.run(signal),
      },
      { name: 'record-pulls', period: 5_000, of: 'process', run: () => pulls.flush() },
      { name: 'record-repository-activity', period: 2_000, of: 'process', run: () => activity.flush() },
      {
        name: 'fill-listings',
        period: 24 * 3_600_000,
        first: 5_000,
        of: 'installation',
        run: (signal) => activity.fill(signal),
      },
      {
        name: 'forget-pulls',
        period: 24 * 3_600_000,
        of: 'installation',
        run: (signal) => pulls.forget(COUNTS, signal),
      },
    ],
    [Symbol.asyncDispose]: async () => {
      await pulls.flush({ all: true });
      await activity.flush();
    },
  };
};
