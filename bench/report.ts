import { BESIDES, type Beside, type Budget, budgetOf, type Limit, UNITS } from './budgets.ts';
import type { Result, Row } from './runner.ts';
import type { Outcome } from './workloads/workload.ts';

export interface Report {
  readonly target: string;
  /** The peer's name, or why there is none; absent when none was asked for. */
  readonly peer?: string;
  /** What the peer is: limits that are ratios to the other one are not compared. */
  readonly peerIs?: 'peer' | 'beside';
  readonly machine: string;
  readonly rows: readonly Row[];
}

const HEADINGS = [
  'workload',
  'unit',
  'server CPU',
  'of Node',
  'budget',
  'aim',
  'of budget',
  'p50 ms',
  'p99 ms',
  'per s',
  'peer CPU',
  'of peer',
];
const LEFT_ALIGNED = 2;
/** From which share of the value on the clock's tick is worth showing. */
const NOTABLE_UNCERTAINTY = 0.01;

/** The report as text: a table, and below it a line for each row that has more to say. */
export const formatReport = (report: Report): string => {
  const cells = [HEADINGS, ...report.rows.map((row) => cellsOf(row, report.peerIs))];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column < LEFT_ALIGNED ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const rule = '-'.repeat(line(HEADINGS).length);
  const [headings = [], ...rows] = cells;
  const title = [
    `registry: ${report.target}`,
    ...(report.peer === undefined ? [] : [`peer:     ${report.peer}`]),
  ];
  const notes = report.rows.flatMap(notesOf);
  return [
    ...title,
    `machine:  ${report.machine}`,
    '',
    line(headings),
    rule,
    ...rows.map(line),
    '',
    ...notes,
    '',
  ].join('\n');
};

/** The same as a value for JSON, numbers unrounded. */
export const reportValue = (report: Report): object => ({
  registry: report.target,
  peer: report.peer ?? null,
  machine: report.machine,
  rows: report.rows.map((row) => {
    const budget: Budget = budgetOf(row.name);
    const { value, ratio, peerRatio, nodeRatio } = ratiosOf(row, report.peerIs);
    return {
      workload: row.name,
      unit: UNITS[budget.unit].label,
      value: value ?? null,
      budget: budget.limit ?? null,
      ofBudget: ratio ?? null,
      ofPeer: peerRatio ?? null,
      ofNode: nodeRatio ?? null,
      result: row.result,
      peer: row.peer ?? null,
      node: row.node ?? null,
    };
  }),
});

const cellsOf = (row: Row, peerIs: Report['peerIs']): string[] => {
  const budget: Budget = budgetOf(row.name);
  const outcome = outcomeOf(row.result);
  const { ratio, peerRatio, nodeRatio } = ratiosOf(row, peerIs);
  return [
    budget.title,
    UNITS[budget.unit].label,
    row.result.kind === 'measured' ? withUncertainty(row.result.outcome) : row.result.kind.toUpperCase(),
    times(nodeRatio),
    limited(budget.limit, budget.limit?.must),
    limited(budget.limit, budget.limit?.aim),
    times(ratio),
    number(outcome?.p50),
    number(outcome?.p99),
    number(outcome?.perSecond),
    row.peer === undefined || row.peer.kind === 'measured'
      ? number(outcomeOf(row.peer)?.value)
      : row.peer.kind,
    times(peerRatio),
  ];
};

const ratiosOf = (row: Row, peerIs: Report['peerIs']) => {
  const { limit }: Budget = budgetOf(row.name);
  const value = outcomeOf(row.result)?.value;
  const peerRatio = divide(value, outcomeOf(row.peer)?.value);
  const nodeRatio = divide(value, outcomeOf(row.node)?.value);
  const compared = (of: Beside | undefined): number | undefined => {
    if (of === undefined) return value;
    if (of === 'node') return nodeRatio;
    return of === peerIs ? peerRatio : undefined;
  };
  return { value, ratio: divide(compared(limit?.of), limit?.must), peerRatio, nodeRatio };
};

const outcomeOf = (result: Result | undefined): Outcome | undefined =>
  result?.kind === 'measured' ? result.outcome : undefined;

/** Nothing of nothing is exactly the budget of a workload that must never happen. */
const divide = (value: number | undefined, by: number | undefined): number | undefined => {
  if (value === undefined || by === undefined) return undefined;
  return by === 0 && value === 0 ? 0 : value / by;
};

const notesOf = ({ name, result, peer, node }: Row): string[] => [
  ...noteOf(name, result),
  ...(peer === undefined ? [] : noteOf(`${name}, peer`, peer)),
  ...(node === undefined ? [] : noteOf(`${name}, bare Node`, node)),
];

const noteOf = (name: string, result: Result): string[] => {
  if (result.kind !== 'measured') return [`${name} ${result.kind}: ${result.why}`];
  return result.outcome.note === undefined ? [] : [`${name}: ${result.outcome.note}`];
};

const withUncertainty = ({ value, uncertainty }: Outcome): string => {
  if (value === undefined || uncertainty === undefined || uncertainty < value * NOTABLE_UNCERTAINTY)
    return number(value);
  return `${number(value)} ±${Number(uncertainty.toPrecision(2))}`;
};

/** Three figures, or as many as the whole part has. */
const number = (value: number | undefined): string => {
  if (value === undefined) return '-';
  if (value === 0) return '0';
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
};

/** A limit with what it is a ratio to. */
const limited = (limit: Limit | undefined, value: number | undefined): string => {
  if (limit?.of === undefined || value === undefined) return number(value);
  return `${number(value)}${BESIDES[limit.of]}`;
};

const times = (ratio: number | undefined): string => (ratio === undefined ? '-' : `${ratio.toFixed(2)}×`);
