import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { ProtectionRuleRow } from '../../database/protection-schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { findNamespaceById } from '../../tenancy/tx.ts';
import { describeRule, lengthOf, ruleOf } from './protection-rule.ts';
import { MOST_CHARACTERS, MOST_RULES } from './refuse-protected.ts';
import * as rules from './rows.ts';

/** Adds a rule. NAME_UNKNOWN where the namespace is gone, LIMIT_REACHED where it has as many as it may have. */
export const addRule = defineWrite(
  'registry.protection.add',
  async (tx: Tx, { row, actor }: { row: ProtectionRuleRow; actor: Actor }): Promise<void> => {
    if (!(await findNamespaceById(tx.db, row.namespace_id))) throw new RegistryError('NAME_UNKNOWN');
    const there = await rules.rulesOfNamespace(tx.db, row.namespace_id, MOST_RULES);
    if (there.length === MOST_RULES)
      throw new RegistryError('LIMIT_REACHED', {
        message: `a namespace has at most ${MOST_RULES} protection rules; remove one first`,
      });
    const characters = [...there, row].reduce((sum, each) => sum + lengthOf(ruleOf(each)), 0);
    if (characters > MOST_CHARACTERS)
      throw new RegistryError('LIMIT_REACHED', {
        message: `the patterns of a namespace's protection rules have at most ${MOST_CHARACTERS} characters together; remove a rule first`,
      });
    await rules.insertRule(tx, row);
    await rules.readTagsWhole(tx.db);
    await recordRule(tx, 'add', row, row.created_at, actor);
  },
);

/** False when the namespace has no such rule (any more). */
export const removeRule = defineWrite(
  'registry.protection.remove',
  async (
    tx: Tx,
    { id, namespaceId, at, actor }: { id: string; namespaceId: string; at: number; actor: Actor },
  ): Promise<boolean> => {
    const row = await rules.findRule(tx.db, id);
    if (row?.namespace_id !== namespaceId) return false;
    await rules.deleteRule(tx, id);
    await recordRule(tx, 'remove', row, at, actor);
    return true;
  },
);

const recordRule = async (
  tx: Tx,
  verb: 'add' | 'remove',
  row: ProtectionRuleRow,
  at: number,
  actor: Actor,
): Promise<void> => {
  const namespace = await findNamespaceById(tx.db, row.namespace_id);
  const rule = describeRule(ruleOf(row));
  await recordEvent(tx, actor, {
    accountId: namespace?.accountId ?? null,
    at,
    action: `tidegate.protection.${verb}`,
    target: row.namespace_id,
    targetType: 'namespace',
    targetName: namespace?.name,
    changed: { settings: verb === 'add' ? { to: rule } : { from: rule } },
  });
};
