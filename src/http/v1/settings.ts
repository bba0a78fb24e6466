import { Type } from 'typebox';
import { RegistrySettings, RegistrySettingsPatch } from '../../wire/settings.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import { inAccount, scopeOf, type V1Parts } from './parts.ts';

/** /api/v1/settings, as in IBM's Container Registry API. */
export const registrySettingsRoutes = (app: JsonApp, { registrySettings }: V1Parts): void => {
  app.get(
    '/api/v1/settings',
    {
      schema: {
        summary: 'Settings of the account in this region',
        tags: ['registry'],
        response: { 200: RegistrySettings },
      },
      config: { needs: { action: 'container-registry.settings.get', on: inAccount } },
    },
    async (request) => {
      const { platformMetrics } = await registrySettings.of(scopeOf(request));
      return { platform_metrics: platformMetrics };
    },
  );

  app.patch(
    '/api/v1/settings',
    {
      schema: {
        summary: 'Change settings of the account in this region',
        tags: ['registry'],
        body: RegistrySettingsPatch,
        response: { 204: Type.Null() },
      },
      config: { needs: { action: 'container-registry.settings.set', on: inAccount } },
    },
    async (request, reply) => {
      const { platform_metrics: platformMetrics } = request.body;
      if (platformMetrics !== undefined)
        await registrySettings.set(scopeOf(request), { platformMetrics }, actorOf(request));
      reply.code(204);
    },
  );
};
