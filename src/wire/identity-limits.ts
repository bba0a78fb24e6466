/** How many of each an account may have, and has. Source: IBM IAM Identity Services API, `Account limits`. */
import { type Static, Type } from 'typebox';

const Count = Type.Integer({ minimum: 0 });
const LimitCount = Type.Object({ limit: Count, count: Type.Optional(Count) });
const Groups = Type.Optional(Type.Array(Type.Object({ group_id: Type.String(), count: Count })));
const Identities = Type.Optional(Type.Array(Type.Object({ iam_id: Type.String(), count: Count })));
const Profiles = Type.Optional(Type.Array(Type.Object({ profile_id: Type.String(), count: Count })));
const Templates = Type.Optional(Type.Array(Type.Object({ template_id: Type.String(), count: Count })));

export const IdentityLimits = Type.Object({
  serviceid_groups: LimitCount,
  serviceids_per_group: Type.Object({ limit: Count, serviceid_groups: Groups }),
  profiles: LimitCount,
  apikeys_per_identity: Type.Object({ limit: Count, identities: Identities }),
  profile_templates: LimitCount,
  account_settings_templates: LimitCount,
  template_versions_per_template: Type.Object({ limit: Count, templates: Templates }),
  idps: LimitCount,
  claim_rules_per_group: Type.Object({ limit: Count, access_groups: Groups }),
  claim_rules_per_profile: Type.Object({ limit: Count, profiles: Profiles }),
  cr_links: LimitCount,
  cr_links_per_profile: Type.Object({ limit: Count, profiles: Profiles }),
  cr_rules: LimitCount,
  cr_rules_per_profile: Type.Object({ limit: Count, profiles: Profiles }),
});

const flag = Type.Optional(Type.Boolean());
const FLAGS = {
  serviceid_groups: flag,
  profiles: flag,
  templates: flag,
  idps: flag,
  cr_links: flag,
  cr_rules: flag,
};

/** Ids that one list may have. */
export const MOST_COUNTED = 100;

const ids = Type.Optional(
  Type.String({ maxLength: 10_000, description: 'Ids separated by commas, 100 at most' }),
);
const idList = Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: MOST_COUNTED }));

/** The counts that a request asks for. */
export const LimitsQuery = Type.Object({
  ...FLAGS,
  serviceids_per_group: ids,
  apikeys_per_identity: ids,
  template_versions_per_template: ids,
  claim_rules_per_group: ids,
  claim_rules_per_profile: ids,
  cr_links_per_profile: ids,
  cr_rules_per_profile: ids,
});
export type LimitsQuery = Static<typeof LimitsQuery>;

export const LimitsBody = Type.Object({
  ...FLAGS,
  serviceids_per_group: idList,
  apikeys_per_identity: idList,
  template_versions_per_template: idList,
  claim_rules_per_group: idList,
  claim_rules_per_profile: idList,
  cr_links_per_profile: idList,
  cr_rules_per_profile: idList,
});
export type LimitsBody = Static<typeof LimitsBody>;
