import type { AuthOptionsRow } from '../../database/schema.ts';
import type { RegistryTokenMode } from './registry-token.ts';

/** How an account lets itself be reached in a region. */
export interface AuthOptions {
  readonly registryTokens: RegistryTokenMode;
  /** Kept for clients of IBM's API. Nothing is refused by it: which networks reach the server is its operator's business. */
  readonly privateOnly: boolean;
}

export type AuthOptionsChange = Partial<AuthOptions>;

export const authOptionsOf = (row: AuthOptionsRow | undefined): AuthOptions => ({
  registryTokens: row?.registry_tokens ?? 'enabled',
  privateOnly: row?.private_only === 1,
});
