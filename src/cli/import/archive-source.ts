import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { archiveFiles, LayoutSource, nameOf } from './layout-source.ts';
import {
  type Descriptor,
  digestOf,
  MANIFEST_TYPES,
  type Manifest,
  type Source,
  type SourceImage,
  sourceFailed,
} from './source.ts';
import { TarFile } from './tar-file.ts';

interface Saved {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
  readonly Layers: readonly string[];
}

const LARGEST_DOCUMENT = 16 * 1024 * 1024;
const MOST_LAYERS = 500;
const [MANIFEST = ''] = MANIFEST_TYPES;
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** What `docker save` and `podman save` write: newer ones a layout in an archive, older ones a list of their own. */
export const openArchive = async (path: string): Promise<Source> => {
  const tar = await TarFile.open(path);
  try {
    if (tar.has('oci-layout') && tar.has('index.json')) return await LayoutSource.open(archiveFiles(tar));
    if (!tar.has('manifest.json'))
      throw sourceFailed(`${path} is neither what docker save writes nor an OCI layout.`);
    return new ArchiveSource(tar, savedIn(await tar.read('manifest.json', LARGEST_DOCUMENT)));
  } catch (error) {
    await tar[Symbol.asyncDispose]();
    throw error;
  }
};

const savedIn = (bytes: Buffer): readonly Saved[] => {
  const list: unknown = JSON.parse(bytes.toString());
  const isSaved = ({ Config, RepoTags, Layers }: Partial<Saved>): boolean =>
    typeof Config === 'string' &&
    (RepoTags === null || Array.isArray(RepoTags)) &&
    Array.isArray(Layers) &&
    Layers.length <= MOST_LAYERS &&
    Layers.every((layer) => typeof layer === 'string');
  if (
    !Array.isArray(list) ||
    !list.every((each) => typeof each === 'object' && each !== null && isSaved(each))
  )
    throw sourceFailed('The list of images in the archive is not valid.');
  return list;
};

/** An archive of the older form: layers are not compressed and have no manifest, so both are made here. */
class ArchiveSource implements Source {
  readonly #tar: TarFile;
  readonly #saved: readonly Saved[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'tidegate-import-'));
  readonly #manifests = new Map<string, Promise<Manifest>>();
  readonly #layers = new Map<string, Promise<Descriptor>>();
  readonly #blobs = new Map<string, () => Readable>();

  constructor(tar: TarFile, saved: readonly Saved[]) {
    this.#tar = tar;
    this.#saved = saved;
  }

  async *images(): AsyncIterable<SourceImage> {
    for (const { Config, RepoTags } of this.#saved) {
      const names = (RepoTags ?? []).map(nameOf).filter((name) => name !== undefined);
      for (const name of names) yield { ...name, reference: Config };
      if (names.length === 0) yield { repository: '', tag: undefined, reference: Config };
    }
  }

  /** `reference` is the image's configuration in the archive. */
  manifest(_repository: string, reference: string): Promise<Manifest> {
    const known = this.#manifests.get(reference) ?? this.#make(reference);
    this.#manifests.set(reference, known);
    return known;
  }

  async referrers(): Promise<readonly string[]> {
    return [];
  }

  async blob(_repository: string, { digest }: Descriptor): Promise<ReadableStream<Uint8Array>> {
    const open = this.#blobs.get(digest);
    if (!open) throw sourceFailed(`The archive has no ${digest}.`);
    return Readable.toWeb(open()) as ReadableStream<Uint8Array>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
    await this.#tar[Symbol.asyncDispose]();
  }

  async #make(reference: string): Promise<Manifest> {
    const saved = this.#saved.find(({ Config }) => Config === reference);
    if (!saved) throw sourceFailed(`The archive has no image ${reference}.`);
    const config = await this.#tar.read(saved.Config, LARGEST_DOCUMENT);
    const digest = digestOf(config);
    this.#blobs.set(digest, () => Readable.from([config]));
    const layers: Descriptor[] = [];
    for (const name of saved.Layers) {
      const known = this.#layers.get(name) ?? this.#compress(name);
      this.#layers.set(name, known);
      layers.push(await known);
    }
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST,
        config: { mediaType: CONFIG, digest, size: config.length },
        layers,
      }),
    );
    return { mediaType: MANIFEST, digest: digestOf(bytes), bytes };
  }

  /** The same layer gives the same bytes each time, so that a second run finds it at the registry. */
  async #compress(name: string): Promise<Descriptor> {
    const path = join(this.#folder, String(this.#layers.size));
    const hash = createHash('sha256');
    let size = 0;
    const plain = await this.#plain(name);
    await pipeline(
      plain,
      createGzip(),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          size += chunk.length;
          yield chunk;
        }
      },
      createWriteStream(path),
    );
    const digest = `sha256:${hash.digest('hex')}`;
    this.#blobs.set(digest, () => createReadStream(path));
    return { mediaType: LAYER, digest, size };
  }

  async #plain(name: string): Promise<Readable> {
    const head = (await this.#tar.stream(name)[Symbol.asyncIterator]().next()).value;
    const stored = Readable.from(this.#tar.stream(name));
    return head?.[0] === 0x1f && head[1] === 0x8b ? stored.pipe(createGunzip()) : stored;
  }
}
