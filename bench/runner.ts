import { setTimeout as sleep } from 'node:timers/promises';
import { type BudgetName, budgetOf } from './budgets.ts';
import { MEGABYTE } from './content.ts';
import { type ServerProcess, UNCERTAINTY_SECONDS } from './process.ts';
import type { Target } from './target.ts';
import { bareGet } from './workloads/bare-get.ts';
import type { Outcome, Workload } from './workloads/workload.ts';

/** What became of one workload on one registry. */
export type Result =
  | { readonly kind: 'measured'; readonly outcome: Outcome }
  | { readonly kind: 'skipped'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

export interface Row {
  readonly name: BudgetName;
  readonly result: Result;
  /** Absent when no peer ran. */
  readonly peer?: Result;
  /** A request to a bare Node server, measured after the row; absent where the budget is no ratio to it. */
  readonly node?: Result;
}

export interface RunOptions {
  readonly workloads: readonly Workload<unknown>[];
  readonly target: Target;
  readonly peer: Target | undefined;
  /** A bare Node server. */
  readonly node?: Target | undefined;
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Told what is measured next. */
  readonly progress: (what: string) => void;
}

/** Runs each workload on the registry and then on what is beside it, so that all see the machine in the same state. */
export const runBench = async (options: RunOptions): Promise<Row[]> => {
  const rows: Row[] = [];
  const row = async (name: BudgetName, measure: (target: Target) => Promise<Result>): Promise<void> => {
    const result = await measure(options.target);
    const { peer, node } = options;
    rows.push({
      name,
      result,
      ...(peer === undefined ? {} : { peer: await measure(peer) }),
      ...(node && needsBareNode(name) ? { node: await runWorkload(bareGet, node, options) } : {}),
    });
  };
  for (const workload of options.workloads) {
    await row(workload.name, (target) => runWorkload(workload, target, options));
  }
  await row('peak-rss', async (target) => peakRss(target));
  return rows;
};

/** Whether the budget of a row is a ratio to a bare Node server. */
export const needsBareNode = (name: BudgetName): boolean => budgetOf(name).limit?.of === 'node';

const runWorkload = async (
  workload: Workload<unknown>,
  target: Target,
  options: RunOptions,
): Promise<Result> => {
  const { seconds, signal, progress } = options;
  try {
    const obstacle = await workload.obstacle?.(target);
    if (obstacle !== undefined) return { kind: 'skipped', why: obstacle };
    progress(`${workload.name} on ${target.name}`);
    const bench = { target, seconds, signal };
    const state = await workload.prepare(bench);
    await settle(target.process, signal);
    const outcome = await workload.run(bench, state);
    if (outcome.errors === 0) return { kind: 'measured', outcome };
    return { kind: 'failed', why: `${outcome.errors} failed, the first with: ${outcome.firstError}` };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
};

const SETTLE_LOOK_MS = 300;
const SETTLE_LOOKS = 20;

/** Waits, at most 6 s, until the server has finished what the preparation left it to do. */
const settle = async (server: ServerProcess | undefined, signal: AbortSignal): Promise<void> => {
  for (let look = 0; server !== undefined && look < SETTLE_LOOKS; look++) {
    const before = server.cpuSeconds();
    await sleep(SETTLE_LOOK_MS, undefined, { signal });
    if (server.cpuSeconds() - before < UNCERTAINTY_SECONDS) return;
  }
};

const peakRss = (target: Target): Result => {
  if (target.process === undefined) return { kind: 'skipped', why: 'its process is not known: give --pid' };
  try {
    return { kind: 'measured', outcome: { value: target.process.peakRss() / MEGABYTE, errors: 0 } };
  } catch (error) {
    return {
      kind: 'failed',
      why: `its process has ended: ${error instanceof Error ? error.message : error}`,
    };
  }
};
