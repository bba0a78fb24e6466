import { Type } from 'typebox';
import { PolicyQuery, PolicyV2, PolicyV2Body, PolicyV2List } from '../../wire/policies.ts';
import type { JsonApp } from '../json-app.ts';
import { accountOf, ifMatchOf } from '../json-request.ts';
import { WORD_FOR_WORD } from '../word-for-word.ts';
import { type AccessParts, authorOf } from './parts.ts';
import { listPage } from './policy-list.ts';
import { decidedPolicy, sentPolicy, toAlter, toCreate, toRead, toReplace } from './policy-needs.ts';
import { wireV2, writtenOf } from './policy-wire.ts';

const PolicyId = Type.Object({ id: Type.String({ maxLength: 100 }) });
const tags = ['access'];

/** /v2/policies. Those of version 1 are shown in the words of version 2; replacing one makes it a policy of version 2. */
export const v2PolicyRoutes = (app: JsonApp, parts: AccessParts): void => {
  const { policies, externalUrl } = parts;

  app.get(
    '/v2/policies',
    {
      schema: {
        summary: "An account's policies the caller may see",
        tags,
        querystring: PolicyQuery,
        response: { 200: PolicyV2List },
      },
      config: { needs: 'signed-in' },
    },
    async (request) => {
      const page = await listPage(request, '/v2/policies', request.query, parts);
      return {
        ...page,
        policies: page.policies.map((policy) =>
          wireV2(policy, externalUrl, request.query.format === 'display'),
        ),
      };
    },
  );

  app.post(
    '/v2/policies',
    {
      ...WORD_FOR_WORD,
      schema: { summary: 'Create a policy', tags, body: PolicyV2Body, response: { 201: PolicyV2 } },
      config: { needs: toCreate('v2') },
    },
    async (request, reply) => {
      const sent = sentPolicy('v2', request.body);
      const made = writtenOf(await policies.create(accountOf(request), sent, authorOf(request)), externalUrl);
      reply.code(201).header('ETag', made.entityTag);
      return wireV2(made, externalUrl);
    },
  );

  app.get(
    '/v2/policies/:id',
    {
      schema: {
        summary: 'A policy',
        tags,
        params: PolicyId,
        querystring: Type.Object({ format: Type.Optional(Type.String({ maxLength: 50 })) }),
        response: { 200: PolicyV2 },
      },
      config: { needs: toRead(parts) },
    },
    async (request, reply) => {
      const policy = decidedPolicy(request);
      reply.header('ETag', policy.entityTag);
      return wireV2(policy, externalUrl, request.query.format === 'display');
    },
  );

  app.put(
    '/v2/policies/:id',
    {
      ...WORD_FOR_WORD,
      schema: {
        summary: 'Replace a policy as a whole, or bring a deleted one back (If-Match)',
        tags,
        params: PolicyId,
        body: PolicyV2Body,
        response: { 200: PolicyV2 },
      },
      config: { needs: toReplace('v2', policies) },
    },
    async (request, reply) => {
      const before = decidedPolicy(request);
      const sent = sentPolicy('v2', request.body);
      const outcome = await policies.replace(before, sent, ifMatchOf(request), authorOf(request));
      const policy = writtenOf(outcome, externalUrl);
      reply.header('ETag', policy.entityTag);
      return wireV2(policy, externalUrl);
    },
  );

  app.delete(
    '/v2/policies/:id',
    {
      schema: {
        summary: 'Delete a policy; what it gave ends with the next request',
        tags,
        params: PolicyId,
        response: { 204: Type.Null() },
      },
      config: { needs: toAlter('delete', policies) },
    },
    async (request, reply) => {
      await policies.delete(decidedPolicy(request), authorOf(request));
      reply.code(204);
    },
  );
};
