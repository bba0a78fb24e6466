import type { Static } from 'typebox';
import { ApiKey, LeakedApiKey } from '../wire/api-keys.ts';
import { type ExplainQuestion, Explanation } from '../wire/explain.ts';
import { Passcode } from '../wire/tokens.ts';
import { AccessGroupClient } from './access-groups.ts';
import type { Client } from './client.ts';
import { type EntityKind, IdentityEntities } from './identity-entities.ts';
import { type IdentitySettings, identitySettings, updateIdentitySettings } from './identity-settings.ts';
import { segment } from './path.ts';
import { PolicyClient } from './policies.ts';
import { ProfileClient } from './profiles.ts';
import { type ResourceGroup, resourceGroupsOf } from './resource-groups.ts';
import { RoleClient } from './roles.ts';
import { SERVICE_IDS, type ServiceId } from './service-ids.ts';
import { UserClient } from './users.ts';

const API_KEYS: EntityKind<typeof ApiKey> = { path: '/v1/apikeys', items: 'apikeys', shape: ApiKey };

/** Identities and what they may do, for one account. */
export class IamClient {
  readonly client: Client;
  readonly account: string;
  readonly apiKeys: IdentityEntities<typeof ApiKey>;
  readonly serviceIds: IdentityEntities<(typeof SERVICE_IDS)['shape'], ServiceId>;
  readonly profiles: ProfileClient;
  readonly policies: PolicyClient;
  readonly roles: RoleClient;
  readonly groups: AccessGroupClient;
  readonly users: UserClient;

  constructor(client: Client, account: string) {
    this.client = client;
    this.account = account;
    this.apiKeys = new IdentityEntities(client, API_KEYS);
    this.serviceIds = new IdentityEntities(client, SERVICE_IDS);
    this.profiles = new ProfileClient(client);
    this.policies = new PolicyClient(client, account);
    this.roles = new RoleClient(client, account);
    this.groups = new AccessGroupClient(client, account);
    this.users = new UserClient(client, account);
  }

  resourceGroups(): Promise<ResourceGroup[]> {
    return resourceGroupsOf(this.client, this.account);
  }

  settings(): Promise<IdentitySettings> {
    return identitySettings(this.client, this.account);
  }

  changeSettings(change: Record<string, string>): Promise<IdentitySettings> {
    return updateIdentitySettings(this.client, this.account, change);
  }

  /** The key whose secret this is. It travels in a header, which nobody logs. */
  async apiKeyOf(secret: string): Promise<ApiKey> {
    const call = { method: 'GET', path: '/v1/apikeys/details', headers: { 'IAM-ApiKey': secret } } as const;
    return (await this.client.send({ ...call, answer: ApiKey })).body;
  }

  /** Has done to a key what it says is to be done when it leaks. */
  async reportLeakedKey(secret: string): Promise<Static<typeof LeakedApiKey>> {
    const call = { method: 'POST', path: '/v1/apikeys/leaked', headers: { 'IAM-ApiKey': secret } } as const;
    return (await this.client.send({ ...call, answer: LeakedApiKey })).body;
  }

  /** Why a request was refused, and how it would be decided now. */
  async explainRequest(id: string): Promise<Explanation> {
    const path = `/v1/explain/${segment(id)}`;
    return (await this.client.send({ method: 'GET', path, answer: Explanation })).body;
  }

  /** Whether somebody may do something, and why. */
  async explain(json: ExplainQuestion): Promise<Explanation> {
    return (await this.client.send({ method: 'POST', path: '/v1/explain', json, answer: Explanation })).body;
  }

  /** A one-time code for another login of the same user. */
  async passcode(): Promise<Passcode> {
    return (await this.client.send({ method: 'POST', path: '/identity/passcode', answer: Passcode })).body;
  }

  /** Ends a session on the server: whatever came from it is refused from then on. */
  async endSession(id: string): Promise<void> {
    const path = `/v1/sessions/${segment(id)}/state`;
    await this.client.send({ method: 'PATCH', path, json: { state: 'invalid' } });
  }
}
