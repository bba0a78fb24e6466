/** Trusted profiles of IAM, /v1/profiles. Source: IBM IAM Identity Services API, `Trusted Profiles Operations`. */
import { type Static, Type } from 'typebox';
import { AccountId } from './iam-entities.ts';

const Name = Type.String({ minLength: 1, maxLength: 100 });
const Text = Type.String({ maxLength: 1000 });

export const Profile = Type.Object({
  id: Type.String({ description: 'Profile-<uuid>' }),
  entity_tag: Type.String({ description: 'Version, for If-Match' }),
  crn: Type.String(),
  name: Type.String(),
  description: Type.String(),
  email: Type.Optional(Type.String()),
  created_at: Type.String({ description: 'yyyy-MM-ddTHH:mm+0000, UTC' }),
  modified_at: Type.String(),
  iam_id: Type.String({ description: 'iam-Profile-<uuid>' }),
  account_id: Type.String(),
  activity: Type.Optional(
    Type.Object({ last_authn: Type.Optional(Type.String()), authn_count: Type.Integer() }),
  ),
});
export type Profile = Static<typeof Profile>;

export const ProfileCreate = Type.Object({
  name: Name,
  account_id: AccountId,
  description: Type.Optional(Text),
  email: Type.Optional(Text),
});

export const ProfileUpdate = Type.Object({
  name: Type.Optional(Name),
  description: Type.Optional(Text),
  email: Type.Optional(Text),
});

export const ProfileList = Type.Object({
  offset: Type.Integer(),
  limit: Type.Integer(),
  first: Type.String(),
  next: Type.Optional(Type.String()),
  profiles: Type.Array(Profile),
});
export type ProfileList = Static<typeof ProfileList>;

export const RuleCondition = Type.Object({
  claim: Type.String({ minLength: 1, maxLength: 200 }),
  operator: Type.String({
    maxLength: 50,
    description: 'EQUALS, NOT_EQUALS, EQUALS_IGNORE_CASE, NOT_EQUALS_IGNORE_CASE, IN or CONTAINS',
  }),
  value: Type.String({ maxLength: 1000, description: 'JSON as a text; a plain word stands for itself' }),
});

export const RuleCreate = Type.Object({
  type: Type.Union([Type.Literal('Profile-SAML'), Type.Literal('Profile-CR')]),
  conditions: Type.Array(RuleCondition, { minItems: 1, maxItems: 20 }),
  name: Type.Optional(Text),
  realm_name: Type.Optional(Text),
  cr_type: Type.Optional(
    Type.String({ maxLength: 1000, description: 'IKS_SA and others; OIDC for tokens of a declared issuer' }),
  ),
  expiration: Type.Optional(Type.Integer({ minimum: 0, maximum: 31_536_000, description: 'Seconds' })),
});

const Version = {
  id: Type.String(),
  entity_tag: Type.String(),
  created_at: Type.String(),
  modified_at: Type.String(),
};

export const Rule = Type.Object({
  ...Version,
  name: Type.Optional(Type.String()),
  type: Type.String(),
  realm_name: Type.Optional(Type.String()),
  expiration: Type.Integer(),
  cr_type: Type.Optional(Type.String()),
  conditions: Type.Array(RuleCondition),
  audiences: Type.Optional(
    Type.Array(Type.String(), { description: 'Of a new rule: what its tokens may be made for' }),
  ),
  warnings: Type.Optional(Type.Array(Type.String(), { description: 'What to know of a new rule' })),
});
export type Rule = Static<typeof Rule>;
export const TrustQuestion = Type.Object({
  token: Type.String({ minLength: 1, maxLength: 16_384, description: 'A JWT; it is not kept' }),
});

/** What each rule of a profile makes of a token. Tidegate's own. */
export const TrustExplanation = Type.Object({
  believed: Type.Boolean({ description: 'Signed by a declared issuer for this registry, and not expired' }),
  fault: Type.Optional(Type.String({ description: 'Why it is not believed' })),
  issuer: Type.Optional(Type.String({ description: 'Name of the declared issuer' })),
  rules: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.Optional(Type.String()),
      holds: Type.Boolean(),
      fault: Type.Optional(Type.String({ description: 'What keeps it from holding beside its conditions' })),
      conditions: Type.Array(
        Type.Object({
          claim: Type.String(),
          operator: Type.String(),
          value: Type.String(),
          actual: Type.Optional(Type.String({ description: 'What the token has, as JSON' })),
          holds: Type.Boolean(),
          why: Type.Optional(Type.String()),
        }),
      ),
    }),
  ),
});
export type TrustExplanation = Static<typeof TrustExplanation>;

export const RuleList = Type.Object({ rules: Type.Array(Rule) });

const LinkTarget = Type.Object({
  crn: Type.String({ minLength: 1, maxLength: 500 }),
  namespace: Type.Optional(Text),
  name: Type.Optional(Text),
});

export const LinkCreate = Type.Object({
  cr_type: Type.String({ minLength: 1, maxLength: 100 }),
  link: LinkTarget,
  name: Type.Optional(Text),
});

export const Link = Type.Object({
  ...Version,
  name: Type.Optional(Type.String()),
  cr_type: Type.String(),
  link: LinkTarget,
});
export type Link = Static<typeof Link>;
export const LinkList = Type.Object({ links: Type.Array(Link) });

export const IdentityRequest = Type.Object({
  identifier: Type.String({ minLength: 1, maxLength: 200 }),
  type: Type.String({ maxLength: 20 }),
  accounts: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50 })),
  description: Type.Optional(Text),
});
export type IdentityRequest = Static<typeof IdentityRequest>;

export const IdentitiesSet = Type.Object({
  identities: Type.Optional(Type.Array(IdentityRequest, { maxItems: 200 })),
});

export const TrustedIdentity = Type.Object({
  iam_id: Type.String(),
  identifier: Type.String(),
  type: Type.String(),
  accounts: Type.Optional(Type.Array(Type.String())),
  description: Type.Optional(Type.String()),
});
export type TrustedIdentity = Static<typeof TrustedIdentity>;

export const IdentityList = Type.Object({
  entity_tag: Type.String(),
  identities: Type.Array(TrustedIdentity),
});
