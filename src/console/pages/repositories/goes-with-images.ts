import { ImageClient } from '../../../client/images.ts';
import { ListingClient } from '../../../client/listings.ts';
import type { ImageInspection } from '../../../wire/image-inspection.ts';
import type { ListedTag } from '../../../wire/listings.ts';
import { accountId, api } from '../../session/client.ts';
import { registryHost } from './reference.ts';

/** What is deleted with the images of some tags. */
export interface GoesAlong {
  /** Other tags of the same images. */
  readonly tags: readonly string[];
  /** Signatures, SBOMs and the like. */
  readonly attached: number;
  /** Images that an index lists: they stay. */
  readonly listed: number;
  /** The repository has more tags than were looked at. */
  readonly isAtLeast: boolean;
}

/** Images that are asked for one by one; of more, the list of the repository's tags is read. */
const MOST_ASKED = 50;
const TAGS_IN_PAGE = 200;
const MOST_PAGES = 10;

/** What goes along, and is not named by these tags. */
export const goesWith = async (repository: string, tags: readonly string[]): Promise<GoesAlong> => {
  const chosen = new Set(tags);
  const { images, isAtLeast } = await (chosen.size <= MOST_ASKED
    ? inspected(repository, tags)
    : listed(repository, chosen));
  const others = new Set(images.flatMap((image) => image.tags));
  return {
    tags: [...others].filter((tag) => !chosen.has(tag)).sort(),
    attached: images.reduce((sum, { attached }) => sum + attached, 0),
    listed: images.reduce((sum, image) => sum + image.listed, 0),
    isAtLeast,
  };
};

/** The same of one image, by what its inspection says with its attestations. */
export const goesWithImage = (image: ImageInspection): Omit<GoesAlong, 'tags'> => {
  const { attached, listed } = imageOf(image);
  return { attached, listed, isAtLeast: false };
};

interface Image {
  readonly tags: readonly string[];
  readonly attached: number;
  readonly listed: number;
}

interface Images {
  readonly images: readonly Image[];
  readonly isAtLeast: boolean;
}

const inspected = async (repository: string, tags: readonly string[]): Promise<Images> => {
  const client = new ImageClient(api, accountId());
  const answers = await Promise.allSettled(
    tags.map((tag) => client.inspect(`${registryHost()}/${repository}:${tag}`, { attestations: true })),
  );
  const byDigest = new Map<string, Image>();
  for (const answer of answers)
    if (answer.status === 'fulfilled') byDigest.set(answer.value.RepoDigests[0] ?? '', imageOf(answer.value));
  return { images: [...byDigest.values()], isAtLeast: false };
};

const imageOf = ({ RepoTags, RepoDigests, attestations = [], manifests = [] }: ImageInspection): Image => {
  const [name = ''] = RepoDigests;
  const beside = new Set(
    attestations.flatMap(({ through, digest }) => (through === 'buildkit' ? digest : [])),
  );
  return {
    tags: RepoTags.map((each) => each.slice(each.lastIndexOf(':') + 1)),
    // what hangs on an image that the index lists stays with that
    attached: attestations.filter(({ through, about }) => through === 'referrer' && name.endsWith(about))
      .length,
    listed: manifests.filter(({ digest }) => !beside.has(digest)).length,
  };
};

const listed = async (repository: string, chosen: ReadonlySet<string>): Promise<Images> => {
  const client = new ListingClient(api, accountId());
  const found: ListedTag[] = [];
  let start: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await client.tags({ repository, limit: TAGS_IN_PAGE, ...(start ? { start } : {}) });
    found.push(...page.tags);
    start = page.next;
    if (start === undefined) break;
  }
  const images = [...Map.groupBy(found, ({ digest }) => digest).values()]
    .filter((rows) => rows.some(({ tag }) => chosen.has(tag)))
    .map(imageOfRows);
  return { images, isAtLeast: start !== undefined };
};

/** The rows of one digest. */
const imageOfRows = (rows: readonly ListedTag[]): Image => {
  const [first] = rows;
  const { signatures = 0, sboms = 0, provenance = 0, other = 0 } = first?.referrers ?? {};
  return {
    tags: rows.map(({ tag }) => tag),
    attached: signatures + sboms + provenance + other,
    listed: first?.kind === 'index' ? first.platforms.length : 0,
  };
};
