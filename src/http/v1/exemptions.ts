import { Type } from 'typebox';
import { ACCOUNT, type Exemption, ISSUE_TYPES, type Scope, scopeTypeOf } from '../../tenancy/room.ts';
import {
  AccountIssuePath,
  ExemptionDeletionInfo,
  ExemptionList,
  type ExemptionScope,
  ExemptionsByImage,
  ExemptionTypeList,
  ImageExemptionsQuery,
  ImageNames,
  ResourceIssuePath,
  ResourcePath,
  Exemption as WireExemption,
} from '../../wire/exemptions.ts';
import { jsonOfEntries, sendJsonAsMade } from '../as-made.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import { inOwnAccount, ownPlace } from './own-account.ts';
import type { V1Parts } from './parts.ts';
import { scopeNamed } from './resource-name.ts';

const tags = ['vulnerabilities'];
const LIST = { needs: { action: 'container-registry.exemption.list', on: inOwnAccount } } as const;
const MANAGE = { needs: { action: 'container-registry.exemption.manager', on: inOwnAccount } } as const;

/** One exemption, for the account or for what is named, as in IBM's Vulnerability Advisor API. */
export const exemptionRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { exemptions } = parts;
  for (const [path, params, about] of [
    ['/va/api/v4/exempt/image/issue/:issueType/:issueID', AccountIssuePath, 'for the account'],
    [
      '/va/api/v4/exempt/image/:resource/issue/:issueType/:issueID',
      ResourceIssuePath,
      'for a namespace, repository or image',
    ],
  ] as const) {
    const issueOf = (request: Parameters<typeof ownPlace>[0] & { params: unknown }) => {
      const { resource, issueType, issueID } = request.params as {
        resource?: string;
        issueType: string;
        issueID: string;
      };
      const scope = resource === undefined ? ACCOUNT : scopeNamed(request, parts, resource);
      return { scope, issueType, issueId: issueID };
    };
    app.get(
      path,
      {
        schema: { summary: `An exemption ${about}`, tags, params, response: { 200: WireExemption } },
        config: LIST,
      },
      async (request) => wireOf(await exemptions.find(ownPlace(request), issueOf(request)), true),
    );
    app.post(
      path,
      {
        schema: { summary: `Exempt an issue ${about}`, tags, params, response: { 201: WireExemption } },
        config: MANAGE,
      },
      async (request, reply) => {
        reply.code(201);
        const added = await exemptions.add(ownPlace(request), issueOf(request), actorOf(request));
        return wireOf(added, true);
      },
    );
    app.delete(
      path,
      {
        schema: { summary: `Delete an exemption ${about}`, tags, params, response: { 200: Type.Object({}) } },
        config: MANAGE,
      },
      async (request) => {
        await exemptions.remove(ownPlace(request), issueOf(request), actorOf(request));
        return {};
      },
    );
  }
};

/** Several exemptions, and what can be exempt. */
export const exemptionListRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { exemptions } = parts;
  for (const [path, summary] of [
    ['/va/api/v4/exempt/image', 'Exemptions for the whole account'],
    ['/va/api/v4/exemptions/account', 'All exemptions of the account in this region'],
  ] as const)
    app.get(
      path,
      { schema: { summary, tags, response: { 200: ExemptionList } }, config: LIST },
      async (request, reply) => {
        const scope = path === '/va/api/v4/exempt/image' ? ACCOUNT : undefined;
        sendJsonAsMade(reply, listOf(exemptions.list(ownPlace(request), scope), true));
        return reply;
      },
    );

  app.get(
    '/va/api/v4/exempt/image/:resource',
    {
      schema: {
        summary: 'Exemptions for exactly this namespace, repository or image',
        tags,
        params: ResourcePath,
        response: { 200: ExemptionList },
      },
      config: LIST,
    },
    async (request, reply) => {
      const scope = scopeNamed(request, parts, request.params.resource);
      sendJsonAsMade(reply, listOf(exemptions.list(ownPlace(request), scope), true));
      return reply;
    },
  );

  app.get(
    '/va/api/v4/exemptions/image/:resource',
    {
      schema: {
        summary:
          'Exemptions that hold for a namespace, repository or image: its own and those of wider scopes',
        tags,
        params: ResourcePath,
        querystring: ImageExemptionsQuery,
        response: { 200: ExemptionList },
      },
      config: LIST,
    },
    async (request, reply) => {
      const scope = scopeNamed(request, parts, request.params.resource);
      const { includeScope = false } = request.query;
      sendJsonAsMade(reply, listOf(exemptions.holdingFor(ownPlace(request), scope), includeScope));
      return reply;
    },
  );

  app.get(
    '/va/api/v4/exempt/types',
    {
      schema: { summary: 'Types of issues that can be exempt', tags, response: { 200: ExemptionTypeList } },
      config: { needs: 'signed-in' },
    },
    async () =>
      ISSUE_TYPES.map(({ identifier, displayName, pattern }) => ({
        display_name: displayName,
        identifier,
        validation_regex: pattern.source,
      })),
  );

  app.post(
    '/va/api/v4/exemptions/images',
    {
      schema: {
        summary: 'Exemptions that hold for each of these images',
        tags,
        body: ImageNames,
        response: { 200: ExemptionsByImage },
      },
      config: LIST,
    },
    async (request, reply) => {
      const named = new Map(request.body.map((name) => [name, scopeNamed(request, parts, name)]));
      const place = ownPlace(request);
      const lists = async function* (): AsyncIterable<AsyncIterable<string>> {
        for (const [name, scope] of named)
          yield listOf(exemptions.holdingFor(place, scope), true, `${JSON.stringify(name)}:`);
      };
      sendJsonAsMade(reply, jsonOfEntries(lists(), ['{', '}']));
      return reply;
    },
  );

  app.post(
    '/va/api/v4/exemptions/deleteAll',
    {
      schema: {
        summary: 'Delete all exemptions of the account in this region',
        tags,
        response: { 200: ExemptionDeletionInfo },
      },
      config: MANAGE,
    },
    async (request) => ({
      number_of_exemptions_deleted: await exemptions.removeAll(ownPlace(request), actorOf(request)),
    }),
  );
};

const listOf = (
  pages: AsyncIterable<readonly Exemption[]>,
  includeScope: boolean,
  before = '',
): AsyncIterable<string> => {
  const entries = async function* (): AsyncIterable<string> {
    for await (const page of pages)
      for (const exemption of page) yield JSON.stringify(wireOf(exemption, includeScope));
  };
  return jsonOfEntries(entries(), [`${before}[`, ']']);
};

const wireOf = (
  { accountId, scope, issueType, issueId }: Exemption,
  includeScope: boolean,
): WireExemption => ({
  account_id: accountId,
  issue_id: issueId,
  issue_type: issueType,
  ...(includeScope ? { scope: wireScope(scope) } : {}),
});

const wireScope = (scope: Scope): ExemptionScope => ({
  scope_type: scopeTypeOf(scope),
  ...(scope.namespace === '' ? {} : { namespace: scope.namespace }),
  ...(scope.repository === '' ? {} : { repository: scope.repository }),
  ...(scope.reference === '' ? {} : { tag: scope.reference }),
});
