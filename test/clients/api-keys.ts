import type { RegistryProcess } from '../support/registry-process.ts';

/** A second key of the owner, so that one can be taken away while the first stays. */
export interface ApiKey {
  readonly id: string;
  readonly apikey: string;
}

export const createApiKey = async (registry: RegistryProcess, name: string): Promise<ApiKey> => {
  const { accountId, iamId } = await registry.signIn();
  const response = await registry.request('/v1/apikeys', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, iam_id: iamId, account_id: accountId }),
  });
  if (response.status !== 201) throw new Error(`create API key: ${response.status} ${await response.text()}`);
  return (await response.json()) as ApiKey;
};

export const deleteApiKey = async (registry: RegistryProcess, { id }: ApiKey): Promise<void> => {
  const response = await registry.request(`/v1/apikeys/${id}`, { method: 'DELETE' });
  if (response.status !== 204) throw new Error(`delete API key: ${response.status} ${await response.text()}`);
};
