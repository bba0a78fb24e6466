import type { JsonApp } from '../json-app.ts';
import { type ApiKeyParts, apiKeyRoutes } from './api-keys.ts';
import { type ServiceIdParts, serviceIdRoutes } from './service-ids.ts';

export type IdentityParts = ApiKeyParts & ServiceIdParts;

/** Who there is: service IDs, their keys and settings. */
export const identityRoutes = (app: JsonApp, parts: IdentityParts): void => {
  for (const routes of [apiKeyRoutes, serviceIdRoutes]) routes(app, parts);
};
