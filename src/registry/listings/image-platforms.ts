import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { parseDigest } from '../../oci/digest.ts';
import type { Turns } from '../../turns.ts';
import type { Blobs } from '../blobs/blobs.ts';
import type { RepositoryTarget } from '../target.ts';
import type { ManifestRowFacts } from './manifest-rows.ts';

/** For what an image of one platform is made, as its config says. */
export interface ImagePlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | undefined;
}

/** Bytes of a config that is read for its platform: longer ones are rare, and a page of a list reads many. */
const READABLE = 64 << 10;
/** Configs that are read at the same time. */
const AT_ONCE = 8;
/** Bytes of a config that is looked through at once; longer ones one after the other for each account. */
const SHORT = 8 << 10;
/** Characters of a name: what the platforms of the Go compiler need, and more. */
const LONGEST = 64;

/** The platforms of images that stand in no index: their configs are read for a page of a list, once each. */
export class ImagePlatforms {
  readonly #blobs: Blobs;
  readonly #turns: Turns;
  /** By repository and digest of the manifest. That an image says none is kept too; what could not be read is read again. */
  readonly #known = new LRUCache<string, { readonly platform: ImagePlatform | undefined }>({ max: 5000 });

  constructor(blobs: Blobs, turns: Turns) {
    this.#blobs = blobs;
    this.#turns = turns;
  }

  async of(
    target: RepositoryTarget,
    repositoryId: string,
    images: readonly ManifestRowFacts[],
  ): Promise<ReadonlyMap<string, ImagePlatform>> {
    const keyOf = (digest: string): string => `${repositoryId}/${digest}`;
    const unknown = images.filter(({ digest }) => !this.#known.has(keyOf(digest)));
    for (let start = 0; start < unknown.length; start += AT_ONCE) {
      const some = unknown.slice(start, start + AT_ONCE);
      const outcomes = await Promise.allSettled(
        some.map(async ({ digest, configDigest }) => {
          const platform = await this.#read(target, configDigest);
          this.#known.set(keyOf(digest), { platform });
        }),
      );
      // the rest of a row is known without its config, and a store that fails is not asked for each row
      if (outcomes.some(({ status }) => status === 'rejected')) break;
      await turnOfLoop();
    }
    return new Map(
      images.flatMap(({ digest }) => {
        const platform = this.#known.get(keyOf(digest))?.platform;
        return platform ? [[digest, platform] as const] : [];
      }),
    );
  }

  async #read(target: RepositoryTarget, configDigest: string | null): Promise<ImagePlatform | undefined> {
    const digest = configDigest === null ? undefined : parseDigest(configDigest);
    if (digest === undefined) return undefined;
    const bytes = await this.#blobs.whole(await this.#blobs.find(target, digest), READABLE);
    if (!bytes || bytes.length <= SHORT) return bytes && platformIn(bytes);
    return this.#turns.take(target.namespace.accountId, async () => platformIn(bytes));
  }
}

/** What is no JSON object is another kind of artifact. */
const platformIn = (bytes: Buffer): ImagePlatform | undefined => {
  try {
    const { os, architecture, variant } = JSON.parse(bytes.toString('utf8')) ?? {};
    if (!isWord(os) || !isWord(architecture)) return undefined;
    return { os, architecture, variant: isWord(variant) ? variant : undefined };
  } catch {
    return undefined;
  }
};

const isWord = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST;
