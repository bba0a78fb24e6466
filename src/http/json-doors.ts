import type { RequestListener, Server } from 'node:http';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import { RegistryError } from '../errors.ts';
import type { Log } from '../observe/log.ts';
import { groupMemberRoutes } from './access/group-members.ts';
import { groupRuleRoutes } from './access/group-rules.ts';
import { groupRoutes } from './access/groups.ts';
import type { AccessParts } from './access/parts.ts';
import { policyRoutes } from './access/policies.ts';
import { resourceGroupRoutes } from './access/resource-groups.ts';
import { roleRoutes } from './access/roles.ts';
import { settingsRoutes } from './access/settings.ts';
import { v2PolicyRoutes } from './access/v2-policies.ts';
import { describeRoute, SECURITY_SCHEMES } from './docs/description.ts';
import { docRoutes } from './docs/routes.ts';
import { acceptEmptyJson } from './empty-json.ts';
import { type ExplainParts, explainRoutes } from './identity/explain.ts';
import type { IdentityParts } from './identity/parts.ts';
import { peopleRoutes } from './identity/people.ts';
import { trustedIdentityRoutes } from './identity/profile-identities.ts';
import { linkRoutes } from './identity/profile-links.ts';
import { ruleRoutes } from './identity/profile-rules.ts';
import { profileRoutes } from './identity/profiles.ts';
import { identityRoutes } from './identity/routes.ts';
import { identityTokenRoutes } from './identity/token.ts';
import type { JsonApp } from './json-app.ts';
import { type Envelope, refuser } from './json-refusals.ts';
import { enforceNeeds, type Needs, type NeedsParts } from './needs.ts';
import { type OpsParts, opsRoutes } from './ops/routes.ts';
import { accessBody, iamBody, ociBody, v1Body } from './problem.ts';
import type { Request } from './request.ts';
import { type TokenParts, tokenRoutes } from './token/routes.ts';
import { type UserParts, userRoutes } from './users/routes.ts';
import { accountRoutes } from './v1/accounts.ts';
import { authRoutes } from './v1/auth.ts';
import { collectionRoutes } from './v1/gc.ts';
import { imageRoutes } from './v1/images.ts';
import { namespaceRoutes } from './v1/namespaces.ts';
import type { V1Parts } from './v1/parts.ts';
import { quotaRoutes } from './v1/quotas.ts';
import { regionRoutes } from './v1/regions.ts';
import { tokenRoutes as registryTokenRoutes } from './v1/tokens.ts';

export interface JsonDoorParts {
  readonly log: Log;
  readonly version: string;
  readonly needs: NeedsParts;
  readonly token: TokenParts;
  readonly identity: IdentityParts;
  readonly access: AccessParts;
  readonly explain: ExplainParts;
  readonly users: UserParts;
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

const NOTHING_HERE = 'there is nothing at this address; GET /api/doc lists what there is';

/**
 * Every JSON door as one Fastify instance, each door an encapsulated plugin with its own error envelope. Answers the
 * listener to hand requests to; the server itself is ours (server.ts).
 */
export const jsonDoors = async (server: Server, parts: JsonDoorParts): Promise<JsonDoors> => {
  const made: RequestListener[] = [];
  const routes: JsonRoute[] = [];
  const refuse = refuser(v1Body, parts.log);
  const app = Fastify({
    logger: false,
    bodyLimit: 256 << 10,
    exposeHeadRoutes: false,
    // malformed HTTP is the server's business (server.ts), which knows whether an answer is under way
    clientErrorHandler: () => {},
    frameworkErrors: (error, request, reply) => {
      refuse(error, request, reply);
    },
    routerOptions: { maxParamLength: 1000, ignoreTrailingSlash: true },
    serverFactory: (handler) => {
      made.push(handler as RequestListener);
      return server;
    },
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tidegate',
        version: parts.version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    transform: describeRoute,
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
  add('iam', iamBody, (door) => identityTokenRoutes(door as unknown as FastifyInstance, parts.identity));
  add('iam', iamBody, (door) => identityRoutes(door, parts.identity));
  add('access', accessBody, (door) =>
    [
      policyRoutes,
      v2PolicyRoutes,
      roleRoutes,
      groupRoutes,
      groupMemberRoutes,
      groupRuleRoutes,
      settingsRoutes,
      resourceGroupRoutes,
    ].forEach((routes) => {
      routes(door, parts.access);
    }),
  );
  add('iam', iamBody, (door) => explainRoutes(door, parts.explain));
  add('iam', iamBody, (door) => peopleRoutes(door, parts.identity));
  add('users', accessBody, (door) => userRoutes(door, parts.users));
  add('iam', iamBody, (door) => profileRoutes(door, parts.identity));
  add('iam', iamBody, (door) =>
    [ruleRoutes, linkRoutes, trustedIdentityRoutes].forEach((routes) => {
      routes(door, parts.identity);
    }),
  );
  add('v1', v1Body, (door) =>
    [
      namespaceRoutes,
      imageRoutes,
      regionRoutes,
      registryTokenRoutes,
      authRoutes,
      accountRoutes,
      collectionRoutes,
      quotaRoutes,
    ].forEach((routes) => {
      routes(door, parts.v1);
    }),
  );
  add('docs', v1Body, (door) => docRoutes(door as unknown as FastifyInstance));
  add('ops', v1Body, (door) => opsRoutes(door as unknown as FastifyInstance, parts.ops));
  app.setErrorHandler(refuse);
  app.setNotFoundHandler((request, reply) =>
    refuse(new RegistryError('NOT_FOUND', { message: NOTHING_HERE }), request, reply),
  );
  await app.ready();
  const [listener] = made;
  if (!listener) throw new Error('Fastify made no listener');
  return { listener, routes };
};

const prepare = (door: FastifyInstance, name: string, envelope: Envelope, parts: JsonDoorParts): void => {
  enforceNeeds(door, parts.needs);
  acceptEmptyJson(door);
  door.addHook('onRequest', async (request, reply) => {
    const raw = request.raw as Request;
    raw.door = name;
    if (raw.onOpsListener && name !== 'ops') throw new RegistryError('NOT_FOUND');
    reply.headers({
      'X-Request-Id': raw.id,
      'X-Content-Type-Options': 'nosniff',
      ...(name === 'iam' || name === 'access' ? { 'Transaction-Id': raw.id } : {}),
    });
  });
  door.addHook('preParsing', async (request, reply) => {
    // a client that waits with Expect: 100-continue sends nothing before it is told to
    if ((request.raw as Request).waitsForContinue) reply.raw.writeContinue();
  });
  door.setErrorHandler(refuser(envelope, parts.log));
};
