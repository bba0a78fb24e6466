import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Database, Db } from '../../database/database.ts';
import type { Digest } from '../../oci/digest.ts';
import { findBlob, manifestsReferringTo, tagsOfManifest } from '../../registry/tx.ts';
import { listRegions } from '../../tenancy/tx.ts';
import { type Holder, linksOfDigest, manifestsOfDigest } from './rows.ts';

/** The most of a kind that are listed. An operator wants to know why a digest is kept, not every place that has it. */
const LIMIT = 100;
/** The most manifests of a holder, and the most tags of a manifest, that are told. */
const PARTS = 10;

interface Place {
  readonly region: string;
  readonly repository: string;
}

interface HoldingManifest {
  readonly digest: string;
  readonly tags: readonly string[];
}

export interface HeldBlob {
  readonly region: string;
  readonly size: number;
  /** Epoch milliseconds, as all times here. */
  readonly createdAt: number;
  /** When it was last pushed, mounted or looked for. */
  readonly wantedAt: number;
  /** From when on collection may remove it; undefined while something holds it. */
  readonly removableAt: number | undefined;
}

export interface HoldingLink extends Place {
  readonly wantedAt: number;
  /** The manifests there that refer to it. Without one the link waits for its own removal. */
  readonly manifests: readonly HoldingManifest[];
}

export interface HeldManifest extends Place {
  readonly mediaType: string;
  readonly tags: readonly string[];
  /** Indexes of the repository that list it. */
  readonly indexes: readonly HoldingManifest[];
}

/** What holds a digest, as a blob and as a manifest. */
export interface Holders {
  readonly blobs: readonly HeldBlob[];
  readonly links: readonly HoldingLink[];
  readonly manifests: readonly HeldManifest[];
  /** There are more than are listed. */
  readonly more: boolean;
}

/** Why a digest is kept, or when it may go. Other requests have their turn between two of its holders. */
export const holdersOf = async (
  { database: { db }, clock, grace }: { database: Database; clock: Clock; grace: number },
  digest: Digest,
): Promise<Holders> => {
  const regions = new Map((await listRegions(db)).map(({ id, name }) => [id, name]));
  const place = ({ region_id, repository }: Holder): Place => ({
    region: regions.get(region_id) ?? region_id,
    repository,
  });
  const linked = await linksOfDigest(db, digest, LIMIT + 1);
  const stored = await manifestsOfDigest(db, digest, LIMIT + 1);
  const links: HoldingLink[] = [];
  for (const link of linked.slice(0, LIMIT)) {
    const manifests = await holding(db, link.repository_id, digest);
    links.push({ ...place(link), wantedAt: link.touched_at, manifests });
  }
  const manifests: HeldManifest[] = [];
  for (const row of stored.slice(0, LIMIT)) {
    const tags = await tagsOfManifest(db, row.repository_id, digest, PARTS);
    const indexes = await holding(db, row.repository_id, digest);
    manifests.push({ ...place(row), mediaType: row.media_type, tags, indexes });
  }
  const more = linked.length > LIMIT || stored.length > LIMIT;
  const blobs: HeldBlob[] = [];
  for (const [id, region] of regions) {
    const row = await findBlob(db, id, digest);
    if (!row) continue;
    const own = links.filter((link) => link.region === region);
    const isHeld = more || own.some((link) => link.manifests.length > 0);
    const wantedAt = Math.max(row.touchedAt, ...own.map((link) => link.wantedAt));
    const removableAt = isHeld ? undefined : Math.max(wantedAt + grace, clock.now());
    blobs.push({ region, size: row.size, createdAt: row.createdAt, wantedAt, removableAt });
  }
  return { blobs, links, manifests, more };
};

/** Some manifests that refer to the digest, with some of their tags. */
const holding = async (db: Db, repositoryId: string, digest: string): Promise<HoldingManifest[]> => {
  const found: HoldingManifest[] = [];
  for (const each of await manifestsReferringTo(db, repositoryId, digest, PARTS))
    found.push({ digest: each, tags: await tagsOfManifest(db, repositoryId, each, PARTS) });
  await turnOfLoop();
  return found;
};
