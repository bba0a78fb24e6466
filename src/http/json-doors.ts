import type { RequestListener, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import swagger from '@fastify/swagger';
import Fastify, { type FastifySchema, type RawServerDefault } from 'fastify';
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
import { templateRoutes } from './access/templates.ts';
import { v2PolicyRoutes } from './access/v2-policies.ts';
import { auditEventRoutes } from './audit/events.ts';
import { noteJsonFailure } from './audit/failures.ts';
import { auditHoldRoutes } from './audit/holds.ts';
import type { AuditParts } from './audit/parts.ts';
import { auditSealRoutes } from './audit/seals.ts';
import { auditSettingsRoutes } from './audit/settings.ts';
import type { Bodies } from './bodies.ts';
import { faultOfBounds } from './bounds.ts';
import { consoleHeaders, isConsolePath } from './console/headers.ts';
import type { PageParts } from './console/pages/parts.ts';
import { pageRoutes } from './console/pages/routes.ts';
import { consoleRoutes } from './console/routes.ts';
import { sessionRoutes as browserSessionRoutes, type ConsoleSessionParts } from './console/session.ts';
import { journeyRoutes, providerRoutes } from './console/session-providers.ts';
import { describeRoute, SECURITY_SCHEMES } from './docs/description.ts';
import { NOTHING_HERE } from './docs/page.ts';
import { docRoutes } from './docs/routes.ts';
import { familyOf } from './families.ts';
import { authorizeRoutes } from './identity/authorize.ts';
import { backchannelLogoutRoutes } from './identity/backchannel-logout.ts';
import { deviceAuthorizationRoutes } from './identity/device-authorization.ts';
import { type ExplainParts, explainRoutes } from './identity/explain.ts';
import { explainQuestionRoutes } from './identity/explain-questions.ts';
import { explainRemovalRoutes } from './identity/explain-removal.ts';
import type { IdentityParts } from './identity/parts.ts';
import { passcodeRoutes } from './identity/passcodes.ts';
import { peopleRoutes } from './identity/people.ts';
import { trustedIdentityRoutes } from './identity/profile-identities.ts';
import { linkRoutes } from './identity/profile-links.ts';
import { ruleRoutes } from './identity/profile-rules.ts';
import { profileRoutes } from './identity/profiles.ts';
import { identityRoutes } from './identity/routes.ts';
import { identityTokenRoutes } from './identity/token.ts';
import { joinImageName } from './image-paths.ts';
import type { JsonApp, JsonReply, JsonRequest } from './json-app.ts';
import { acceptJson } from './json-body.ts';
import { validateHead } from './json-head.ts';
import { refuser } from './json-refusals.ts';
import { lazyCompilers } from './json-schemas.ts';
import { enforceNeeds, keepCredential, type Needs, type NeedsParts } from './needs.ts';
import { type OpsParts, opsRoutes } from './ops/routes.ts';
import type { Origin } from './origin.ts';
import type { Request } from './request.ts';
import { type TokenParts, tokenRoutes } from './token/routes.ts';
import { type UserParts, userRoutes } from './users/routes.ts';
import { accountQuotaRoutes } from './v1/account-quotas.ts';
import { accountStateRoutes } from './v1/account-states.ts';
import { accountRoutes } from './v1/accounts.ts';
import { authRoutes } from './v1/auth.ts';
import { backupRoutes } from './v1/backups.ts';
import { buildRoutes } from './v1/builds.ts';
import { collectionRoutes } from './v1/collection.ts';
import { exemptionListRoutes, exemptionRoutes } from './v1/exemptions.ts';
import { holdRoutes } from './v1/holds.ts';
import { imageDeletionRoutes } from './v1/image-deletion.ts';
import { imageDigestRoutes } from './v1/image-digests.ts';
import { imageInspectionRoutes } from './v1/image-inspection.ts';
import { imageTagRoutes } from './v1/image-tags.ts';
import { imageVulnerabilityRoutes } from './v1/image-vulnerabilities.ts';
import { imageRoutes } from './v1/images.ts';
import { issuerRoutes } from './v1/issuers.ts';
import { listingRoutes } from './v1/listings.ts';
import { messageRoutes } from './v1/messages.ts';
import { namespaceRoutes } from './v1/namespaces.ts';
import { oversizedPolicyRoutes } from './v1/oversized-policies.ts';
import { ownAccountRoutes } from './v1/own-accounts.ts';
import type { V1Parts } from './v1/parts.ts';
import { protectionRoutes } from './v1/protection.ts';
import { quotaRoutes } from './v1/quotas.ts';
import { regionRoutes } from './v1/regions.ts';
import { retentionRoutes } from './v1/retentions.ts';
import { searchRoutes } from './v1/search.ts';
import { secretRoutes } from './v1/secrets.ts';
import { registrySettingsRoutes } from './v1/settings.ts';
import { signingKeyRoutes } from './v1/signing-keys.ts';
import { systemRoutes } from './v1/system.ts';
import { tokenRoutes as registryTokenRoutes } from './v1/tokens.ts';
import { trashRoutes } from './v1/trash.ts';
import { usageRoutes } from './v1/usage.ts';
import { vulnerabilityRoutes } from './v1/vulnerabilities.ts';
import { warningRoutes } from './v1/warnings.ts';
import { webhookDeliveryRoutes } from './v1/webhook-deliveries.ts';
import { webhookRoutes } from './v1/webhooks.ts';

export interface JsonDoorParts {
  readonly log: Log;
  readonly version: string;
  readonly origin: Origin;
  readonly bodies: Bodies;
  readonly needs: NeedsParts;
  readonly token: TokenParts;
  readonly identity: IdentityParts;
  readonly pages: PageParts;
  readonly console: ConsoleSessionParts;
  readonly access: AccessParts;
  readonly explain: ExplainParts;
  readonly users: UserParts;
  readonly v1: V1Parts;
  readonly audit: AuditParts;
  readonly ops: OpsParts;
}

/** A route as it was registered: what the house's tests and documents are held against. */
export interface JsonRoute {
  readonly door: string;
  readonly method: string;
  readonly path: string;
  readonly needs: Needs | undefined;
  readonly schema: FastifySchema;
  /** Bytes its body may have. */
  readonly bodyLimit: number;
}

export interface JsonDoors {
  readonly listener: RequestListener;
  readonly routes: readonly JsonRoute[];
}

/** Bytes a body may have where its route says nothing else. */
const MOST_BODY = 256 << 10;

/** Bytes a request may have where its route reads no body. */
const NO_BODY = 1024;

/**
 * Every JSON door as one Fastify instance, each door an encapsulated plugin. Answers the listener to hand requests to; the
 * server itself is ours (server.ts).
 */
export const jsonDoors = async (server: Server, parts: JsonDoorParts): Promise<JsonDoors> => {
  const made: RequestListener[] = [];
  const routes: JsonRoute[] = [];
  const app = await openHall(server, made, parts);
  const add = (name: string, ...doors: ((app: JsonApp) => void)[]): void => {
    app.register(async (instance) => {
      // Fastify's types of a plugin know the server, not its requests
      const door = instance as unknown as JsonApp;
      prepare(door, name, parts);
      door.addHook('onRoute', (route) => {
        const { method, url, config, schema } = route;
        if (!schema?.summary) throw new Error(`route ${method} ${url} has no summary`);
        // a client that posts nothing may call it JSON; nothing is what it may post
        if (schema.body === undefined) route.bodyLimit ??= NO_BODY;
        const fault = faultOfBounds(schema);
        if (fault) throw new Error(`route ${method} ${url}: ${fault}`);
        routes.push({
          door: name,
          method: String(method),
          path: url,
          needs: config?.needs,
          schema,
          bodyLimit: route.bodyLimit ?? MOST_BODY,
        });
      });
      for (const declare of doors) declare(door);
    });
  };
  add('token', (door) => tokenRoutes(door, parts.token, parts.bodies));
  add('iam', (door) => identityTokenRoutes(door, parts.identity, parts.bodies));
  add('iam', (door) => passcodeRoutes(door, parts.identity, parts.bodies));
  add('iam', (door) => deviceAuthorizationRoutes(door, parts.identity, parts.bodies));
  add('pages', (door) => pageRoutes(door, parts.pages, parts.bodies));
  add('pages', (door) => providerRoutes(door, parts.console));
  add(
    'console',
    (door) => browserSessionRoutes(door, parts.console),
    (door) => journeyRoutes(door, parts.console),
  );
  add('iam', (door) => backchannelLogoutRoutes(door, parts.identity, parts.bodies));
  add(
    'iam',
    (door) => identityRoutes(door, parts.identity),
    (door) => explainRoutes(door, parts.explain),
    (door) => explainQuestionRoutes(door, parts.explain),
    (door) => peopleRoutes(door, parts.identity),
    (door) => authorizeRoutes(door, parts.identity),
    ...[profileRoutes, ruleRoutes, linkRoutes, trustedIdentityRoutes].map(
      (routesOf) => (door: JsonApp) => routesOf(door, parts.identity),
    ),
  );
  add('access', ...ACCESS_ROUTES.map((routesOf) => (door: JsonApp) => routesOf(door, parts.access)));
  add('users', (door) => userRoutes(door, parts.users));
  add('v1', ...V1_ROUTES.map((routesOf) => (door: JsonApp) => routesOf(door, parts.v1)));
  add(
    'audit',
    ...[auditEventRoutes, auditSealRoutes, auditHoldRoutes, auditSettingsRoutes].map(
      (routesOf) => (door: JsonApp) => routesOf(door, parts.audit),
    ),
  );
  // last: it asks for the rights of the routes that remove
  const deletionNeeds = (path: string): Needs | undefined =>
    routes.find((route) => route.method === 'DELETE' && route.path === path)?.needs;
  add('iam', (door) =>
    explainRemovalRoutes(door, {
      ...parts.explain,
      log: parts.audit.events.log,
      policies: parts.access.policies,
      accessGroups: parts.access.accessGroups,
      repositoryListing: parts.v1.repositoryListing,
      clock: parts.v1.clock,
      deletionNeeds,
    }),
  );
  add('docs', docRoutes);
  add('console', consoleRoutes);
  add('ops', (door) => opsRoutes(door, parts.ops));
  await app.ready();
  const [listener] = made;
  if (!listener) throw new Error('Fastify made no listener');
  return { listener, routes };
};

const ACCESS_ROUTES = [
  policyRoutes,
  v2PolicyRoutes,
  roleRoutes,
  groupRoutes,
  groupMemberRoutes,
  groupRuleRoutes,
  settingsRoutes,
  resourceGroupRoutes,
  templateRoutes,
];

const V1_ROUTES = [
  namespaceRoutes,
  imageRoutes,
  imageInspectionRoutes,
  imageDigestRoutes,
  imageTagRoutes,
  listingRoutes,
  protectionRoutes,
  holdRoutes,
  imageDeletionRoutes,
  trashRoutes,
  regionRoutes,
  registryTokenRoutes,
  authRoutes,
  accountRoutes,
  accountStateRoutes,
  accountQuotaRoutes,
  ownAccountRoutes,
  signingKeyRoutes,
  systemRoutes,
  warningRoutes,
  collectionRoutes,
  backupRoutes,
  oversizedPolicyRoutes,
  quotaRoutes,
  usageRoutes,
  secretRoutes,
  searchRoutes,
  registrySettingsRoutes,
  messageRoutes,
  buildRoutes,
  vulnerabilityRoutes,
  imageVulnerabilityRoutes,
  exemptionRoutes,
  exemptionListRoutes,
  retentionRoutes,
  issuerRoutes,
  webhookRoutes,
  webhookDeliveryRoutes,
];

/** What holds for every address, served or not. */
const openHall = async (server: Server, made: RequestListener[], parts: JsonDoorParts): Promise<JsonApp> => {
  const { collected } = parts.audit.events;
  const refuse = refuser(parts.log, (request, problem) => noteJsonFailure(collected, request, problem));
  const app: JsonApp = Fastify<RawServerDefault, Request, ServerResponse<Request>>({
    logger: false,
    bodyLimit: MOST_BODY,
    exposeHeadRoutes: false,
    rewriteUrl: ({ method, url = '' }) => joinImageName(method, url),
    // malformed HTTP is the server's business (server.ts), which knows whether an answer is under way
    clientErrorHandler: () => {},
    frameworkErrors: (error, request, reply) => {
      // no hook runs for an address that cannot be read
      reply.headers(headersOf(request as unknown as JsonRequest, parts.origin));
      refuse(error, request as unknown as JsonRequest, reply as unknown as JsonReply);
    },
    routerOptions: { maxParamLength: 1000, ignoreTrailingSlash: true },
    serverFactory: (handler) => {
      made.push(handler as RequestListener);
      return server;
    },
  });
  const compilers = await lazyCompilers();
  app.setValidatorCompiler(compilers.validator);
  app.setSerializerCompiler(compilers.serializer);
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
  acceptJson(app, parts.bodies);
  keepCredential(app);
  app.addHook('onRequest', async (request: JsonRequest, reply: JsonReply) => {
    const { raw } = request;
    raw.region = parts.origin.region(raw);
    reply.headers(headersOf(request, parts.origin));
    // before its body is read
    if (request.is404) throw new RegistryError('NOT_FOUND', { message: NOTHING_HERE });
  });
  app.addHook('onSend', async ({ raw }: JsonRequest, _reply: JsonReply, payload: unknown) => {
    if (payload instanceof Readable)
      payload.on('error', (err) => parts.log.warn({ id: raw.id, err }, 'an answer broke off'));
  });
  app.setErrorHandler(refuse);
  return app;
};

/** What every answer has, refusals too. */
const headersOf = (
  { raw, url }: Pick<JsonRequest, 'raw' | 'url'>,
  origin: Origin,
): Record<string, string> => ({
  'X-Request-Id': raw.id,
  'X-Content-Type-Options': 'nosniff',
  ...(familyOf(url).transactionId ? { 'Transaction-Id': raw.id } : {}),
  ...(isConsolePath(url) ? consoleHeaders(raw, origin) : {}),
});

const prepare = (door: JsonApp, name: string, parts: JsonDoorParts): void => {
  door.addHook('onRequest', async ({ raw, routeOptions }: JsonRequest, reply: JsonReply) => {
    raw.door = name;
    raw.route = routeOptions.url;
    // what a caller may see is in no cache of a browser or a proxy, refusals included
    if (routeOptions.config.needs !== 'anyone') reply.header('Cache-Control', 'no-store');
    if (raw.onOpsListener && name !== 'ops') throw new RegistryError('NOT_FOUND');
  });
  enforceNeeds(door, parts.needs, validateHead);
};
