import type { JsonApp } from '../json-app.ts';
import { absentRoutes } from './absent.ts';
import { activityRoutes } from './activity.ts';
import { apiKeySecretRoutes } from './api-key-secrets.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { federatedIdentityRoutes } from './federated-identities.ts';
import { limitsRoutes } from './limits.ts';
import type { IdentityParts } from './parts.ts';
import { serviceIdRoutes } from './service-ids.ts';
import { sessionRoutes } from './sessions.ts';
import { settingsRoutes } from './settings.ts';

/** Service IDs, API keys, sessions; what an account settles about them, and which identities are inactive. */
export const identityRoutes = (app: JsonApp, parts: IdentityParts): void => {
  for (const routes of [
    apiKeyRoutes,
    apiKeySecretRoutes,
    serviceIdRoutes,
    settingsRoutes,
    limitsRoutes,
    sessionRoutes,
    federatedIdentityRoutes,
    activityRoutes,
  ])
    routes(app, parts);
  absentRoutes(app, parts);
};
