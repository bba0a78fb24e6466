/** `--decision`: a Tidegate of its own, filled with policies and keys, and what decisions and logins then cost. */
import path from 'node:path';
import type { Target } from '../target.ts';
import { token } from '../workloads/token.ts';
import { type DecisionCost, measureDecisions } from './measure.ts';
import { seed } from './seed.ts';

export interface DecisionReport extends DecisionCost {
  /** Policies, and as many keys. */
  readonly rows: number;
  /** Server CPU, µs per `/oauth/token` with an API key, on the same database. */
  readonly token: number | undefined;
}

export const runDecision = async (
  target: Target,
  { rows, seconds, signal }: { rows: number; seconds: number; signal: AbortSignal },
): Promise<DecisionReport> => {
  const account = await target.account();
  if (target.data === undefined || account === undefined)
    throw new Error(
      'the database is filled beside the server: it must be a Tidegate the bench starts, on SQLite',
    );
  const file = path.join(target.data, 'tidegate.db');
  seed(file, account.id, rows);
  const identities = Math.min(2000, Math.floor(rows / 10));
  const cost = await measureDecisions(file, account.id, { identities, decisions: 500_000 });
  const bench = { target, seconds, signal };
  const login = await token.run(bench, await token.prepare(bench));
  return { rows, ...cost, token: login.value };
};

export const formatDecision = ({ rows, cold, coldQueries, warm, token: login }: DecisionReport): string =>
  [
    `${rows} policies and as many API keys`,
    `first decision about an identity: ${cold.toFixed(0)} µs at the median, at most ${coldQueries} queries`,
    `each after it:                    ${warm.toFixed(2)} µs`,
    `/oauth/token with an API key:     ${login?.toFixed(0) ?? '-'} µs of server CPU`,
  ].join('\n');
