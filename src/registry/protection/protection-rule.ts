import { matchesPattern, Steps } from '../../access/tx.ts';
import type { ProtectionRuleRow } from '../../database/protection-schema.ts';

/** Tags of a namespace that stay where they are: nobody with the right to push can move or delete them. */
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

/** Patterns and names are short: more than any rule can take. */
const STEPS = 100_000;

/** The rule that protects a tag of a repository, if one does. */
export const ruleProtecting = (
  rules: readonly ProtectionRule[],
  repository: string,
  tag: string,
): ProtectionRule | undefined => {
  const steps = new Steps(STEPS);
  const path = repository.slice(repository.indexOf('/') + 1);
  return rules.find(
    ({ tags, repositories, exceptions }) =>
      matchesPattern(tags, tag, steps) &&
      (repositories === undefined || matchesPattern(repositories, path, steps)) &&
      !exceptions.some((each) => matchesPattern(each, tag, steps)),
  );
};

/** The rule as a person reads it. */
export const describeRule = ({ tags, repositories, exceptions }: ProtectionRule): string => {
  const where = repositories === undefined ? '' : ` in ${repositories}`;
  const except = exceptions.length === 0 ? '' : ` except ${exceptions.join(', ')}`;
  return `tags ${tags}${where}${except}`;
};
