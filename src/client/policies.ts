import { PolicyV2, PolicyV2List } from '../wire/policies.ts';
import { PolicyContent, PolicyContentList } from '../wire/policy-content.ts';
import type { Client } from './client.ts';
import { listAll } from './pages.ts';
import { segment } from './path.ts';

/** Which of IBM's two policy APIs: their documents differ. */
export type PolicyVersion = 'v1' | 'v2';

/** Whose policies: those of an identity or of an access group. */
export type PolicySubject = { readonly iam_id: string } | { readonly access_group_id: string };

/** Access policies of one account. */
export class PolicyClient {
  readonly #client: Client;
  readonly #account: string;

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#account = account;
  }

  list(version: PolicyVersion, subject: PolicySubject): Promise<PolicyContent[]> {
    return listAll(this.#client, {
      path: `/${version}/policies`,
      query: { account_id: this.#account, type: 'access', ...subject },
      answer: PolicyContentList,
      items: ({ policies }) => policies,
      next: ({ next }) => next?.href,
      cursor: 'start',
    });
  }

  /** A page of policies of version 2, of one subject or of all. `next`: where the following one starts. */
  async page(query: {
    start?: string | undefined;
    limit: number;
    iam_id?: string;
    access_group_id?: string;
    /** Deleted ones can be restored for 30 days. */
    state?: 'active' | 'deleted';
  }): Promise<{ policies: PolicyV2[]; next: string | undefined }> {
    const { body } = await this.#client.send({
      method: 'GET',
      path: '/v2/policies',
      query: { account_id: this.#account, type: 'access', ...query, limit: String(query.limit) },
      answer: PolicyV2List,
    });
    return { policies: body.policies, next: body.next?.start };
  }

  /** A policy of version 2 as it stands, deleted ones too, and its version for If-Match. */
  async current(id: string): Promise<{ policy: PolicyV2; etag: string }> {
    const path = `/v2/policies/${segment(id)}`;
    const { body, etag } = await this.#client.send({ method: 'GET', path, answer: PolicyV2 });
    return { policy: body, etag };
  }

  /** The policy, and its version for If-Match. */
  async get(version: PolicyVersion, id: string): Promise<{ policy: PolicyContent; etag: string }> {
    const path = `/${version}/policies/${segment(id)}`;
    const { body, etag } = await this.#client.send({ method: 'GET', path, answer: PolicyContent });
    return { policy: body, etag };
  }

  async create(version: PolicyVersion, json: object): Promise<PolicyContent> {
    const call = { method: 'POST', path: `/${version}/policies`, json, answer: PolicyContent } as const;
    return (await this.#client.send(call)).body;
  }

  /** Replaces a policy whole, and gives a deleted one back. Refused where it has changed since `etag` was read. */
  async replace(version: PolicyVersion, id: string, etag: string, json: object): Promise<PolicyContent> {
    const { body } = await this.#client.send({
      method: 'PUT',
      path: `/${version}/policies/${segment(id)}`,
      headers: { 'If-Match': etag },
      json,
      answer: PolicyContent,
    });
    return body;
  }

  async remove(version: PolicyVersion, id: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `/${version}/policies/${segment(id)}` });
  }
}
