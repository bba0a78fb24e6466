import type { ServerResponse } from 'node:http';
import type { RepositoryTarget } from '../../registry/room.ts';
import type { Region } from '../../tenancy/room.ts';
import type { Request } from '../request.ts';
import type { Caller, Granted } from './authorize.ts';
import type { Exchange, RegistryRooms, RepositoryExchange } from './exchange.ts';
import type { RawPath } from './path.ts';
import type { TagRight } from './tag-rights.ts';

/**
 * An exchange, which becomes one about a repository when the right is there. The query and the signal are made when they are
 * asked for: most requests ask for neither, and together they cost as much as deciding on the right.
 */
export class MadeExchange implements Exchange {
  readonly request: Request;
  readonly response: ServerResponse;
  readonly path: RawPath;
  readonly region: Region;
  readonly caller: Caller;
  readonly rooms: RegistryRooms;
  target: RepositoryTarget | undefined;
  byTag: TagRight | undefined;
  hidden: true | undefined;
  readonly #search: string;
  #query: URLSearchParams | undefined;
  #signal: AbortSignal | undefined;

  constructor(
    { request, response, path, region, caller, rooms }: Omit<Exchange, 'query' | 'signal'>,
    search: string,
  ) {
    this.request = request;
    this.response = response;
    this.path = path;
    this.region = region;
    this.caller = caller;
    this.rooms = rooms;
    this.#search = search;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#search);
    return this.#query;
  }

  get signal(): AbortSignal {
    this.#signal ??= whenGone(this.response);
    return this.#signal;
  }

  /** The same exchange, about what was granted. */
  about({ target, byTag, hidden }: Granted): RepositoryExchange {
    this.target = target;
    this.byTag = byTag;
    this.hidden = hidden;
    return this as MadeExchange & { readonly target: RepositoryTarget };
  }
}

const whenGone = (response: ServerResponse): AbortSignal => {
  const gone = new AbortController();
  const look = (): void => {
    if (!response.writableFinished) gone.abort(new Error('the client is gone'));
  };
  if (response.destroyed) look();
  else response.once('close', look);
  return gone.signal;
};
