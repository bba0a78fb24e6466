import { Type } from 'typebox';
import type { Resource } from '../../access/room.ts';
import type { ProtectionRule } from '../../registry/room.ts';
import type { Namespace } from '../../tenancy/room.ts';
import {
  NewProtectionRule,
  ProtectionRuleList,
  ProtectionRule as ProtectionRuleWire,
} from '../../wire/protection.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { actorOf, idOf } from '../json-request.ts';
import { onOwnNamespace, presentNamespace } from './own-namespace.ts';
import type { V1Parts } from './parts.ts';

const Name = Type.Object({ name: Type.String({ maxLength: 255 }) });
const Rule = Type.Object({ name: Name.properties.name, id: Type.String({ maxLength: 100 }) });

/** Tags that cannot be moved or deleted, per namespace: ours. */
export const protectionRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { protection } = parts;
  const on = (request: RequestHead): Promise<Resource> => onNamespace(request, parts);

  app.get(
    '/api/v1/namespaces/:name/protections',
    {
      schema: {
        summary: 'Which tags of a namespace cannot be moved or deleted',
        tags: ['registry'],
        params: Name,
        response: { 200: ProtectionRuleList },
      },
      config: { needs: { action: 'container-registry.protection.list', on } },
    },
    async (request) => (await protection.list((await namespaceOf(request, parts)).id)).map(wireOf),
  );

  app.post(
    '/api/v1/namespaces/:name/protections',
    {
      schema: {
        summary: 'Protect tags of a namespace from being moved and deleted',
        tags: ['registry'],
        params: Name,
        body: NewProtectionRule,
        response: { 201: ProtectionRuleWire },
      },
      config: { needs: { action: 'container-registry.protection.set', on } },
    },
    async (request, reply) => {
      const { tags, repositories, exceptions = [] } = request.body;
      const { id } = await namespaceOf(request, parts);
      const rule = await protection.add(id, { tags, repositories, exceptions }, actorOf(request));
      reply.code(201);
      return wireOf(rule);
    },
  );

  app.delete(
    '/api/v1/namespaces/:name/protections/:id',
    {
      schema: {
        summary: 'Take a protection rule away',
        tags: ['registry'],
        params: Rule,
        response: { 204: Type.Null() },
      },
      config: { needs: { action: 'container-registry.protection.set', on } },
    },
    async (request, reply) => {
      const { id } = await namespaceOf(request, parts);
      await protection.remove(id, idOf(request), actorOf(request));
      reply.code(204);
    },
  );
};

const nameOf = ({ params }: RequestHead): string => (params as { name: string }).name;

const onNamespace = (request: RequestHead, parts: V1Parts): Promise<Resource> =>
  onOwnNamespace(request, parts, nameOf(request));

const namespaceOf = (request: RequestHead, parts: V1Parts): Promise<Namespace> =>
  presentNamespace(request, parts, nameOf(request));

const wireOf = (rule: ProtectionRule): ProtectionRuleWire => ({
  id: rule.id,
  tags: rule.tags,
  ...(rule.repositories === undefined ? {} : { repositories: rule.repositories }),
  exceptions: [...rule.exceptions],
  created_at: new Date(rule.createdAt).toISOString(),
  created_by: rule.createdBy,
});
