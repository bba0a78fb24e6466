/** The host that clients of images know this registry by. */
export const registryHost = (): string => location.host;

/** An image as an address names it: `birds/app:1`, `birds/app@sha256:…`, or a repository alone. */
export interface Reference {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

export const parseReference = (name: string): Reference => {
  const [withoutDigest = '', digest] = name.split('@', 2);
  const colon = withoutDigest.lastIndexOf(':');
  const hasTag = colon > withoutDigest.lastIndexOf('/');
  return {
    repository: hasTag ? withoutDigest.slice(0, colon) : withoutDigest,
    tag: hasTag ? withoutDigest.slice(colon + 1) : undefined,
    digest,
  };
};

/** What follows `host/` in the full name of an image. */
export const withoutHost = (full: string): string => full.slice(full.indexOf('/') + 1);
