import { createReadStream, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Descriptor,
  hashFor,
  isDigest,
  isRepository,
  isTag,
  LARGEST_MANIFEST,
  MANIFEST_TYPES,
  type Manifest,
  manifestOf,
  type Source,
  type SourceImage,
  sourceFailed,
} from './source.ts';
import type { TarFile } from './tar-file.ts';

/** The files of a layout: a folder, or an archive that has them. */
interface LayoutFiles extends AsyncDisposable {
  read(path: string, most: number): Promise<Buffer>;
  stream(path: string): AsyncIterable<Uint8Array>;
}

interface Listed extends Descriptor {
  readonly annotations?: Readonly<Record<string, unknown>>;
}

const LARGEST_INDEX = 16 * 1024 * 1024;
/** Manifests that a layout may list. */
const MOST_MANIFESTS = 10_000;

const pathOf = (digest: string): string => `blobs/${digest.replace(':', '/')}`;

/** An OCI image layout. What it lists without a name, such as signatures, is copied without a tag. */
export class LayoutSource implements Source {
  readonly #files: LayoutFiles;
  readonly #listed: readonly Listed[];
  #subjects: Map<string, string[]> | undefined;

  private constructor(files: LayoutFiles, listed: readonly Listed[]) {
    this.#files = files;
    this.#listed = listed;
  }

  static async open(files: LayoutFiles): Promise<LayoutSource> {
    const index: unknown = JSON.parse((await files.read('index.json', LARGEST_INDEX)).toString());
    const { manifests } = (index ?? {}) as { manifests?: unknown };
    const listed = (Array.isArray(manifests) ? manifests : []) as Listed[];
    if (listed.length === 0) throw sourceFailed('The layout lists no image.');
    if (listed.length > MOST_MANIFESTS) throw sourceFailed('The layout lists too many images.');
    for (const { digest } of listed)
      if (typeof digest !== 'string' || !isDigest(digest)) throw sourceFailed('The layout is not valid.');
    return new LayoutSource(files, listed);
  }

  async *images(): AsyncIterable<SourceImage> {
    for (const { digest, mediaType, annotations = {} } of this.#listed) {
      if (!MANIFEST_TYPES.includes(mediaType)) continue;
      yield { ...nameIn(annotations), reference: digest };
    }
  }

  async manifest(_repository: string, digest: string): Promise<Manifest> {
    const bytes = await this.#files.read(pathOf(digest), LARGEST_MANIFEST);
    if (`${digest.split(':')[0]}:${hashFor(digest).update(bytes).digest('hex')}` !== digest)
      throw sourceFailed(`The layout's file of ${digest} has another content.`);
    return manifestOf(bytes, this.#listed.find((each) => each.digest === digest)?.mediaType, digest);
  }

  async referrers(_repository: string, digest: string): Promise<readonly string[]> {
    this.#subjects ??= await this.#readSubjects();
    return this.#subjects.get(digest) ?? [];
  }

  async blob(_repository: string, { digest }: Descriptor): Promise<ReadableStream<Uint8Array>> {
    return ReadableStream.from(this.#files.stream(pathOf(digest))) as ReadableStream<Uint8Array>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }

  async #readSubjects(): Promise<Map<string, string[]>> {
    const subjects = new Map<string, string[]>();
    for (const { digest, mediaType } of this.#listed) {
      if (!MANIFEST_TYPES.includes(mediaType)) continue;
      const { bytes } = await this.manifest('', digest);
      const { subject } = JSON.parse(bytes.toString()) as { subject?: { digest?: unknown } };
      if (typeof subject?.digest === 'string')
        subjects.set(subject.digest, [...(subjects.get(subject.digest) ?? []), digest]);
    }
    return subjects;
  }
}

/** Containerd writes the name in full, others only the tag, or the whole name as the tag. */
const nameIn = (
  annotations: Readonly<Record<string, unknown>>,
): { repository: string; tag: string | undefined } => {
  const short = annotations['org.opencontainers.image.ref.name'];
  const full = annotations['io.containerd.image.name'];
  for (const text of [full, short]) {
    const named = typeof text === 'string' ? nameOf(text) : undefined;
    if (named) return named;
  }
  return { repository: '', tag: typeof short === 'string' && isTag(short) ? short : undefined };
};

/** `host/repository:tag` without the host; undefined where the text is no name of an image. */
export const nameOf = (text: string): { repository: string; tag: string } | undefined => {
  const [, name = '', tag = ''] = /^(.*):([^:/]+)$/.exec(text) ?? [];
  const [first = '', ...rest] = name.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const repository = isHost ? rest.join('/') : name;
  return isRepository(repository) && isTag(tag) ? { repository, tag } : undefined;
};

/** The files of a layout in a folder. */
export const folderFiles = async (folder: string): Promise<LayoutFiles> => {
  await statOf(join(folder, 'index.json'));
  return {
    async read(path, most) {
      if ((await statOf(join(folder, path))).size > most) throw sourceFailed(`${path} is too large.`);
      return readFile(join(folder, path));
    },
    stream: (path) => createReadStream(join(folder, path), { highWaterMark: 1 << 20 }),
    async [Symbol.asyncDispose]() {},
  };
};

const statOf = async (path: string): Promise<Stats> => {
  try {
    return await stat(path);
  } catch (error) {
    throw sourceFailed(`Cannot read the layout: ${error instanceof Error ? error.message : String(error)}.`);
  }
};

export const archiveFiles = (tar: TarFile): LayoutFiles => ({
  read: (path, most) => tar.read(path, most),
  stream: (path) => tar.stream(path),
  [Symbol.asyncDispose]: () => tar[Symbol.asyncDispose](),
});
