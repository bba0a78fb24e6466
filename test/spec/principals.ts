import { basic, type TestRegistry } from '../support/registry.ts';
import { answered } from './answers.ts';

/** Another account of the registry with a namespace of its own; answers its owner's Authorization header. */
export const newAccount = async (registry: TestRegistry, namespace: string): Promise<string> => {
  const created = await answered(await registry.api('POST', '/api/v1/accounts', { name: namespace }), 201);
  const { apikey, account_id: Account } = (await created.json()) as { apikey: string; account_id: string };
  const { access_token: token } = await registry.login(apikey);
  const headers = { Authorization: `Bearer ${token}`, Account };
  await answered(await registry.fetch(`/api/v1/namespaces/${namespace}`, { method: 'PUT', headers }), 201);
  return basic('iamapikey', apikey);
};

/**
 * A principal that is not the owner and may pull and push in the owner's account, or in one namespace of it: the value of
 * a registry token.
 */
export const newRegistryToken = async (registry: TestRegistry, namespace?: string): Promise<string> => {
  const query = namespace === undefined ? '' : `&namespace=${namespace}`;
  const response = await answered(await registry.api('POST', `/api/v1/tokens?write=true${query}`), 200);
  return ((await response.json()) as { token: string }).token;
};
