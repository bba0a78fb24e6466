import type { ServerResponse } from 'node:http';
import { RegistryError } from '../../errors.ts';
import type { Log } from '../../observe/log.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { noteFailure } from '../audit/failures.ts';
import type { Origin } from '../origin.ts';
import { type Problem, problemOf } from '../problem.ts';
import type { Request } from '../request.ts';
import { type Asked, askedOf } from './asked.ts';
import { handleByTag } from './by-tag.ts';
import { type RegistryRooms, sendRefusal } from './exchange.ts';
import { MadeExchange } from './made-exchange.ts';
import { PATTERNS, type RawPath, repositoryNameOf, splitPath } from './path.ts';
import { type Route, V2_ROUTES } from './routes.ts';
import { UploadStarts } from './upload-starts.ts';

/** The registry's own door: /v2/ with raw streams, by the table in routes.ts. */
export class RegistryDoor {
  readonly #rooms: RegistryRooms;
  readonly #origin: Origin;
  readonly #log: Log;
  readonly #starts = new UploadStarts();
  readonly #routes: ReadonlyMap<string, Route>;

  /** Throws when two routes claim the same request, or one declares no needs. */
  constructor(rooms: RegistryRooms, origin: Origin, log: Log, routes: readonly Route[] = V2_ROUTES) {
    this.#rooms = rooms;
    this.#origin = origin;
    this.#log = log;
    this.#routes = tableOf(routes);
  }

  /** Answers the request, whatever happens. */
  async answer(request: Request, response: ServerResponse): Promise<void> {
    request.door = 'v2';
    const [pathname = '', search] = split(request.url ?? '');
    const path = splitPath(pathname);
    if (path) request.route = PATTERNS[path.kind];
    try {
      if (isUpload(request.method, path)) await this.#starts.take();
      await this.#dispatch(request, response, path, search);
    } catch (error) {
      try {
        this.#refuse(request, response, path, error);
      } catch (err) {
        // this promise is not awaited: an error that it rejects with would end the process
        this.#log.error({ id: request.id, err }, 'a refusal could not be written');
        response.destroy();
      }
    }
  }

  async #dispatch(
    request: Request,
    response: ServerResponse,
    path: RawPath | undefined,
    search: string,
  ): Promise<void> {
    const region = this.#origin.region(request);
    request.region = region;
    if (!region)
      throw new RegistryError('NAME_UNKNOWN', {
        message: 'no region answers on this host name; see TIDEGATE_REGIONS_FILE',
      });
    const caller = await this.#rooms.authorizer.identify(request, region, path?.kind === 'upload');
    if (caller.anonymous && (!path || path.kind === 'base' || path.kind === 'catalog'))
      throw new RegistryError('UNAUTHORIZED');
    if (!path) throw new RegistryError('NAME_UNKNOWN', { message: 'there is no such endpoint below /v2/' });
    const route = this.#routes.get(`${request.method} ${path.kind}`);
    if (!route)
      throw new RegistryError('UNSUPPORTED', {
        message: `${request.method} is not supported here`,
        detail: { path: path.kind },
      });
    const rooms = this.#rooms;
    const exchange = new MadeExchange({ request, response, path, region, caller, rooms }, search);
    if (route.needs === 'signed-in') return route.handle(exchange);
    const name = repositoryNameOf(path.name);
    const asked = (): Asked => askedOf(request.method, path, exchange.query);
    const granted = await rooms.authorizer.need(request, caller, region, name, route.needs, asked);
    const about = exchange.about(granted);
    return granted.byTag ? handleByTag(route, about) : route.handle(about);
  }

  #refuse(request: Request, response: ServerResponse, path: RawPath | undefined, error: unknown): void {
    if (response.headersSent || response.destroyed) {
      // too late for an answer: cut the connection, so that the client does not take a part for the whole
      if (!response.destroyed) this.#log.warn({ id: request.id, err: error }, 'an answer broke off');
      request.because ??= 'the connection broke off';
      response.destroy();
      return;
    }
    const problem = problemOf(error, request, this.#log);
    if (problem.status === 405 && path) problem.headers.Allow = this.#methods(path, request.method);
    if (problem.status === 401) problem.headers['WWW-Authenticate'] = this.#challenge(request, path, problem);
    // an answer to HEAD has no body: containerd, in docker and in kubelets, shows the status line
    if (problem.status === 403 && request.method === 'HEAD') response.statusMessage = problem.error.message;
    this.#note(request, path, problem);
    sendRefusal({ request, response }, problem);
  }

  /** Events of what was denied, and of changes to images that failed; a lost upload is begun again. */
  #note(request: Request, path: RawPath | undefined, problem: Problem): void {
    const isChange = path?.kind === 'manifest' && (request.method === 'PUT' || request.method === 'DELETE');
    if (request.action === undefined || !path || !(request.denial !== undefined || isChange)) return;
    noteFailure(this.#rooms.collected, request, problem, {
      action: request.action,
      target: path.name,
      targetType: 'image',
      reference: isChange ? path.last : undefined,
    });
  }

  /** RFC 9110 15.5.6: a 405 says what there is instead. */
  #methods({ kind }: RawPath, refused: string | undefined): string {
    const routes = [...this.#routes.values()].filter(
      ({ path, method }) => path === kind && method !== refused,
    );
    return routes.map(({ method }) => method).join(', ');
  }

  /** RFC 6750 and the docker token specification. /v2/ itself is challenged without scope. */
  #challenge(request: Request, path: RawPath | undefined, { error }: Problem): string {
    const parts = [`Bearer realm="${this.#origin.base(request)}/oauth/token"`, 'service="registry"'];
    const needs = path && this.#routes.get(`${request.method} ${path.kind}`)?.needs;
    if (path?.kind === 'catalog') parts.push('scope="registry:catalog:*"');
    else if (needs && needs !== 'signed-in' && parseRepositoryName(path.name)) {
      parts.push(`scope="repository:${path.name}:${needs.challenge.join(',')}"`);
    }
    if (error.code === 'INSUFFICIENT_SCOPE' && request.credential)
      // docker, podman and skopeo show the description in place of the body
      parts.push('error="insufficient_scope"', `error_description="${error.message}"`);
    else if (request.headers.authorization?.startsWith('Bearer')) parts.push('error="invalid_token"');
    return parts.join(',');
  }
}

const isUpload = (method: string | undefined, path: RawPath | undefined): boolean =>
  (path?.kind === 'uploads' || path?.kind === 'upload') &&
  (method === 'POST' || method === 'PUT' || method === 'PATCH');

const tableOf = (routes: readonly Route[]): ReadonlyMap<string, Route> => {
  const table = new Map<string, Route>();
  for (const route of routes) {
    const key = `${route.method} ${route.path}`;
    // the type says so already; a table built in a hurry may not
    if (!(route as Partial<Route>).needs) throw new Error(`route ${key} declares no needs`);
    if (table.has(key)) throw new Error(`two routes answer ${key}`);
    table.set(key, route);
  }
  return table;
};

const split = (url: string): [string, string] => {
  const mark = url.indexOf('?');
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
};
