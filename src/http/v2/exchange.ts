import type { ServerResponse } from 'node:http';
import type { CollectedEvents } from '../../audit/events/room.ts';
import type { Metrics } from '../../observe/metrics.ts';
import { accountOf } from '../../principal.ts';
import type { Registry, RepositoryTarget } from '../../registry/room.ts';
import type { QuotaPlace, Quotas, Region } from '../../tenancy/room.ts';
import type { Bodies } from '../bodies.ts';
import { endAndDrain } from '../drain.ts';
import { networkOf } from '../network.ts';
import type { Origin } from '../origin.ts';
import { ociBody, type Problem } from '../problem.ts';
import type { Request } from '../request.ts';
import type { Authorizer, Caller, Granted } from './authorize.ts';
import type { RawPath } from './path.ts';

/** What lets a proxy in front send a blob's file. */
export interface ProxyFiles {
  readonly origin: Pick<Origin, 'isPassedOn'>;
  /** The proxy's internal address of the bytes of a storage name; undefined where it cannot send them. */
  addressOf(key: string, size: number): Promise<string | undefined>;
}

/** The rooms the registry door opens to. */
export interface RegistryRooms
  extends Pick<
    Registry,
    'repositories' | 'uploads' | 'blobs' | 'manifests' | 'tags' | 'referrers' | 'pulls' | 'turns'
  > {
  readonly authorizer: Authorizer;
  readonly metrics: Metrics;
  readonly quotas: Quotas;
  readonly bodies: Bodies;
  /** Set where a proxy in front sends large blobs. */
  readonly proxyFiles: ProxyFiles | undefined;
  /** Takes what is refused, for the audit log. */
  readonly collected: CollectedEvents;
}

/** One request at /v2/ after it was understood: who asks, about what. Handlers that need a right also get the target. */
export interface Exchange {
  readonly request: Request;
  readonly response: ServerResponse;
  readonly path: RawPath;
  readonly query: URLSearchParams;
  readonly region: Region;
  readonly caller: Caller;
  readonly rooms: RegistryRooms;
  /** Fires when the client is gone or the server stops waiting. */
  readonly signal: AbortSignal;
}

/** An exchange about a repository the caller was allowed to reach. */
export interface RepositoryExchange extends Exchange, Granted {}

/** Whose quota a request about a repository counts against. */
export const quotaPlace = ({ regionId, namespace }: RepositoryTarget): QuotaPlace => ({
  accountId: namespace.accountId,
  regionId,
});

/** Whose turns the large pieces of work of a request take: an account's, or a network's of those that act in none. */
export const askerOf = ({ caller, request }: Exchange): string =>
  accountOf(caller.credential.principal) ?? networkOf(request.address);

/** Content leaves for the client: it counts in the log and against the account's pull traffic. */
export const countSent = ({ request, rooms, target }: RepositoryExchange, bytes: number): void => {
  rooms.quotas.pulled(quotaPlace(target), bytes);
  request.bytes += bytes;
};

/** What an answer is written to. */
type Answering = Pick<Exchange, 'request' | 'response'>;

type Headers = Readonly<Record<string, string | number>>;

/** Begins an answer. All headers at once: setting them one by one costs the hot path a tenth of its time. */
export const writeHead = ({ request, response }: Answering, status: number, headers: Headers): void => {
  const list: (string | number)[] = [
    'X-Request-Id',
    request.id,
    'Docker-Distribution-Api-Version',
    'registry/2.0',
  ];
  for (const name in headers) list.push(name, headers[name] ?? '');
  response.writeHead(status, list as string[]);
};

/** Sends an answer that has no body. */
export const sendEmpty = (answering: Answering, status: number, headers: Headers): void => {
  writeHead(answering, status, { 'Content-Length': 0, ...headers });
  answering.response.end();
};

/** 204 must not carry a length. */
export const sendNothing = (answering: Answering, headers: Headers): void => {
  writeHead(answering, 204, headers);
  answering.response.end();
};

/** Sends a JSON answer with exactly this content type: clients compare manifests' and indexes' types whole. */
export const sendJson = (answering: Answering, status: number, body: string, headers: Headers = {}): void => {
  writeHead(answering, status, {
    'Content-Type': 'application/json',
    ...headers,
    'Content-Length': Buffer.byteLength(body),
  });
  answering.response.end(answering.request.method === 'HEAD' ? undefined : body);
};

/** Sends an answer that was made in pieces: they leave in one write, and nothing joins them in memory. */
export const sendPieces = (answering: Answering, pieces: readonly Buffer[], headers: Headers): void => {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const { request, response } = answering;
  response.cork();
  writeHead(answering, 200, { ...headers, 'Content-Length': length });
  if (request.method !== 'HEAD') for (const piece of pieces) response.write(piece);
  response.end();
};

/** Sends a refusal, to HEAD without its body. What the client still sends of its own is dropped. */
export const sendRefusal = ({ request, response }: Answering, problem: Problem): void => {
  request.because ??= problem.error.reason ?? problem.error.message;
  const body = request.method === 'HEAD' ? undefined : ociBody(problem, request);
  writeHead({ request, response }, problem.status, {
    ...problem.headers,
    'Content-Type': 'application/json',
    'Content-Length': body === undefined ? 0 : Buffer.byteLength(body),
  });
  endAndDrain(request, response, body);
};
