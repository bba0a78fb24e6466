import type { Action } from './actions.ts';

/** Names that actions had in earlier versions: custom roles may be stored with them. */
const EARLIER: Readonly<Record<string, readonly Action[]>> = {
  'iam-groups.group.create': ['iam-groups.groups.create'],
  'iam-groups.group.list': ['iam-groups.groups.list'],
  'iam-groups.group.get': ['iam-groups.groups.read'],
  'iam-groups.group.update': ['iam-groups.groups.update'],
  'iam-groups.group.delete': ['iam-groups.groups.delete'],
  'iam-groups.member.list': ['iam-groups.members.list', 'iam-groups.members.read'],
  'iam-groups.member.add': ['iam-groups.members.add'],
  'iam-groups.member.remove': ['iam-groups.members.delete'],
  'iam-groups.rule.create': ['iam-groups.rules.create'],
  'iam-groups.rule.update': ['iam-groups.rules.update'],
  'iam-groups.rule.delete': ['iam-groups.rules.delete'],
  'iam-groups.rule.get': ['iam-groups.rules.read', 'iam-groups.rules.list'],
  'iam-groups.settings.get': ['iam-groups.account-settings.read'],
  'iam-groups.settings.update': ['iam-groups.account-settings.update'],
};

/** The names these actions have now. */
export const presentNames = (names: readonly string[]): string[] => [
  ...new Set(
    names.flatMap(
      (name): readonly string[] => (Object.hasOwn(EARLIER, name) ? EARLIER[name] : undefined) ?? [name],
    ),
  ),
];
