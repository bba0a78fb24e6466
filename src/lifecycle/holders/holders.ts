import type { Clock } from '../../clock.ts';
import type { Database, Db } from '../../database/database.ts';
import type { Digest } from '../../oci/digest.ts';
import { findBlob, tagsOfManifest } from '../../registry/tx.ts';
import { listRegions } from '../../tenancy/regions/rows.ts';
import { type Holder, linksOfDigest, manifestsOfDigest, manifestsReferringTo } from './rows.ts';

/** More of a kind are counted out: an operator wants to know why, not everywhere. */
const LIMIT = 100;

interface Place {
  readonly region: string;
  readonly repository: string;
}

interface HoldingManifest {
  readonly digest: string;
  readonly tags: readonly string[];
}

export interface ExplainedBlob {
  readonly region: string;
  readonly size: number;
  readonly created_at: number;
  /** When somebody last pushed, mounted or looked for it. */
  readonly wanted_at: number;
  /** From when on collection may remove it; undefined while something holds it. */
  readonly removable_at: number | undefined;
}

export interface ExplainedLink extends Place {
  readonly wanted_at: number;
  /** The manifests there that refer to it; with none the link itself is what waits. */
  readonly manifests: readonly HoldingManifest[];
}

export interface ExplainedManifest extends Place {
  readonly media_type: string;
  readonly tags: readonly string[];
  /** Indexes of the repository that list it. */
  readonly indexes: readonly HoldingManifest[];
}

/** Who holds a digest, as a blob and as a manifest. */
export interface Explanation {
  readonly blobs: readonly ExplainedBlob[];
  readonly links: readonly ExplainedLink[];
  readonly manifests: readonly ExplainedManifest[];
  /** More hold it than are listed. */
  readonly more: boolean;
}

/** Why a digest is kept, or when it goes. */
export const explain = async (
  { database: { db }, clock, grace }: { database: Database; clock: Clock; grace: number },
  digest: Digest,
): Promise<Explanation> => {
  const regions = new Map((await listRegions(db)).map(({ id, name }) => [id, name]));
  const place = ({ region_id, repository }: Holder): Place => ({
    region: regions.get(region_id) ?? region_id,
    repository,
  });
  const linked = await linksOfDigest(db, digest, LIMIT + 1);
  const stored = await manifestsOfDigest(db, digest, LIMIT + 1);
  const links = await Promise.all(
    linked.slice(0, LIMIT).map(async (link) => ({
      ...place(link),
      wanted_at: link.touched_at,
      manifests: await holding(db, link.repository_id, digest),
    })),
  );
  const manifests = await Promise.all(
    stored.slice(0, LIMIT).map(async (row) => ({
      ...place(row),
      media_type: row.media_type,
      tags: await tagsOfManifest(db, row.repository_id, digest, LIMIT),
      indexes: await holding(db, row.repository_id, digest),
    })),
  );
  const more = linked.length > LIMIT || stored.length > LIMIT;
  const blobs: ExplainedBlob[] = [];
  for (const [id, region] of regions) {
    const row = await findBlob(db, id, digest);
    if (!row) continue;
    const own = links.filter((link) => link.region === region);
    const isHeld = more || own.some((link) => link.manifests.length > 0);
    const wanted_at = Math.max(row.touchedAt, ...own.map((link) => link.wanted_at));
    const removable_at = isHeld ? undefined : Math.max(wanted_at + grace, clock.now());
    blobs.push({ region, size: row.size, created_at: row.createdAt, wanted_at, removable_at });
  }
  return { blobs, links, manifests, more };
};

const holding = async (db: Db, repositoryId: string, digest: string): Promise<HoldingManifest[]> => {
  const digests = await manifestsReferringTo(db, repositoryId, digest, LIMIT);
  return Promise.all(
    digests.map(async (each) => ({
      digest: each,
      tags: await tagsOfManifest(db, repositoryId, each, LIMIT),
    })),
  );
};
