import { Type } from 'typebox';
import type { Policy } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import { PolicyQuery, PolicyV1, PolicyV1Body, PolicyV1List } from '../../wire/policies.ts';
import type { JsonApp } from '../json-app.ts';
import { accountOf, ifMatchOf } from '../json-request.ts';
import { WORD_FOR_WORD } from '../word-for-word.ts';
import { type AccessParts, authorOf } from './parts.ts';
import { listPage } from './policy-list.ts';
import { decidedPolicy, sentPolicy, toAlter, toCreate, toRead, toReplace } from './policy-needs.ts';
import { wireV1, writtenOf } from './policy-wire.ts';

const PolicyId = Type.Object({ id: Type.String({ maxLength: 100 }) });
const tags = ['access'];

/** /v1/policies. A policy of version 2 is shown here as a placeholder, and changed at /v2/policies. */
export const policyRoutes = (app: JsonApp, parts: AccessParts): void => {
  const { policies, externalUrl } = parts;

  app.get(
    '/v1/policies',
    {
      schema: {
        summary: "An account's policies the caller may see",
        tags,
        querystring: PolicyQuery,
        response: { 200: PolicyV1List },
      },
      config: { needs: 'signed-in' },
    },
    async (request) => {
      const page = await listPage(request, '/v1/policies', request.query, parts);
      return { ...page, policies: page.policies.map((policy) => wireV1(policy, externalUrl)) };
    },
  );

  app.post(
    '/v1/policies',
    {
      ...WORD_FOR_WORD,
      schema: { summary: 'Create a policy', tags, body: PolicyV1Body, response: { 201: PolicyV1 } },
      config: { needs: toCreate('v1') },
    },
    async (request, reply) => {
      const sent = sentPolicy('v1', request.body);
      const made = writtenOf(await policies.create(accountOf(request), sent, authorOf(request)), externalUrl);
      reply.code(201).header('ETag', made.entityTag);
      return wireV1(made, externalUrl);
    },
  );

  app.get(
    '/v1/policies/:id',
    {
      schema: { summary: 'A policy', tags, params: PolicyId, response: { 200: PolicyV1 } },
      config: { needs: toRead(parts) },
    },
    async (request, reply) => {
      const policy = decidedPolicy(request);
      reply.header('ETag', policy.entityTag);
      return wireV1(policy, externalUrl);
    },
  );

  app.put(
    '/v1/policies/:id',
    {
      ...WORD_FOR_WORD,
      schema: {
        summary: 'Replace a policy as a whole (If-Match)',
        tags,
        params: PolicyId,
        body: PolicyV1Body,
        response: { 200: PolicyV1 },
      },
      config: { needs: toReplace('v1', policies) },
    },
    async (request, reply) => {
      const before = refuseV2(decidedPolicy(request));
      const sent = sentPolicy('v1', request.body);
      const outcome = await policies.replace(before, sent, ifMatchOf(request), authorOf(request));
      const policy = writtenOf(outcome, externalUrl);
      reply.header('ETag', policy.entityTag);
      return wireV1(policy, externalUrl);
    },
  );

  app.patch(
    '/v1/policies/:id',
    {
      schema: {
        summary: 'Bring a deleted policy back (If-Match)',
        tags,
        params: PolicyId,
        body: Type.Object({ state: Type.Literal('active') }),
        response: { 200: PolicyV1 },
      },
      config: { needs: toAlter('update', policies) },
    },
    async (request, reply) => {
      const before = refuseV2(decidedPolicy(request));
      const outcome = await policies.restore(before, ifMatchOf(request), authorOf(request));
      const policy = writtenOf(outcome, externalUrl);
      reply.header('ETag', policy.entityTag);
      return wireV1(policy, externalUrl);
    },
  );

  app.delete(
    '/v1/policies/:id',
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

const refuseV2 = (policy: Policy): Policy => {
  if (policy.version === 'v1') return policy;
  throw new RegistryError('BAD_REQUEST', {
    message: `this policy is of version 2: change it with PUT /v2/policies/${policy.id}`,
  });
};
