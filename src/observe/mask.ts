import { RegistryError } from '../errors.ts';

/**
 * Secrets as this product makes them: tokens (JWTs begin with `eyJ`), API keys, refresh tokens, tokens of workloads' sessions and one-time codes, also where a
 * client has escaped their punctuation.
 */
const SECRET = /eyJ[\w-]{8,}(?:[\w.-]|%2[DdEe]|%5[Ff])*|td[cfgr](?:_|%5[Ff])(?:[\w-]|%2[Dd]|%5[Ff]){12,}/g;

/** The text without the secrets a client has put where none belongs: into a path, a name, an agent, an action. */
export const maskSecrets = (text: string): string => text.replace(SECRET, '***');

/** The same for all an error tells its caller and the log. */
export const maskError = (error: RegistryError): RegistryError => {
  const { code, message, detail, reason, cause } = error;
  const told = JSON.stringify({ message, detail, reason });
  const masked = maskSecrets(told);
  return masked === told ? error : new RegistryError(code, { ...JSON.parse(masked), cause });
};
