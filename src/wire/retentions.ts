/**
 * Retention policies of /api/v1. Source: IBM Container Registry API, `Retentions`. `deletion_threshold_days`, `rules` and the
 * runs are ours. Fields that are not named here are refused: a condition that is misspelt would delete more.
 */
import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false } as const;

const Days = Type.Integer({ minimum: 1, maximum: 36_500 });
const Patterns = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { minItems: 1, maxItems: 10, description });

export const RetentionRule = Type.Object(
  {
    repositories: Type.Optional(
      Patterns('Names without the namespace, with * for any characters; default: every repository'),
    ),
    tags: Type.Optional(Patterns('Tags, with * for any characters; default: every tag')),
    untagged: Type.Optional(
      Type.Boolean({ description: 'The rule is about untagged images, not about tags' }),
    ),
    images_per_repo: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description: 'Goes only where so many images of the rule in the repository are newer',
      }),
    ),
    older_than_days: Type.Optional(Days),
    not_pulled_for_days: Type.Optional(Days),
  },
  strict,
);
export type RetentionRule = Static<typeof RetentionRule>;

const terms = {
  images_per_repo: Type.Optional(
    Type.Integer({
      minimum: -1,
      maximum: 1_000_000,
      description: 'How many of the newest images of each repository are kept; -1, the default: all',
    }),
  ),
  retain_untagged: Type.Optional(Type.Boolean({ description: 'Default: false' })),
  deletion_threshold_days: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 36_500, description: 'Younger images are kept' }),
  ),
  rules: Type.Optional(
    Type.Array(RetentionRule, {
      maxItems: 20,
      description: 'Beyond IBM: the first rule that matches a tag decides about it',
    }),
  ),
};

/** What is kept of the images of a namespace. */
export const RetentionTerms = Type.Object(terms, strict);
export type RetentionTerms = Static<typeof RetentionTerms>;

export const RetentionDocument = Type.Object(
  { namespace: Type.String({ minLength: 1, maxLength: 255 }), ...terms },
  strict,
);
export type RetentionDocument = Static<typeof RetentionDocument>;

const Time = Type.String({ format: 'date-time' });

/** A policy as it stands. */
export const RetentionPolicy = Type.Object({
  namespace: Type.String(),
  images_per_repo: Type.Integer(),
  retain_untagged: Type.Boolean(),
  deletion_threshold_days: Type.Optional(Type.Integer()),
  rules: Type.Optional(Type.Array(RetentionRule)),
  waits_for_analysis: Type.Optional(
    Type.Boolean({ description: 'It has rules and deletes nothing before its analysis was seen' }),
  ),
  next_run_at: Type.Optional(Time),
});
export type RetentionPolicy = Static<typeof RetentionPolicy>;

/** GET /api/v1/retentions: every namespace that the caller may see, with its policy. */
export const RetentionPolicies = Type.Record(Type.String(), RetentionPolicy);
export type RetentionPolicies = Static<typeof RetentionPolicies>;

/** What a policy would delete: repository to its images, `host/namespace/repository@sha256:…`. */
export const RetentionAnalysis = Type.Record(Type.String(), Type.Array(Type.String()));
export type RetentionAnalysis = Static<typeof RetentionAnalysis>;

const Count = Type.Integer({ minimum: 0 });

/** A line of POST /api/v1/retentions/explain. The last has the kind `end`; without it the analysis broke off. */
export const RetentionLine = Type.Union([
  Type.Object({
    kind: Type.Literal('image'),
    image: Type.String({ description: 'host/namespace/repository@sha256:…' }),
    tags: Type.Array(Type.String()),
    deleted: Type.Boolean(),
    reason: Type.String(),
    because: Type.String(),
  }),
  Type.Object({ kind: Type.Literal('end'), images: Count, deleted: Count }),
]);
export type RetentionLine = Static<typeof RetentionLine>;

export const RetentionRun = Type.Object({
  id: Type.String(),
  namespace: Type.String(),
  cause: Type.Union([Type.Literal('set'), Type.Literal('daily'), Type.Literal('asked')]),
  requested_at: Time,
  requested_by: Type.String(),
  started_at: Type.Optional(Time),
  finished_at: Type.Optional(Time),
  outcome: Type.Union([
    Type.Literal('waiting'),
    Type.Literal('running'),
    Type.Literal('done'),
    Type.Literal('failed'),
    Type.Literal('stopped'),
  ]),
  reason: Type.Optional(Type.String()),
  images: Type.Integer({ minimum: 0, description: 'Images that were looked at' }),
  deleted: Count,
  changed: Type.Integer({
    minimum: 0,
    description: 'Images that changed before their turn came, and stayed',
  }),
  failed: Count,
  reasons: Type.Record(Type.String(), Count, { description: 'Images for each reason to keep or delete' }),
  failures: Type.Array(Type.String(), { description: 'The first images that could not be deleted, and why' }),
});
export type RetentionRun = Static<typeof RetentionRun>;

export const RetentionRuns = Type.Object({
  runs: Type.Array(RetentionRun, { description: 'The latest, newest first' }),
});
export type RetentionRuns = Static<typeof RetentionRuns>;
