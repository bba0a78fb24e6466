/** A deleted image that can be restored. Times in epoch milliseconds. */
export interface TrashedImage {
  readonly repository: string;
  readonly digest: string;
  readonly mediaType: string;
  /** Bytes of the config and the layers. */
  readonly size: number;
  /** The first tags it bore, in byte order. */
  readonly tags: readonly string[];
  /** It bore more tags than that. */
  readonly more: boolean;
  readonly deletedAt: number;
  /** The principal that deleted it. */
  readonly deletedBy: string;
  /** Until then it can be restored. */
  readonly expiresAt: number;
  /** The digest of the image with which it was deleted; its own where it was named itself. */
  readonly deletedWith: string;
}
