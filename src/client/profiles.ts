import type { Static, TSchema } from 'typebox';
import {
  IdentityList,
  type IdentityRequest,
  Link,
  type LinkCreate,
  LinkList,
  Profile,
  ProfileList,
  Rule,
  type RuleCreate,
  RuleList,
  TrustExplanation,
  TrustedIdentity,
} from '../wire/profiles.ts';
import type { Client } from './client.ts';
import { IdentityEntities } from './identity-entities.ts';
import { segment } from './path.ts';

const PATH = '/v1/profiles';

/** Trusted profiles and who may act as them: rules, links and identities. */
export class ProfileClient extends IdentityEntities<typeof Profile, typeof ProfileList> {
  readonly #client: Client;

  constructor(client: Client) {
    super(client, { path: PATH, shape: Profile, page: ProfileList, items: ({ profiles }) => profiles });
    this.#client = client;
  }

  async rules(id: string): Promise<Rule[]> {
    return (await this.#call('GET', id, 'rules', RuleList)).rules;
  }

  addRule(id: string, rule: Static<typeof RuleCreate>): Promise<Rule> {
    return this.#call('POST', id, 'rules', Rule, rule);
  }

  /** What each rule of a profile makes of a token. */
  explainTrust(id: string, token: string): Promise<TrustExplanation> {
    return this.#call('POST', id, 'rules/explain', TrustExplanation, { token });
  }

  removeRule(id: string, rule: string): Promise<void> {
    return this.#remove(id, `rules/${segment(rule)}`);
  }

  async links(id: string): Promise<Link[]> {
    return (await this.#call('GET', id, 'links', LinkList)).links;
  }

  addLink(id: string, link: Static<typeof LinkCreate>): Promise<Link> {
    return this.#call('POST', id, 'links', Link, link);
  }

  removeLink(id: string, link: string): Promise<void> {
    return this.#remove(id, `links/${segment(link)}`);
  }

  async identities(id: string): Promise<TrustedIdentity[]> {
    return (await this.#call('GET', id, 'identities', IdentityList)).identities;
  }

  addIdentity(id: string, type: string, identity: IdentityRequest): Promise<TrustedIdentity> {
    return this.#call('POST', id, `identities/${segment(type)}`, TrustedIdentity, identity);
  }

  removeIdentity(id: string, type: string, identifier: string): Promise<void> {
    return this.#remove(id, `identities/${segment(type)}/${segment(identifier)}`);
  }

  async #call<Answer extends TSchema>(
    method: 'GET' | 'POST',
    id: string,
    rest: string,
    answer: Answer,
    json?: object,
  ): Promise<Static<Answer>> {
    const path = `${PATH}/${segment(id)}/${rest}`;
    const { body } = await this.#client.send({ method, path, answer, ...(json ? { json } : {}) });
    return body;
  }

  async #remove(id: string, rest: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `${PATH}/${segment(id)}/${rest}` });
  }
}
