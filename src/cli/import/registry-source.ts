import { CliError } from '../cli-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
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
  type Unlisted,
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
/** Signatures and documents of one image: more is no list either. */
const MOST_REFERRERS = 100_000;
/** What registries answer that do not know the API of referrers: 404 by the specification, the others are Amazon's, Artifactory's and older ones. */
const NO_REFERRERS_API = new Set([400, 404, 405, 406, 501]);

/** Another registry: distribution, Harbor, Quay, zot, Docker Hub and all that speak the same protocol. */
export class RegistrySource implements Source {
  readonly #http: RegistryHttp;
  readonly #wanted: Wanted;

  constructor(http: RegistryHttp, wanted: Wanted) {
    this.#http = http;
    this.#wanted = wanted;
  }

  async *images(): AsyncIterable<SourceImage | Unlisted> {
    const { repository, reference = 'latest', all } = this.#wanted;
    if (!all) {
      yield { repository, tag: isDigest(reference) ? undefined : reference, reference };
      return;
    }
    for await (const name of this.#repositories()) {
      if (typeof name !== 'string') {
        yield name;
        continue;
      }
      try {
        for await (const tag of this.#list(`/v2/${name}/tags/list`, 'tags', pulling(name)))
          if (isTag(tag) && !REFERRERS_LIST.test(tag)) yield { repository: name, tag, reference: tag };
      } catch (error) {
        // one repository that this user may not list says nothing about the others
        yield unlisted(name, error);
      }
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
    const path = `/v2/${repository}/referrers/${digest}`;
    const digests: string[] = [];
    for await (const response of this.#pages(path, pulling(repository), (first) => this.#hasNoApi(first))) {
      if (response === undefined) return this.#referrersTag(repository, digest);
      digests.push(...digestsIn(await this.#jsonOf(response, path)));
      if (digests.length > MOST_REFERRERS)
        throw sourceFailed(`${this.#http.origin}${path} lists more than ${MOST_REFERRERS} manifests.`);
    }
    return digests;
  }

  /**
   * Only an answer that says so means that there is no such list: with any other failure, signatures would be left behind
   * without a word. GitHub's registry sends to another host, which answers what it likes.
   */
  #hasNoApi(response: Response): boolean {
    if (response.ok) return !/image\.index/.test(response.headers.get('content-type') ?? '');
    return NO_REFERRERS_API.has(response.status) || new URL(response.url).origin !== this.#http.origin;
  }

  /** Before there was an API for them, clients kept the list under a tag. */
  async #referrersTag(repository: string, digest: string): Promise<readonly string[]> {
    const [algorithm = '', hex = ''] = digest.split(':');
    const path = `/v2/${repository}/manifests/${algorithm}-${hex.slice(0, LONGEST_HEX_IN_TAG)}`;
    const headers = { accept: MANIFEST_TYPES.join(', ') };
    const response = await this.#http.send({ path, scope: pulling(repository), headers });
    if (response.ok) return digestsIn(await this.#jsonOf(response, path));
    if (response.status !== 404) throw await this.#failure(response, path);
    await response.body?.cancel();
    return [];
  }

  async blob(repository: string, descriptor: Descriptor): Promise<ReadableStream<Uint8Array>> {
    const path = `/v2/${repository}/blobs/${descriptor.digest}`;
    const response = await this.#get({ path, scope: pulling(repository) });
    return ReadableStream.from(bytesOf(response, descriptor)) as ReadableStream<Uint8Array>;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async *#repositories(): AsyncIterable<string | Unlisted> {
    const { repository } = this.#wanted;
    const isBelow = (name: string): boolean => repository === '' || name.startsWith(`${repository}/`);
    if (repository !== '') yield repository;
    try {
      for await (const name of this.#list('/v2/_catalog', 'repositories', 'registry:catalog:*'))
        if (isRepository(name) && isBelow(name)) yield name;
    } catch (error) {
      // many registries list their repositories to nobody; the one that was named is enough
      if (repository !== '' && error instanceof CliError && LISTS_TO_NOBODY.has(error.exitCode)) return;
      if (repository === '') throw error;
      yield unlisted(`${repository}/…`, error);
    }
  }

  async *#list(path: string, field: 'tags' | 'repositories', scope: string): AsyncIterable<string> {
    // a repository whose last tag was removed, or one below which there are others only
    const isNone = ({ status }: Response): boolean => status === 404 && field === 'tags';
    for await (const response of this.#pages(`${path}?n=${PAGE}`, scope, isNone)) {
      if (response === undefined) return;
      const names = (await this.#jsonOf(response, path))[field];
      if (Array.isArray(names)) for (const name of names) if (typeof name === 'string') yield name;
    }
  }

  /** The answers of a list that may go on in further ones; undefined where the first one says that there is no such list. */
  async *#pages(
    path: string,
    scope: string,
    isNone: (first: Response) => boolean,
  ): AsyncIterable<Response | undefined> {
    let next: string | undefined = path;
    for (let page = 0; next !== undefined; page++) {
      if (page === MOST_PAGES) throw sourceFailed(`${this.#http.origin} continues its list without end.`);
      const response = await this.#http.send({ path: next, scope });
      if (page === 0 && isNone(response)) {
        await response.body?.cancel();
        yield undefined;
        return;
      }
      if (!response.ok) throw await this.#failure(response, path);
      yield response;
      next = this.#nextOf(response, next);
    }
  }

  /** Where a list goes on: at the same registry, or the token for it would go elsewhere. */
  #nextOf(response: Response, path: string): string | undefined {
    const link = /<([^>]+)>\s*;[^,]*rel="?next"?/i.exec(response.headers.get('link') ?? '')?.[1];
    if (link === undefined) return undefined;
    const next = URL.parse(link, new URL(path, this.#http.origin));
    if (next?.origin !== this.#http.origin)
      throw sourceFailed(`${this.#http.origin} continues its list at another host.`);
    return `${next.pathname}${next.search}`;
  }

  async #jsonOf(response: Response, path: string): Promise<Record<string, unknown>> {
    const bytes = await bodyOf(response, LARGEST_LIST);
    try {
      const value: unknown = JSON.parse(bytes.toString());
      if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
    } catch {
      // said below
    }
    throw sourceFailed(`${this.#http.origin}${path}: the answer is no list.`);
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

/** The specification cuts the digest there, so that SHA-512 fits into a tag. */
const LONGEST_HEX_IN_TAG = 64;

/** A tag that stands in for the list of referrers: the destination keeps that list itself. */
const REFERRERS_LIST = /^sha(?:256|512)-[0-9a-f]{64,128}$/;

/** What the list of a whole registry answers where it is not for this user, or where there is none. */
const LISTS_TO_NOBODY: ReadonlySet<ExitCode> = new Set([EXIT.REFUSED, EXIT.NOT_FOUND]);

const unlisted = (name: string, error: unknown): Unlisted => {
  if (error instanceof CliError && error.exitCode !== EXIT.UNREACHABLE) return { unlisted: name, error };
  throw error;
};

const pulling = (repository: string): string => `repository:${repository}:pull`;

const digestsIn = ({ manifests }: Record<string, unknown>): string[] =>
  (Array.isArray(manifests) ? manifests : [])
    .map((each) => (each as { digest?: unknown } | null)?.digest)
    .filter((digest): digest is string => typeof digest === 'string' && isDigest(digest));
