import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { bodyOf, complaintOf, type RegistryHttp, type RegistryRequest } from './registry-http.ts';
import {
  BrokenOff,
  type Descriptor,
  digestOf,
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

/** What is asked of a registry. */
export interface Wanted {
  /** Empty for all repositories. */
  readonly repository: string;
  readonly reference: string | undefined;
  /** Each tag of the repository and of those below it. */
  readonly all: boolean;
}

const PAGE = 100;
/** Pages of one list: more is no list but a registry that goes in a circle. */
const MOST_PAGES = 100_000;
const LARGEST_LIST = 4 * 1024 * 1024;

/** Another registry: distribution, Harbor, Quay, zot, Docker Hub and all that speak the same protocol. */
export class RegistrySource implements Source {
  readonly #http: RegistryHttp;
  readonly #wanted: Wanted;

  constructor(http: RegistryHttp, wanted: Wanted) {
    this.#http = http;
    this.#wanted = wanted;
  }

  async *images(): AsyncIterable<SourceImage> {
    const { repository, reference = 'latest', all } = this.#wanted;
    if (!all) {
      yield { repository, tag: isDigest(reference) ? undefined : reference, reference };
      return;
    }
    for await (const name of this.#repositories()) {
      for await (const tag of this.#list(`/v2/${name}/tags/list`, 'tags', pulling(name)))
        if (isTag(tag) && !REFERRERS_LIST.test(tag)) yield { repository: name, tag, reference: tag };
    }
  }

  async manifest(repository: string, reference: string): Promise<Manifest> {
    const path = `/v2/${repository}/manifests/${reference}`;
    const headers = { accept: MANIFEST_TYPES.join(', ') };
    const response = await this.#get({ path, scope: pulling(repository), headers });
    const bytes = await bodyOf(response, LARGEST_MANIFEST);
    const digest = isDigest(reference)
      ? `${reference.split(':')[0]}:${hashFor(reference).update(bytes).digest('hex')}`
      : digestOf(bytes);
    if (isDigest(reference) && digest !== reference)
      throw sourceFailed(`${this.#http.origin} gives a manifest that is not ${reference}.`);
    const declared = response.headers.get('content-type')?.split(';')[0]?.trim();
    return manifestOf(bytes, declared, digest);
  }

  async referrers(repository: string, digest: string): Promise<readonly string[]> {
    const response = await this.#http.send({
      path: `/v2/${repository}/referrers/${digest}`,
      scope: pulling(repository),
    });
    if (response.ok && /image\.index/.test(response.headers.get('content-type') ?? ''))
      return digestsIn(await bodyOf(response, LARGEST_MANIFEST));
    await response.body?.cancel();
    // before there was an API for them, clients kept the list under a tag
    const fallback = await this.#http.send({
      path: `/v2/${repository}/manifests/${digest.replace(':', '-')}`,
      scope: pulling(repository),
      headers: { accept: MANIFEST_TYPES.join(', ') },
    });
    if (fallback.ok) return digestsIn(await bodyOf(fallback, LARGEST_MANIFEST));
    await fallback.body?.cancel();
    return [];
  }

  async blob(repository: string, descriptor: Descriptor): Promise<ReadableStream<Uint8Array>> {
    const path = `/v2/${repository}/blobs/${descriptor.digest}`;
    const response = await this.#get({ path, scope: pulling(repository) });
    return ReadableStream.from(bytesOf(response, descriptor)) as ReadableStream<Uint8Array>;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async *#repositories(): AsyncIterable<string> {
    const { repository } = this.#wanted;
    const isBelow = (name: string): boolean => repository === '' || name.startsWith(`${repository}/`);
    if (repository !== '') yield repository;
    try {
      for await (const name of this.#list('/v2/_catalog', 'repositories', 'registry:catalog:*'))
        if (isRepository(name) && isBelow(name)) yield name;
    } catch (error) {
      // many registries list their repositories to nobody; the one that was named is enough
      if (repository === '' || !(error instanceof CliError)) throw error;
    }
  }

  async *#list(path: string, field: 'tags' | 'repositories', scope: string): AsyncIterable<string> {
    let next: string | undefined = `${path}?n=${PAGE}`;
    for (let page = 0; next !== undefined && page < MOST_PAGES; page++) {
      const response = await this.#http.send({ path: next, scope });
      // a repository whose last tag was removed, or one below which there are others only
      if (response.status === 404 && field === 'tags') return;
      if (!response.ok) throw await this.#failure(response, path);
      const answer = JSON.parse((await bodyOf(response, LARGEST_LIST)).toString()) as Record<string, unknown>;
      const names = answer[field];
      if (Array.isArray(names)) for (const name of names) if (typeof name === 'string') yield name;
      next = nextOf(response);
      if (next !== undefined && new URL(next, this.#http.origin).origin !== this.#http.origin)
        throw sourceFailed(`${this.#http.origin} continues its list at another host.`);
    }
  }

  async #get(request: RegistryRequest): Promise<Response> {
    const response = await this.#http.send(request);
    if (!response.ok) throw await this.#failure(response, request.path);
    return response;
  }

  async #failure(response: Response, path: string): Promise<CliError> {
    const code =
      { 401: EXIT.REFUSED, 403: EXIT.REFUSED, 404: EXIT.NOT_FOUND }[response.status] ?? EXIT.FAILED;
    if (response.status === 401)
      return new CliError(
        code,
        `${this.#http.origin} asks for a user and a password: --source-user, --source-password.`,
      );
    return new CliError(code, `${this.#http.origin}${path}: ${await complaintOf(response)}.`);
  }
}

/**
 * The body of an answer, which must have this length. It keeps hold of the answer: fetch ends the body of an answer that
 * nothing refers to, as if that had been all.
 */
async function* bytesOf(response: Response, { digest, size }: Descriptor): AsyncIterable<Uint8Array> {
  const { origin } = new URL(response.url);
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw new BrokenOff(`${origin} broke off in the middle of ${digest}.`, { cause: error });
  }
  if (length !== size) throw new BrokenOff(`${origin} gave ${length} bytes of ${digest}, which has ${size}.`);
}

/** A tag that stands in for the list of referrers: the destination keeps that list itself. */
const REFERRERS_LIST = /^sha(?:256|512)-[0-9a-f]{64,128}$/;

const pulling = (repository: string): string => `repository:${repository}:pull`;

const digestsIn = (bytes: Buffer): string[] => {
  const { manifests } = JSON.parse(bytes.toString()) as { manifests?: unknown };
  return (Array.isArray(manifests) ? manifests : [])
    .map((each) => (each as { digest?: unknown } | null)?.digest)
    .filter((digest): digest is string => typeof digest === 'string' && isDigest(digest));
};

const nextOf = (response: Response): string | undefined =>
  /<([^>]+)>\s*;[^,]*rel="?next"?/i.exec(response.headers.get('link') ?? '')?.[1];
