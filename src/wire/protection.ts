/** Tidegate's own: tags of a namespace that cannot be moved or deleted, /api/v1/namespaces/{name}/protections. */
import { type Static, Type } from 'typebox';

const WILDCARDS = '`*` stands for any text, `?` for one character';

/** A pattern of tags: the characters of a tag, and the two wildcards. */
export const TagPattern = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[A-Za-z0-9_.*?-]+$',
  description: `Pattern of tags: ${WILDCARDS}`,
});

/** A pattern of what follows `namespace/` in the name of a repository. */
export const RepositoryPattern = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: '^[a-z0-9_./*?-]+$',
  description: `Pattern of repositories without the namespace: ${WILDCARDS}`,
});

/** Body of POST. */
export const NewProtectionRule = Type.Object({
  tags: TagPattern,
  repositories: Type.Optional(RepositoryPattern),
  exceptions: Type.Optional(
    Type.Array(TagPattern, { maxItems: 20, description: 'Patterns of tags that can be moved all the same' }),
  ),
});
export type NewProtectionRule = Static<typeof NewProtectionRule>;

export const ProtectionRule = Type.Object({
  id: Type.String(),
  tags: Type.String(),
  repositories: Type.Optional(Type.String({ description: 'Absent: in all repositories of the namespace' })),
  exceptions: Type.Array(Type.String()),
  created_at: Type.String({ description: 'RFC 3339' }),
  created_by: Type.String({ description: 'As in the audit log' }),
});
export type ProtectionRule = Static<typeof ProtectionRule>;

/** Answer of GET: at most 50, the oldest first. */
export const ProtectionRuleList = Type.Array(ProtectionRule);
export type ProtectionRuleList = Static<typeof ProtectionRuleList>;
