import type { RequestListener, Server } from 'node:http';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { type ErrorCode, RegistryError } from '../errors.ts';
import type { Log } from '../observe/log.ts';
import { docRoutes } from './docs/routes.ts';
import { type ApiKeyParts, apiKeyRoutes } from './identity/api-keys.ts';
import { type IdentityTokenParts, identityTokenRoutes } from './identity/token.ts';
import type { JsonApp } from './json-app.ts';
import { enforceNeeds, type Needs, type NeedsParts } from './needs.ts';
import { type OpsParts, opsRoutes } from './ops/routes.ts';
import { iamBody, ociBody, type Problem, problemOf, v1Body } from './problem.ts';
import type { Request } from './request.ts';
import { type TokenParts, tokenRoutes } from './token/routes.ts';
import { accountRoutes } from './v1/accounts.ts';
import { authRoutes } from './v1/auth.ts';
import { imageRoutes } from './v1/images.ts';
import { namespaceRoutes } from './v1/namespaces.ts';
import type { V1Parts } from './v1/parts.ts';
import { regionRoutes } from './v1/regions.ts';
import { tokenRoutes as registryTokenRoutes } from './v1/tokens.ts';

export interface JsonDoorParts {
  readonly log: Log;
  readonly version: string;
  readonly needs: NeedsParts;
  readonly token: TokenParts;
  readonly identityToken: IdentityTokenParts;
  readonly apiKeys: ApiKeyParts;
  readonly v1: V1Parts;
  readonly ops: OpsParts;
}

/** A route as it was registered: what the house's tests and documents are held against. */
export interface JsonRoute {
  readonly door: string;
  readonly method: string;
  readonly path: string;
  readonly needs: Needs | undefined;
}

export interface JsonDoors {
  readonly listener: RequestListener;
  readonly routes: readonly JsonRoute[];
}

type Envelope = (problem: Problem, request: Request) => object | string;

/**
 * Every JSON door as one Fastify instance, each door an encapsulated plugin with its own error envelope. Answers the
 * listener to hand requests to; the server itself is ours (server.ts).
 */
export const jsonDoors = async (server: Server, parts: JsonDoorParts): Promise<JsonDoors> => {
  const made: RequestListener[] = [];
  const routes: JsonRoute[] = [];
  const app = Fastify({
    logger: false,
    bodyLimit: 256 << 10,
    exposeHeadRoutes: false,
    // malformed HTTP is the server's business (server.ts), which knows whether an answer is under way
    clientErrorHandler: () => {},
    routerOptions: { maxParamLength: 1000, ignoreTrailingSlash: true },
    serverFactory: (handler) => {
      made.push(handler as RequestListener);
      return server;
    },
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tidegate', version: parts.version, license: { name: 'Apache-2.0' } },
    },
  });
  const add = (name: string, envelope: Envelope, declare: (app: JsonApp) => void): void => {
    app.register(async (door) => {
      prepare(door, name, envelope, parts);
      door.addHook('onRoute', ({ method, url, config, schema }) => {
        if (!schema?.summary) throw new Error(`route ${method} ${url} has no summary`);
        routes.push({ door: name, method: String(method), path: url, needs: config?.needs });
      });
      declare(door as unknown as JsonApp);
    });
  };
  add('token', ociBody, (door) => tokenRoutes(door as unknown as FastifyInstance, parts.token));
  add('iam', iamBody, (door) => identityTokenRoutes(door as unknown as FastifyInstance, parts.identityToken));
  add('iam', iamBody, (door) => apiKeyRoutes(door, parts.apiKeys));
  add('v1', v1Body, (door) =>
    [namespaceRoutes, imageRoutes, regionRoutes, registryTokenRoutes, authRoutes, accountRoutes].forEach(
      (routes) => {
        routes(door, parts.v1);
      },
    ),
  );
  add('docs', v1Body, (door) => docRoutes(door as unknown as FastifyInstance));
  add('ops', v1Body, (door) => opsRoutes(door as unknown as FastifyInstance, parts.ops));
  app.setNotFoundHandler((request, reply) => {
    const problem = problemOf(
      new RegistryError('NOT_FOUND', {
        message: 'there is nothing at this address; GET /api/doc lists what there is',
      }),
      request.raw as Request,
      parts.log,
    );
    return reply.code(problem.status).send(v1Body(problem, request.raw as Request));
  });
  await app.ready();
  const [listener] = made;
  if (!listener) throw new Error('Fastify made no listener');
  return { listener, routes };
};

const prepare = (door: FastifyInstance, name: string, envelope: Envelope, parts: JsonDoorParts): void => {
  enforceNeeds(door, parts.needs);
  door.addHook('onRequest', async (request, reply) => {
    const raw = request.raw as Request;
    raw.door = name;
    if (raw.onOpsListener && name !== 'ops') throw new RegistryError('NOT_FOUND');
    reply.headers({
      'X-Request-Id': raw.id,
      'X-Content-Type-Options': 'nosniff',
      ...(name === 'iam' ? { 'Transaction-Id': raw.id } : {}),
    });
  });
  door.setErrorHandler((thrown: FastifyError | RegistryError, request, reply) => {
    const raw = request.raw as Request;
    const problem = problemOf(thrown instanceof RegistryError ? thrown : translate(thrown), raw, parts.log);
    return reply
      .code(problem.status)
      .headers(problem.headers)
      .type('application/json')
      .send(envelope(problem, raw));
  });
};

const CODES: Record<string, ErrorCode> = {
  FST_ERR_VALIDATION: 'BAD_REQUEST',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'BAD_REQUEST',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BAD_REQUEST',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BAD_REQUEST',
  FST_ERR_CTP_INVALID_JSON_BODY: 'BAD_REQUEST',
};

/** Fastify's own refusals in our words; anything else stays what it is and becomes INTERNAL. */
const translate = (error: FastifyError): unknown => {
  const code = CODES[error.code];
  if (code === 'BAD_REQUEST')
    return new RegistryError(code, {
      message: error.validation ? `The request is not valid: ${error.message}.` : error.message,
    });
  if (code) return new RegistryError(code);
  return error.statusCode === 400 ? new RegistryError('BAD_REQUEST', { cause: error }) : error;
};
