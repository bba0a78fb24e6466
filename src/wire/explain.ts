/** Why a principal may do something or may not: ours, below /v1/explain. */
import { type Static, Type } from 'typebox';

/** What a question is about; what is left out is not about one. */
export const ExplainResource = Type.Object({
  region: Type.Optional(
    Type.String({
      maxLength: 255,
      description: 'Any of its names; default: the region the request is sent to',
    }),
  ),
  namespace: Type.Optional(Type.String({ maxLength: 255 })),
  repository: Type.Optional(
    Type.String({ maxLength: 255, description: 'With its namespace: birds/bluebird' }),
  ),
  tag: Type.Optional(Type.String({ maxLength: 128 })),
  entity: Type.Optional(
    Type.Object(
      {
        type: Type.Union([
          Type.Literal('user'),
          Type.Literal('serviceid'),
          Type.Literal('profile'),
          Type.Literal('access-group'),
          Type.Literal('resource-group'),
        ]),
        id: Type.String({ maxLength: 200, description: 'Of a user the IAM ID' }),
      },
      { description: 'In place of the others: an IAM entity, as a policy names it' },
    ),
  ),
});
export type ExplainResource = Static<typeof ExplainResource>;

export const ExplainQuestion = Type.Object({
  iam_id: Type.String({ maxLength: 200, description: 'Whose rights' }),
  type: Type.Union([Type.Literal('user'), Type.Literal('serviceid'), Type.Literal('profile')]),
  action: Type.String({
    maxLength: 200,
    description: 'container-registry.image.pull, or image.pull, or pull',
  }),
  resource: ExplainResource,
});
export type ExplainQuestion = Static<typeof ExplainQuestion>;

export const ConsideredPolicy = Type.Object({
  policy_id: Type.String(),
  subject: Type.String({
    description: 'The identity itself, or the access group it holds the policy through',
  }),
  verdict: Type.String({ description: 'allows, or why it does not' }),
});

const RuledMembership = Type.Object({
  group: Type.String(),
  rule_id: Type.String(),
  rule: Type.Optional(Type.String({ description: 'Its name' })),
  issuer: Type.String({ description: 'Name of the declared issuer' }),
  realm_name: Type.String(),
  claims: Type.Array(Type.Object({ claim: Type.String(), operator: Type.String(), value: Type.String() }), {
    description: 'The conditions that the claims meet',
  }),
  until: Type.String({ description: 'RFC 3339, if the provider says the same by then' }),
});

const ProviderStanding = Type.Object({
  issuer: Type.String(),
  claims_at: Type.String({ description: 'RFC 3339' }),
  fault: Type.Optional(Type.String({ description: 'Why it does not count now' })),
  claims_fault: Type.Optional(Type.String({ description: 'Why groups are missing in the claims' })),
});

export const Explanation = Type.Object({
  allowed: Type.Boolean({ description: 'On the state of now' }),
  because: Type.String(),
  iam_id: Type.Optional(Type.String()),
  registry_token: Type.Optional(Type.String({ description: 'Id of the registry token that asked' })),
  action: Type.String(),
  resource: Type.String({ description: 'In words' }),
  groups: Type.Array(Type.String(), { description: 'Access groups the identity is in' }),
  memberships: Type.Optional(Type.Array(RuledMembership, { description: 'Groups that it is in by rules' })),
  providers: Type.Optional(
    Type.Array(ProviderStanding, { description: 'What identity providers say of a person' }),
  ),
  policies: Type.Array(ConsideredPolicy, {
    description: 'Those of the identity and its groups, at most 200',
  }),
  refused: Type.Optional(
    Type.Object({
      because: Type.String({ description: 'What the request was told then' }),
      at: Type.String({ description: 'RFC 3339, the first of its minute' }),
      times: Type.Integer({ description: 'How often the same was refused in that minute' }),
    }),
  ),
});
export type Explanation = Static<typeof Explanation>;

/** Without an identity: about the caller. */
export const AskedQuestion = Type.Object({
  iam_id: Type.Optional(ExplainQuestion.properties.iam_id),
  type: Type.Optional(ExplainQuestion.properties.type),
  action: ExplainQuestion.properties.action,
  resource: ExplainResource,
  policy: Type.Optional(
    Type.String({
      maxLength: 100,
      description:
        'In place of a resource: all that the policy of this id reaches, for changing or deleting it',
    }),
  ),
  anywhere: Type.Optional(
    Type.Boolean({
      description: 'In place of a resource: whether there is anything in the account to do it to',
    }),
  ),
});
export type AskedQuestion = Static<typeof AskedQuestion>;

/** Body of POST /v1/explain/questions. */
export const ExplainQuestions = Type.Object({
  questions: Type.Array(AskedQuestion, { minItems: 1, maxItems: 50 }),
});
export type ExplainQuestions = Static<typeof ExplainQuestions>;

export const ShortAnswer = Type.Object({
  allowed: Type.Boolean({ description: 'On the state of now' }),
  because: Type.String(),
  action: Type.String({ description: 'In full' }),
  resource: Type.String({ description: 'In words' }),
});
export type ShortAnswer = Static<typeof ShortAnswer>;

export const ExplainAnswers = Type.Object({
  answers: Type.Array(ShortAnswer, { description: 'One for each question, in their order' }),
});
export type ExplainAnswers = Static<typeof ExplainAnswers>;

/** Body of POST /v1/explain/removal. */
export const RemovalQuestion = Type.Object({
  kind: Type.Union(
    [
      Type.Literal('policy'),
      Type.Literal('access-group'),
      Type.Literal('api-key'),
      Type.Literal('trust'),
      Type.Literal('namespace'),
      Type.Literal('service-id'),
      Type.Literal('user'),
    ],
    { description: 'What would go' },
  ),
  id: Type.String({
    minLength: 1,
    maxLength: 255,
    description: 'Its id; of a namespace its name, of a user the iam_id, of a trust the id of the rule',
  }),
  profile: Type.Optional(
    Type.String({ minLength: 1, maxLength: 100, description: 'Of a trust: the id of its profile' }),
  ),
});
export type RemovalQuestion = Static<typeof RemovalQuestion>;

/** A use of an image that would be refused from then on. */
export const LostUse = Type.Object({
  principal: Type.String({ description: 'As in the audit log: user:ACCOUNT/IBMid-…' }),
  name: Type.Optional(Type.String({ description: 'What that identity is called now' })),
  action: Type.String({ description: 'The right that it needs' }),
  repository: Type.String(),
  times: Type.Integer({ minimum: 1 }),
  last_used_at: Type.String({ description: 'RFC 3339' }),
  credential: Type.Optional(Type.String({ description: 'Id of the API key, session or registry token' })),
  address: Type.Optional(Type.String()),
  agent: Type.Optional(Type.String()),
});
export type LostUse = Static<typeof LostUse>;

/** A secret that signed in and would not any more. */
export const LostSignIn = Type.Object({
  kind: Type.Union([Type.Literal('api-key'), Type.Literal('profile')]),
  id: Type.String(),
  name: Type.String(),
  last_used_at: Type.String({ description: 'RFC 3339' }),
  last_used_from: Type.Optional(Type.String()),
  last_used_with: Type.Optional(Type.String()),
});
export type LostSignIn = Static<typeof LostSignIn>;

export const RemovalAnswer = Type.Object({
  since: Type.String({ description: 'RFC 3339: what was used before is not looked at' }),
  uses: Type.Array(LostUse, { description: 'At most 100, the last used first' }),
  total: Type.Integer({ minimum: 0, description: 'Uses that were found' }),
  total_is_exact: Type.Boolean({ description: 'False: there was more to look at than one request may' }),
  sign_ins: Type.Array(LostSignIn, { description: 'At most 100' }),
});
export type RemovalAnswer = Static<typeof RemovalAnswer>;
