/** Exempt issues, /va/api/v4. Source: IBM Vulnerability Advisor API v4, `exemption`. */
import { type Static, Type } from 'typebox';

export const ExemptionScope = Type.Object({
  scope_type: Type.Union([
    Type.Literal('account'),
    Type.Literal('namespace'),
    Type.Literal('repository'),
    Type.Literal('image'),
  ]),
  namespace: Type.Optional(Type.String()),
  repository: Type.Optional(Type.String({ description: 'Without its namespace' })),
  tag: Type.Optional(Type.String({ description: 'A tag, or a digest' })),
});
export type ExemptionScope = Static<typeof ExemptionScope>;

export const Exemption = Type.Object({
  account_id: Type.String(),
  issue_id: Type.String(),
  issue_type: Type.String(),
  scope: Type.Optional(ExemptionScope),
});
export type Exemption = Static<typeof Exemption>;

export const ExemptionList = Type.Array(Exemption);
export type ExemptionList = Static<typeof ExemptionList>;

/** An issue in the path. */
const IssuePart = { issueType: Type.String({ maxLength: 50 }), issueID: Type.String({ maxLength: 200 }) };

/** Namespace, repository or image, percent-encoded, with or without the registry's host. */
const ResourcePart = { resource: Type.String({ maxLength: 700 }) };

export const AccountIssuePath = Type.Object(IssuePart);
export const ResourcePath = Type.Object(ResourcePart);
export const ResourceIssuePath = Type.Object({ ...ResourcePart, ...IssuePart });

export const ImageExemptionsQuery = Type.Object({
  includeScope: Type.Optional(Type.Boolean({ description: 'Say of each exemption where it holds' })),
});

/** Images whose exemptions are asked for at once. */
export const ImageNames = Type.Array(Type.String({ maxLength: 700 }), { maxItems: 100 });
export type ImageNames = Static<typeof ImageNames>;

/** The exemptions that hold for each image, by the name it was asked for. */
export const ExemptionsByImage = Type.Record(Type.String(), ExemptionList);

export const ExemptionType = Type.Object({
  display_name: Type.String(),
  identifier: Type.String(),
  translationKey: Type.Optional(Type.String()),
  validation_regex: Type.String(),
});
export type ExemptionType = Static<typeof ExemptionType>;

export const ExemptionTypeList = Type.Array(ExemptionType);
export type ExemptionTypeList = Static<typeof ExemptionTypeList>;

export const ExemptionDeletionInfo = Type.Object({ number_of_exemptions_deleted: Type.Integer() });
export type ExemptionDeletionInfo = Static<typeof ExemptionDeletionInfo>;
