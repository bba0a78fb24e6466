import { matchesPattern, Steps } from '../../access/tx.ts';
import type { ProtectionRuleRow } from '../../database/protection-schema.ts';
import { isAttachmentTag } from '../../oci/fallback-tag.ts';

/** Tags of a namespace that stay where they are: a push does not move them, and no request deletes them. */
export interface ProtectionRule {
  readonly id: string;
  readonly namespaceId: string;
  /** Which tags: `*` stands for any text, `?` for one character. */
  readonly tags: string;
  /** In which repositories, as a pattern of what follows `namespace/`; undefined: in all. */
  readonly repositories: string | undefined;
  /** Patterns of tags that can be moved all the same. */
  readonly exceptions: readonly string[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly createdBy: string;
}

export const ruleOf = (row: ProtectionRuleRow): ProtectionRule => ({
  id: row.id,
  namespaceId: row.namespace_id,
  tags: row.tags,
  repositories: row.repositories ?? undefined,
  exceptions: JSON.parse(row.exceptions) as string[],
  createdAt: row.created_at,
  createdBy: row.created_by,
});

/** More than the longest pattern takes on the longest name. */
const STEPS = 10_000;

/** The characters of a rule's patterns: what comparing a tag with it costs. */
export const lengthOf = ({ tags, repositories, exceptions }: ProtectionRule): number =>
  [tags, repositories ?? '', ...exceptions].reduce((sum, { length }) => sum + length, 0);

/** How the names of attachment tags begin: a pattern that begins so is meant for them. */
const ATTACHMENTS = /^sha(?:256|512)-/;

/**
 * The rule that protects a tag of a repository, if one does. Tags under which clients keep signatures and SBOMs of an image
 * (`sha256-<hex>.sig`) move with each further one, so only a rule protects them whose pattern names them.
 */
export const ruleProtecting = (
  rules: readonly ProtectionRule[],
  repository: string,
  tag: string,
): ProtectionRule | undefined => {
  const path = repository.slice(repository.indexOf('/') + 1);
  // steps of its own for each: a pattern that is not looked at would leave the tag unprotected
  const matches = (pattern: string, text: string): boolean => matchesPattern(pattern, text, new Steps(STEPS));
  const isAttachment = isAttachmentTag(tag);
  return rules.find(
    ({ tags, repositories, exceptions }) =>
      (!isAttachment || ATTACHMENTS.test(tags)) &&
      matches(tags, tag) &&
      (repositories === undefined || matches(repositories, path)) &&
      !exceptions.some((each) => matches(each, tag)),
  );
};

/** The rule as a person reads it. */
export const describeRule = ({ tags, repositories, exceptions }: ProtectionRule): string => {
  const where = repositories === undefined ? '' : ` in ${repositories}`;
  const except = exceptions.length === 0 ? '' : ` except ${exceptions.join(', ')}`;
  return `tags ${tags}${where}${except}`;
};
