import type { Image, ListedImage, PullTotals } from '../../registry/room.ts';
import type { ImagePulls, ImagePush } from '../../wire/images.ts';

/** What every view of an image says in the same way. */

export const pushOf = (
  {
    pushedAt,
    pushedBy,
    pushedWith,
    pushedFrom,
    pushedClaims,
  }: Pick<Image, 'pushedAt' | 'pushedBy' | 'pushedWith' | 'pushedFrom' | 'pushedClaims'>,
  name: string | undefined,
): ImagePush => ({
  at: new Date(pushedAt).toISOString(),
  by: pushedBy,
  ...(name === undefined ? {} : { name }),
  ...(pushedWith === null ? {} : { credential: pushedWith }),
  ...(pushedFrom === null ? {} : { address: pushedFrom }),
  ...(pushedClaims === null ? {} : { claims: JSON.parse(pushedClaims) }),
});

export const pullsOf = (totals: PullTotals | undefined): ImagePulls =>
  totals ? { last: new Date(totals.lastAt).toISOString(), recent: totals.recent } : { recent: 0 };

export const tagPullsOf = (pulls: ListedImage['tagPulls']): Record<string, ImagePulls> =>
  Object.fromEntries([...pulls].map(([tag, totals]) => [tag, pullsOf(totals)]));

/** Seconds since the epoch: when it was built, or pushed where it does not say. */
export const createdOf = ({ builtAt, pushedAt }: Pick<Image, 'builtAt' | 'pushedAt'>): number =>
  Math.floor((builtAt ?? pushedAt) / 1000);
