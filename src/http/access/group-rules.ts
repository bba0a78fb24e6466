import { Type } from 'typebox';
import type { GroupRule as StoredRule } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import { GroupRule, GroupRuleBody, GroupRuleList } from '../../wire/access-groups.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountOf, ifMatchOf } from '../json-request.ts';
import { timestamp } from '../timestamp.ts';
import { GroupId, groupId, handingOn, onGroup, ownGroup } from './group-parts.ts';
import { type AccessParts, authorOf } from './parts.ts';

const RuleId = Type.Object({ ...GroupId.properties, rule_id: Type.String({ maxLength: 100 }) });
const tags = ['access'];

/** Rules of access groups: people are in a group as long as what their identity provider says of them meets a rule. */
export const groupRuleRoutes = (app: JsonApp, parts: AccessParts): void => {
  const { accessGroups } = parts;

  app.post(
    '/v2/groups/:id/rules',
    {
      schema: {
        summary: 'Create a rule of an access group: who is in it by what their identity provider says',
        tags,
        params: GroupId,
        body: GroupRuleBody,
        response: { 201: GroupRule },
      },
      config: { needs: handingOn(parts, 'iam-groups.rules.create') },
    },
    async (request, reply) => {
      const rule = await accessGroups.createRule(groupId(request), request.body, authorOf(request));
      reply.code(201).header('ETag', rule.entityTag);
      return wire(rule, accountOf(request));
    },
  );

  app.get(
    '/v2/groups/:id/rules',
    {
      schema: {
        summary: 'Rules of an access group',
        tags,
        params: GroupId,
        response: { 200: GroupRuleList },
      },
      config: { needs: onGroup(parts, 'iam-groups.rules.list') },
    },
    async (request) => {
      const group = await ownGroup(parts, request);
      return { rules: (await accessGroups.rules(group.id)).map((rule) => wire(rule, group.accountId)) };
    },
  );

  app.get(
    '/v2/groups/:id/rules/:rule_id',
    {
      schema: { summary: 'A rule of an access group', tags, params: RuleId, response: { 200: GroupRule } },
      config: { needs: onGroup(parts, 'iam-groups.rules.read') },
    },
    async (request, reply) => {
      const rule = await accessGroups.rule(groupId(request), request.params.rule_id);
      if (!rule) throw new RegistryError('NOT_FOUND');
      reply.header('ETag', rule.entityTag);
      return wire(rule, accountOf(request));
    },
  );

  app.put(
    '/v2/groups/:id/rules/:rule_id',
    {
      schema: {
        summary: 'Replace a rule of an access group (If-Match)',
        tags,
        params: RuleId,
        body: GroupRuleBody,
        response: { 200: GroupRule },
      },
      config: { needs: handingOn(parts, 'iam-groups.rules.update') },
    },
    async (request, reply) => {
      const rule = await accessGroups.replaceRule(
        ruleOf(request),
        request.body,
        ifMatchOf(request),
        authorOf(request),
      );
      reply.header('ETag', rule.entityTag);
      return wire(rule, accountOf(request));
    },
  );

  app.delete(
    '/v2/groups/:id/rules/:rule_id',
    {
      schema: {
        summary: 'Delete a rule of an access group',
        tags,
        params: RuleId,
        response: { 204: Type.Null() },
      },
      config: { needs: onGroup(parts, 'iam-groups.rules.delete') },
    },
    async (request, reply) => {
      await accessGroups.deleteRule(ruleOf(request), authorOf(request));
      reply.code(204);
    },
  );
};

const ruleOf = (request: RequestHead): { groupId: string; id: string } => ({
  groupId: groupId(request),
  id: (request.params as { rule_id: string }).rule_id,
});

const wire = (rule: StoredRule, accountId: string): GroupRule => ({
  ...(rule.document as GroupRuleBody),
  id: rule.id,
  access_group_id: rule.groupId,
  account_id: accountId,
  created_at: timestamp(rule.createdAt),
  created_by_id: rule.createdBy,
  last_modified_at: timestamp(rule.modifiedAt),
  last_modified_by_id: rule.modifiedBy,
});
