import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './debian.ts';
import type { Layer } from './layers.ts';

export const TYPES = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
} as const;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly platform?: { readonly os: 'linux'; readonly architecture: Architecture };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A folder in the form of an OCI image layout. */
export class Layout {
  readonly blobs: string;
  readonly #folder: string;
  readonly #roots: Descriptor[] = [];

  constructor(folder: string) {
    this.#folder = folder;
    this.blobs = join(folder, 'blobs/sha256');
    mkdirSync(this.blobs, { recursive: true });
  }

  /** Writes a document, and describes it. */
  put(mediaType: string, value: unknown): Descriptor {
    const bytes = Buffer.from(JSON.stringify(value));
    const digest = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(this.blobs, digest), bytes);
    return { mediaType, digest: `sha256:${digest}`, size: bytes.length };
  }

  /** What a reader of the layout begins with. */
  addRoot(descriptor: Descriptor): void {
    this.#roots.push(descriptor);
  }

  /** A document about something else in the layout: a registry lists it among the referrers of its subject. */
  attach(subject: Descriptor, artifactType: string, document: Descriptor, title: string): void {
    const manifest = this.put(TYPES.manifest, {
      schemaVersion: 2,
      mediaType: TYPES.manifest,
      artifactType,
      config: this.put(TYPES.empty, {}),
      layers: [{ ...document, annotations: { 'org.opencontainers.image.title': title } }],
      subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    });
    this.addRoot({ ...manifest, artifactType });
  }

  /** `archive`: the image that `docker load` takes, which reads this list rather than the index. */
  close(archive: { config: Descriptor; layers: readonly Layer[]; name: string }): void {
    const write = (name: string, value: unknown): void =>
      writeFileSync(join(this.#folder, name), JSON.stringify(value));
    const pathOf = ({ digest }: { digest: string }): string => `blobs/${digest.replace(':', '/')}`;
    write('oci-layout', { imageLayoutVersion: '1.0.0' });
    write('index.json', { schemaVersion: 2, mediaType: TYPES.index, manifests: this.#roots });
    write('manifest.json', [
      { Config: pathOf(archive.config), RepoTags: [archive.name], Layers: archive.layers.map(pathOf) },
    ]);
  }
}
