import type { Route } from './page.ts';

/** Every page, and where it is. A page is loaded when it is visited. */
export const ROUTES: readonly Route[] = [
  { pattern: '/', load: () => import('../pages/overview/overview.ts') },
  { pattern: '/repositories', load: () => import('../pages/repositories/repositories.ts') },
  { pattern: '/repositories/*name', load: () => import('../pages/repositories/page.ts') },
  { pattern: '/namespaces', load: () => import('../pages/namespaces/namespaces.ts') },
  { pattern: '/namespaces/:name', load: () => import('../pages/namespaces/namespace.ts') },
  { pattern: '/trash', load: () => import('../pages/trash/trash.ts') },
  { pattern: '/retention', load: () => import('../pages/retention/retention.ts') },
  { pattern: '/quota', load: () => import('../pages/quota/quota.ts') },
  { pattern: '/groups', load: () => import('../pages/groups/groups.ts') },
  { pattern: '/groups/:id', load: () => import('../pages/groups/group.ts') },
  { pattern: '/policies', load: () => import('../pages/policies/policies.ts') },
  { pattern: '/policies/new', load: () => import('../pages/policies/new-policy.ts') },
  { pattern: '/policies/:id', load: () => import('../pages/policies/policy.ts') },
  { pattern: '/roles', load: () => import('../pages/roles/roles.ts') },
  { pattern: '/explain', load: () => import('../pages/explain/explain.ts') },
  { pattern: '/resource-groups', load: () => import('../pages/resource-groups/resource-groups.ts') },
  { pattern: '/audit', load: () => import('../pages/audit/audit.ts') },
];
