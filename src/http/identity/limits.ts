import { setImmediate } from 'node:timers/promises';
import { type Static, Type } from 'typebox';
import { type Action, type Resource, RULES_PER_GROUP } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import { LIMITS } from '../../identity/room.ts';
import { AccountId } from '../../wire/iam-entities.ts';
import { IdentityLimits, LimitsBody, LimitsQuery, MOST_COUNTED } from '../../wire/identity-limits.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { principalOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import type { Needs } from '../needs.ts';
import type { IdentityParts } from './parts.ts';

const Params = Type.Object({ account_id: AccountId });
const { profilesPerAccount, trustsPerProfile, apiKeysPerIdentity } = LIMITS;

/** /v1/accounts/{id}/limits/identity: what limits an account, and how much of it is used where the request asks. */
export const limitsRoutes = (app: JsonApp, parts: IdentityParts): void => {
  const needs: Needs = {
    action: 'iam-identity.account.get',
    on: ({ params }) => ({ accountId: (params as Static<typeof Params>).account_id }),
  };
  const url = '/v1/accounts/:account_id/limits/identity';
  const schema = { tags: ['iam'], params: Params, response: { 200: IdentityLimits } };

  app.get(
    url,
    {
      schema: {
        ...schema,
        summary: 'What limits an account; with the counts that are asked for',
        querystring: LimitsQuery,
      },
      config: { needs },
    },
    (request) => answerOf(request, listsOf(request.query), parts),
  );

  app.post(
    url,
    {
      schema: { ...schema, summary: 'The same; a body has room for more ids', body: LimitsBody },
      config: { needs },
    },
    (request) => answerOf(request, request.body, parts),
  );
};

/** What a query asks for, its texts as lists. */
const listsOf = (query: LimitsQuery): LimitsBody =>
  Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      name,
      typeof value === 'string' ? idsOf(name, value) : value,
    ]),
  );

const idsOf = (name: string, text: string): string[] => {
  const ids = text.split(',').filter(Boolean);
  if (ids.length <= MOST_COUNTED) return ids;
  throw new RegistryError('BAD_REQUEST', { message: `${name} takes at most ${MOST_COUNTED} ids.` });
};

/** There are no groups of service IDs, templates and identity providers. */
const answerOf = async (
  request: RequestHead,
  asked: LimitsBody,
  parts: IdentityParts,
): Promise<Static<typeof IdentityLimits>> => {
  const counts = new Counts(request, parts);
  const none = (isAsked: boolean | undefined) => (isAsked ? { limit: 0, count: 0 } : { limit: 0 });
  const { serviceids_per_group: groups, template_versions_per_template: templates } = asked;
  return {
    serviceid_groups: none(asked.serviceid_groups),
    serviceids_per_group: groups ? { limit: 0, serviceid_groups: [] } : { limit: 0 },
    profiles: { limit: profilesPerAccount, ...(asked.profiles && (await counts.profiles())) },
    apikeys_per_identity: {
      limit: apiKeysPerIdentity,
      ...(await counts.apiKeys(asked.apikeys_per_identity)),
    },
    profile_templates: none(asked.templates),
    account_settings_templates: none(asked.templates),
    template_versions_per_template: templates ? { limit: 0, templates: [] } : { limit: 0 },
    idps: none(asked.idps),
    claim_rules_per_group: {
      limit: RULES_PER_GROUP,
      ...(await counts.groupRules(asked.claim_rules_per_group)),
    },
    claim_rules_per_profile: {
      limit: trustsPerProfile.rule,
      ...(await counts.rules(asked.claim_rules_per_profile, 'saml')),
    },
    // no limit of an account: what its profiles can have together
    cr_links: { limit: profilesPerAccount * trustsPerProfile.link },
    cr_links_per_profile: {
      limit: trustsPerProfile.link,
      ...(await counts.links(asked.cr_links_per_profile)),
    },
    cr_rules: { limit: profilesPerAccount * trustsPerProfile.rule },
    cr_rules_per_profile: {
      limit: trustsPerProfile.rule,
      ...(await counts.rules(asked.cr_rules_per_profile, 'compute')),
    },
  };
};

type Ids = readonly string[] | undefined;

/** Counts what the caller may see. Ids of anything else are left out, as those that are not there. */
class Counts {
  readonly #request: RequestHead;
  readonly #accountId: string;
  readonly #parts: IdentityParts;

  constructor(request: RequestHead, parts: IdentityParts) {
    this.#request = request;
    this.#accountId = (request.params as Static<typeof Params>).account_id;
    this.#parts = parts;
  }

  async profiles() {
    const { profiles } = this.#parts.identity;
    const isSeen = await this.#may('iam-identity.profile.list', {});
    return isSeen ? { count: await profiles.count(this.#accountId) } : {};
  }

  async apiKeys(ids: Ids) {
    const { apiKeys, serviceIds } = this.#parts.identity;
    const counted = await this.#each(ids, async (id) => {
      const { entity } = await serviceIds.holderOf(this.#accountId, id);
      const isSeen = await this.#may('iam-identity.apikey.list', { owner: id, entity });
      return isSeen ? (await apiKeys.ofIdentity(this.#accountId, id)).length : undefined;
    });
    return counted && { identities: counted.map(({ id, count }) => ({ iam_id: id, count })) };
  }

  async groupRules(ids: Ids) {
    const { accessGroups } = this.#parts;
    const counted = await this.#each(ids, async (id) => {
      if (!(await accessGroups.find(this.#accountId, id))) return undefined;
      const isSeen = await this.#may('iam-groups.groups.read', { entity: { type: 'access-group', id } });
      return isSeen ? (await accessGroups.rules(id)).length : undefined;
    });
    return counted && { access_groups: counted.map(({ id, count }) => ({ group_id: id, count })) };
  }

  rules(ids: Ids, of: 'saml' | 'compute') {
    const { profiles } = this.#parts.identity;
    return this.#ofProfiles(ids, async (id) => {
      const rules = await profiles.rules(id);
      return rules.filter(({ terms }) => terms.of === of).length;
    });
  }

  links(ids: Ids) {
    const { profiles } = this.#parts.identity;
    return this.#ofProfiles(ids, async (id) => (await profiles.links(id)).length);
  }

  async #ofProfiles(ids: Ids, count: (id: string) => Promise<number>) {
    const { profiles } = this.#parts.identity;
    const counted = await this.#each(ids, async (id) => {
      if ((await profiles.find(id))?.accountId !== this.#accountId) return undefined;
      const isSeen = await this.#may('iam-identity.profile.get', { entity: { type: 'profile', id } });
      return isSeen ? count(id) : undefined;
    });
    return counted && { profiles: counted.map(({ id, count: found }) => ({ profile_id: id, count: found })) };
  }

  async #each(ids: Ids, count: (id: string) => Promise<number | undefined>) {
    if (!ids) return undefined;
    const counted: { id: string; count: number }[] = [];
    for (const id of new Set(ids)) {
      const found = await count(id);
      if (found !== undefined) counted.push({ id, count: found });
      await setImmediate();
    }
    return counted;
  }

  #may(action: Action, resource: Omit<Resource, 'accountId'>): Promise<boolean> {
    const { access } = this.#parts;
    return mayDo(access, principalOf(this.#request), action, { accountId: this.#accountId, ...resource });
  }
}
