import type { Database } from '../../database/database.ts';
import type { PolicyRow } from '../../database/iam-schema.ts';
import { levelOfEnd, printLeft, type Warning, type WarningSource } from '../../warning.ts';
import { typeByForm } from '../identities.ts';
import { policiesAfter } from '../policies/rows.ts';
import { endOfRule, mayEnd } from './rule-end.ts';

const PAGE = 200;
const DAY = 24 * 3_600_000;

/** What of access ends: policies with a time condition. When one ends stands in its document alone, so all are walked. */
export const accessWarnings = ({ database }: { database: Database }): WarningSource[] => [
  {
    kind: 'policy-ends',
    of: 'installation',
    every: DAY,
    find: async (now, after = '') => {
      const rows = await policiesAfter(database.db, after, PAGE);
      const warnings = rows.map((row) => policyEnds(row, now)).filter((warning) => warning !== undefined);
      return { warnings, next: rows.length === PAGE ? rows.at(-1)?.id : undefined };
    },
  },
];

const policyEnds = (row: PolicyRow, now: number): Warning | undefined => {
  if (row.state !== 'active' || row.version !== 'v2' || !mayEnd(row.document)) return undefined;
  const { rule, description } = JSON.parse(row.document) as { rule?: unknown; description?: unknown };
  const at = endOfRule(rule);
  const level = at === undefined ? undefined : levelOfEnd(at, now, row.modified_at);
  if (at === undefined || level === undefined) return undefined;
  const { id: target, account_id: accountId, subject } = row;
  const name = typeof description === 'string' ? description : '';
  const says = `the policy of ${subject} grants nothing any more ${printLeft(at, now)}`;
  const mend = `tidegate iam ${commandsOf(subject)}-policy-update ${subject.replace(/^iam-/, '')} ${target}`;
  return { kind: 'policy-ends', accountId, target, name, level, at, says, mend };
};

/** How the commands for the policies of a subject begin. */
const commandsOf = (subject: string): string => {
  if (subject.startsWith('AccessGroupId-')) return 'access-group';
  const type = typeByForm(subject);
  if (type === 'service') return 'service';
  return type === 'profile' ? 'trusted-profile' : 'user';
};
