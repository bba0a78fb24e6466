import { type Static, type TSchema, Type } from 'typebox';
import type { Client } from './client.ts';
import { type EntityKind, IdentityEntities } from './identity-entities.ts';
import { segment } from './path.ts';

/** What the client reads of a trusted profile. Source: IBM IAM Identity Services API, `TrustedProfile`. */
export const Profile = Type.Object({
  id: Type.String(),
  iam_id: Type.String(),
  entity_tag: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  email: Type.Optional(Type.String()),
  created_at: Type.String(),
});
export type Profile = Static<typeof Profile>;

export const PROFILES: EntityKind<typeof Profile> = {
  path: '/v1/profiles',
  items: 'profiles',
  shape: Profile,
};

const Condition = Type.Object({ claim: Type.String(), operator: Type.String(), value: Type.String() });

export const ProfileRule = Type.Object({
  id: Type.String(),
  name: Type.Optional(Type.String()),
  type: Type.String(),
  conditions: Type.Array(Condition),
});
export type ProfileRule = Static<typeof ProfileRule>;

export const ProfileLink = Type.Object({
  id: Type.String(),
  name: Type.Optional(Type.String()),
  cr_type: Type.String(),
  link: Type.Record(Type.String(), Type.Unknown()),
});
export type ProfileLink = Static<typeof ProfileLink>;

export const ProfileIdentity = Type.Object({
  iam_id: Type.Optional(Type.String()),
  identifier: Type.String(),
  type: Type.String(),
  description: Type.Optional(Type.String()),
});
export type ProfileIdentity = Static<typeof ProfileIdentity>;

/** Trusted profiles and who may act as them: rules, links and identities. */
export class ProfileClient extends IdentityEntities<typeof Profile> {
  readonly #client: Client;

  constructor(client: Client) {
    super(client, PROFILES);
    this.#client = client;
  }

  async rules(id: string): Promise<ProfileRule[]> {
    const answer = Type.Object({ rules: Type.Array(ProfileRule) });
    return (await this.#call('GET', id, 'rules', answer)).rules;
  }

  addRule(id: string, rule: object): Promise<ProfileRule> {
    return this.#call('POST', id, 'rules', ProfileRule, rule);
  }

  removeRule(id: string, rule: string): Promise<void> {
    return this.#remove(id, `rules/${segment(rule)}`);
  }

  async links(id: string): Promise<ProfileLink[]> {
    const answer = Type.Object({ links: Type.Array(ProfileLink) });
    return (await this.#call('GET', id, 'links', answer)).links;
  }

  addLink(id: string, link: object): Promise<ProfileLink> {
    return this.#call('POST', id, 'links', ProfileLink, link);
  }

  removeLink(id: string, link: string): Promise<void> {
    return this.#remove(id, `links/${segment(link)}`);
  }

  async identities(id: string): Promise<ProfileIdentity[]> {
    const answer = Type.Object({ identities: Type.Array(ProfileIdentity) });
    return (await this.#call('GET', id, 'identities', answer)).identities;
  }

  addIdentity(id: string, type: string, identity: object): Promise<ProfileIdentity> {
    return this.#call('POST', id, `identities/${segment(type)}`, ProfileIdentity, identity);
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
    const path = `${PROFILES.path}/${segment(id)}/${rest}`;
    const { body } = await this.#client.send({ method, path, answer, ...(json ? { json } : {}) });
    return body;
  }

  async #remove(id: string, rest: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `${PROFILES.path}/${segment(id)}/${rest}` });
  }
}
