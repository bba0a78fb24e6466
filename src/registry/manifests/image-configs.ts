import { RegistryError } from '../../errors.ts';
import type { Manifest } from '../../oci/manifest.ts';
import type { Blobs } from '../blobs/blobs.ts';
import type { RepositoryTarget } from '../target.ts';

const IMAGE_CONFIGS = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

/** Bigger configs exist, but none whose creation date is worth the memory. */
const READABLE = 64 << 10;

/** What the registry reads of an image's config when the image is pushed: when it was built. */
export class ImageConfigs {
  readonly #blobs: Blobs;

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** Undefined for what is not an image, has no readable config, or says no date. Never a reason to refuse a push. */
  async read(
    target: RepositoryTarget,
    { config }: Manifest,
  ): Promise<{ createdAt: number | null } | undefined> {
    if (!config || !IMAGE_CONFIGS.includes(config.mediaType) || config.size > READABLE) return undefined;
    try {
      const bytes = await this.#blobs.small(await this.#blobs.find(target, config.digest));
      return bytes && { createdAt: createdAt(bytes) };
    } catch (error) {
      // a config that is not there is refused by the write that follows, with the list of all that is missing
      if (error instanceof RegistryError && error.code === 'BLOB_UNKNOWN') return undefined;
      throw error;
    }
  }
}

const createdAt = (bytes: Buffer): number | null => {
  try {
    const { created } = JSON.parse(bytes.toString('utf8')) as { created?: unknown };
    const time = typeof created === 'string' ? Date.parse(created) : Number.NaN;
    return Number.isNaN(time) ? null : time;
  } catch {
    // not JSON: the registry stores any config, it only cannot tell its date
    return null;
  }
};
