import type { ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawServerDefault,
  RouteGenericInterface,
} from 'fastify';
import type { Request } from './request.ts';

/** A Fastify instance whose raw requests are ours and whose handlers get the types of their schemas. */
export type JsonApp = FastifyInstance<
  RawServerDefault,
  Request,
  ServerResponse<Request>,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** A request to a JSON door, whatever its route, with its body. */
export type JsonRequest = FastifyRequest<RouteGenericInterface, RawServerDefault, Request>;

/** The same before its body is read: all that a decision about the path, the query or the headers may look at. */
export type RequestHead = Pick<
  JsonRequest,
  'raw' | 'credential' | 'params' | 'query' | 'headers' | 'method' | 'url' | 'routeOptions'
>;

export type JsonReply = FastifyReply<
  RouteGenericInterface,
  RawServerDefault,
  Request,
  ServerResponse<Request>
>;
