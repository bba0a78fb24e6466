import type { JsonApp } from '../json-app.ts';
import { absentRoutes } from './absent.ts';
import { type ActivityParts, activityRoutes } from './activity.ts';
import { type ApiKeyParts, apiKeyRoutes } from './api-keys.ts';
import { type ServiceIdParts, serviceIdRoutes } from './service-ids.ts';
import { type SessionParts, sessionRoutes } from './sessions.ts';
import { type SettingsParts, settingsRoutes } from './settings.ts';

export type IdentityParts = ApiKeyParts & ServiceIdParts & SettingsParts & SessionParts & ActivityParts;

/** Who there is: service IDs, API keys, sessions; what an account settles about them, and who is inactive. */
export const identityRoutes = (app: JsonApp, parts: IdentityParts): void => {
  for (const routes of [apiKeyRoutes, serviceIdRoutes, settingsRoutes, sessionRoutes, activityRoutes])
    routes(app, parts);
  absentRoutes(app);
};
