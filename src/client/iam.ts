import { ActivityReport, ReportReference } from '../wire/activity-report.ts';
import {
  type AskedQuestion,
  ExplainAnswers,
  type ExplainQuestion,
  Explanation,
  RemovalAnswer,
  type RemovalQuestion,
  type ShortAnswer,
} from '../wire/explain.ts';
import { type Session, SessionList } from '../wire/sessions.ts';
import { Passcode } from '../wire/tokens.ts';
import { AccessGroupClient } from './access-groups.ts';
import { ApiKeyClient } from './api-keys.ts';
import type { Client } from './client.ts';
import { CustomRoleClient } from './custom-roles.ts';
import { IdentitySettingsClient } from './identity-settings.ts';
import { segment } from './path.ts';
import { PolicyClient } from './policies.ts';
import { ProfileClient } from './profiles.ts';
import { ResourceGroupClient } from './resource-groups.ts';
import { ServiceIdClient } from './service-ids.ts';
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
  }

  /** Why a request was refused, and how it would be decided now. */
  async explainRequest(id: string): Promise<Explanation> {
    const path = `/v1/explain/${segment(id)}`;
    return (await this.client.send({ method: 'GET', path, answer: Explanation })).body;
  }

  /** Whether an identity may do something, and why. */
  async explain(json: ExplainQuestion): Promise<Explanation> {
    return (await this.client.send({ method: 'POST', path: '/v1/explain', json, answer: Explanation })).body;
  }

  /** Whether identities, or the caller, may do these things: at most 50, each with a short answer. */
  async explainAll(questions: AskedQuestion[]): Promise<ShortAnswer[]> {
    const call = { method: 'POST', path: '/v1/explain/questions', json: { questions } } as const;
    return (await this.client.send({ ...call, answer: ExplainAnswers })).body.answers;
  }

  /** What would break if something were removed. */
  async explainRemoval(json: RemovalQuestion): Promise<RemovalAnswer> {
    const call = { method: 'POST', path: '/v1/explain/removal', json, answer: RemovalAnswer } as const;
    return (await this.client.send(call)).body;
  }

  /** Identities and keys that did not sign in for so many days. */
  async inactive(days: number): Promise<ActivityReport> {
    const path = `/v1/activity/accounts/${segment(this.account)}/report`;
    const query = { type: 'inactive', duration: String(days * 24) };
    const { body } = await this.client.send({ method: 'POST', path, query, answer: ReportReference });
    const call = {
      method: 'GET',
      path: `${path}/${segment(body.reference)}`,
      answer: ActivityReport,
    } as const;
    return (await this.client.send(call)).body;
  }

  /** A one-time code for another login of the same user. */
  async passcode(): Promise<Passcode> {
    return (await this.client.send({ method: 'POST', path: '/identity/passcode', answer: Passcode })).body;
  }

  /** Where an identity is logged in; without one, the caller. */
  async sessions(iamId?: string): Promise<Session[]> {
    const query = { iam_id: iamId };
    const call = { method: 'GET', path: '/v1/sessions', query, answer: SessionList } as const;
    return (await this.client.send(call)).body.sessions;
  }

  /** Ends a session on the server: it refuses everything that came from the session from then on. */
  async endSession(id: string): Promise<void> {
    const path = `/v1/sessions/${segment(id)}/state`;
    await this.client.send({ method: 'PATCH', path, json: { state: 'invalid' } });
  }
}
