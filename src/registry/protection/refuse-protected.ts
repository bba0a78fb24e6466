import type { Db } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { findRepositoryById } from '../repositories/rows.ts';
import { describeRule, type ProtectionRule, ruleOf, ruleProtecting } from './protection-rule.ts';
import { rulesOfNamespace } from './rows.ts';

/** Rules that a namespace may have. */
export const MOST_RULES = 50;

/** Characters that the patterns of a namespace's rules may have together: every push that moves a tag looks at all of them. */
export const MOST_CHARACTERS = 4000;

/** The rules of a namespace, oldest first. */
export const rulesOf = async (db: Db, namespaceId: string): Promise<ProtectionRule[]> =>
  (await rulesOfNamespace(db, namespaceId, MOST_RULES)).map(ruleOf);

/** Refuses to move or delete these tags of a repository where a rule protects one: TAG_PROTECTED names tag and rule. */
export const refuseProtected = async (
  db: Db,
  repositoryId: string,
  tags: readonly string[],
): Promise<void> => {
  const found = await protectedTag(db, repositoryId, tags);
  if (found) throw protectedBy(found.rule, found.tag);
};

/** Whether a rule protects one of these tags of a repository. */
export const areProtected = async (db: Db, repositoryId: string, tags: readonly string[]): Promise<boolean> =>
  (await protectedTag(db, repositoryId, tags)) !== undefined;

const protectedTag = async (
  db: Db,
  repositoryId: string,
  tags: readonly string[],
): Promise<{ tag: string; rule: ProtectionRule } | undefined> => {
  if (tags.length === 0) return undefined;
  const repository = await findRepositoryById(db, repositoryId);
  const rules = repository ? await rulesOf(db, repository.namespaceId) : [];
  if (!repository || rules.length === 0) return undefined;
  for (const tag of tags) {
    const rule = ruleProtecting(rules, repository.name, tag);
    if (rule) return { tag, rule };
  }
  return undefined;
};

const protectedBy = (rule: ProtectionRule, tag: string): RegistryError =>
  new RegistryError('TAG_PROTECTED', {
    message: `the tag ${tag} cannot be moved or deleted: the rule ${rule.id} of this namespace protects ${describeRule(rule)}; use another tag`,
    detail: { tag, rule: rule.id },
  });

/** What protects the tags of a repository: of a tag the rule as a person reads it, if one does. */
export const protectionOf = async (
  db: Db,
  repositoryId: string,
): Promise<(tag: string) => string | undefined> => {
  const repository = await findRepositoryById(db, repositoryId);
  const rules = repository ? await rulesOf(db, repository.namespaceId) : [];
  return (tag) => {
    const rule = ruleProtecting(rules, repository?.name ?? '', tag);
    return rule && describeRule(rule);
  };
};
