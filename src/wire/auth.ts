/** How an account lets itself be reached in a region, /api/v1/auth. Source: IBM Container Registry API, `Authorization`. */
import { type Static, Type } from 'typebox';

/** `no_new`: none can be made, the ones there are work on. `disabled`: none work. Tidegate's own. */
export const RegistryTokenMode = Type.Union([
  Type.Literal('enabled'),
  Type.Literal('no_new'),
  Type.Literal('disabled'),
]);
export type RegistryTokenMode = Static<typeof RegistryTokenMode>;

/** GET /api/v1/auth. */
export const AuthOptions = Type.Object({
  iam_authz: Type.Boolean({ description: 'Always true: policies decide' }),
  private_only: Type.Boolean({ description: 'Kept; it refuses no request' }),
  registry_tokens: RegistryTokenMode,
});
export type AuthOptions = Static<typeof AuthOptions>;

/** PATCH /api/v1/auth: what is absent stays. */
export const AuthOptionsPatch = Type.Partial(AuthOptions);
export type AuthOptionsPatch = Static<typeof AuthOptionsPatch>;
