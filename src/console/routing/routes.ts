import type { Route } from './page.ts';

/** Every page, and where it is. A page is loaded when it is visited. */
export const ROUTES: readonly Route[] = [
  { pattern: '/', load: () => import('../pages/overview/overview.ts') },
  { pattern: '/namespaces', load: () => import('../pages/namespaces/namespaces.ts') },
  { pattern: '/api-keys', load: () => import('../pages/api-keys/api-keys.ts') },
  { pattern: '/api-keys/leaked', load: () => import('../pages/api-keys/leaked.ts') },
  { pattern: '/api-keys/:id', load: () => import('../pages/api-keys/key.ts') },
  { pattern: '/service-ids', load: () => import('../pages/service-ids/service-ids.ts') },
  { pattern: '/service-ids/:id', load: () => import('../pages/service-ids/service-id.ts') },
  { pattern: '/registry-tokens', load: () => import('../pages/registry-tokens/registry-tokens.ts') },
  { pattern: '/users', load: () => import('../pages/users/users.ts') },
  { pattern: '/users/:id', load: () => import('../pages/users/user.ts') },
  { pattern: '/me/keys', load: () => import('../pages/me/keys.ts') },
  { pattern: '/me/sessions', load: () => import('../pages/me/sessions.ts') },
  { pattern: '/me/password', load: () => import('../pages/me/password.ts') },
  { pattern: '/me/cli', load: () => import('../pages/me/cli.ts') },
];
