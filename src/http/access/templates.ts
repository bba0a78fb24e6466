import { emptyList, TemplateQuery } from '../../wire/access-templates.ts';
import type { JsonApp } from '../json-app.ts';
import { ownAccount } from './parts.ts';

/** The paths, what they list, and the field of the answer. */
const LISTS = [
  ['/v1/policy_templates', 'Templates of policies: none', 'policy_templates'],
  ['/v1/policy_assignments', 'Assigned templates of policies: none', 'assignments'],
  ['/v1/action_control_templates', 'Templates of action controls: none', 'action_control_templates'],
  ['/v1/action_control_assignments', 'Assigned templates of action controls: none', 'assignments'],
  ['/v1/role_templates', 'Templates of roles: none', 'role_templates'],
  ['/v1/role_assignments', 'Assigned templates of roles: none', 'assignments'],
  ['/v1/group_templates', 'Templates of access groups: none', 'group_templates'],
  ['/v1/group_assignments', 'Assigned templates of access groups: none', 'assignments'],
] as const;

/** Enterprises make templates and assign them to their accounts. There are no enterprises, so no account has any. */
export const templateRoutes = (app: JsonApp): void => {
  for (const [path, summary, field] of LISTS)
    app.get(
      path,
      {
        schema: {
          summary,
          tags: ['access'],
          querystring: TemplateQuery,
          response: { 200: emptyList(field) },
        },
        config: { needs: 'signed-in' },
      },
      async (request) => {
        ownAccount(request, request.query.account_id);
        return { [field]: [] };
      },
    );
};
