/** Settings of an account in a region, /api/v1/settings. Source: IBM Container Registry API, `Settings`. */
import { type Static, Type } from 'typebox';

export const RegistrySettings = Type.Object({
  platform_metrics: Type.Boolean({ description: 'Kept; the metrics of this server are its operator’s' }),
});
export type RegistrySettings = Static<typeof RegistrySettings>;

/** What is absent stays. */
export const RegistrySettingsPatch = Type.Partial(RegistrySettings);
export type RegistrySettingsPatch = Static<typeof RegistrySettingsPatch>;
