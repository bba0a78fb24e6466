import { AccessGroupClient } from './access-groups.ts';
import { ApiKeyClient } from './api-keys.ts';
import type { Client } from './client.ts';
import { CustomRoleClient } from './custom-roles.ts';
import { ExplainClient } from './explain.ts';
import { IdentitySettingsClient } from './identity-settings.ts';
import { PolicyClient } from './policies.ts';
import { ProfileClient } from './profiles.ts';
import { ResourceGroupClient } from './resource-groups.ts';
import { ServiceIdClient } from './service-ids.ts';
import { SessionClient } from './sessions.ts';
import { UserClient } from './users.ts';

/** Identities and what they may do, for one account. */
export class IamClient {
  readonly client: Client;
  readonly account: string;
  readonly apiKeys: ApiKeyClient;
  readonly serviceIds: ServiceIdClient;
  readonly profiles: ProfileClient;
  readonly policies: PolicyClient;
  readonly customRoles: CustomRoleClient;
  readonly accessGroups: AccessGroupClient;
  readonly resourceGroups: ResourceGroupClient;
  readonly users: UserClient;
  readonly settings: IdentitySettingsClient;
  readonly explanations: ExplainClient;
  readonly sessions: SessionClient;

  constructor(client: Client, account: string) {
    this.client = client;
    this.account = account;
    this.apiKeys = new ApiKeyClient(client);
    this.serviceIds = new ServiceIdClient(client);
    this.profiles = new ProfileClient(client);
    this.policies = new PolicyClient(client, account);
    this.customRoles = new CustomRoleClient(client, account);
    this.accessGroups = new AccessGroupClient(client, account);
    this.resourceGroups = new ResourceGroupClient(client, account);
    this.users = new UserClient(client, account);
    this.settings = new IdentitySettingsClient(client, account);
    this.explanations = new ExplainClient(client);
    this.sessions = new SessionClient(client);
  }
}
