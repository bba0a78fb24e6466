import { type BudgetName, budgetOf, UNITS } from '../budgets.ts';
import { type LoadOptions, type Measurement, runLoad } from '../load.ts';
import type { Target } from '../target.ts';

export interface Bench {
  readonly target: Target;
  /** The shortest time to measure, in seconds. */
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** What a workload found. `value` is in the unit of its budget, latencies in milliseconds. */
export interface Outcome {
  readonly value?: number | undefined;
  readonly uncertainty?: number | undefined;
  readonly p50?: number;
  readonly p99?: number;
  readonly perSecond?: number;
  readonly errors: number;
  readonly firstError?: string | undefined;
  readonly note?: string;
}

export interface Workload<State> {
  /** Also the name of its budget. */
  readonly name: BudgetName;
  /** Why this registry cannot be measured so, or undefined if it can. */
  obstacle?(target: Target): Promise<string | undefined>;
  /** Pushes what the run needs; not measured. */
  prepare(bench: Bench): Promise<State>;
  run(bench: Bench, state: State): Promise<Outcome>;
}

interface Turns {
  readonly workers: number;
  readonly unit: LoadOptions['unit'];
  /** How many of the workload's units one turn of the loop is worth. */
  readonly unitsPerTurn?: number;
  /** Ends the warm-up early where turns are dear. */
  readonly warmupTurns?: number;
  /** Ends the run early where turns fill the disk. */
  readonly mostTurns?: number;
}

const WARMUP_SECONDS = 2;

/** Runs the load loop and divides the server's CPU time by the units done. */
export const measureCpu = async (name: BudgetName, bench: Bench, turns: Turns): Promise<Outcome> => {
  const measured = await runLoad({
    workers: turns.workers,
    unit: turns.unit,
    seconds: bench.seconds,
    warmup: {
      seconds: Math.min(WARMUP_SECONDS, bench.seconds),
      units: turns.warmupTurns ?? Number.POSITIVE_INFINITY,
    },
    mostUnits: turns.mostTurns ?? Number.POSITIVE_INFINITY,
    process: bench.target.process,
    signal: bench.signal,
  });
  return cpuPerUnit(name, measured, turns.unitsPerTurn ?? 1);
};

export const cpuPerUnit = (name: BudgetName, measured: Measurement, unitsPerTurn: number): Outcome => {
  const { p50, p99, errors, firstError, cpuSeconds, uncertaintySeconds } = measured;
  const units = measured.units * unitsPerTurn;
  if (errors > 0 || units === 0) return { errors, firstError: firstError ?? 'no unit was finished' };
  const scale = UNITS[budgetOf(name).unit].perSecond / units;
  return {
    value: cpuSeconds === undefined ? undefined : cpuSeconds * scale,
    uncertainty: cpuSeconds === undefined ? undefined : uncertaintySeconds * scale,
    p50,
    p99,
    perSecond: units / measured.seconds,
    errors,
  };
};

export const needsTokenService = async (target: Target): Promise<string | undefined> =>
  target.credentials.realm === undefined ? 'it has no token service' : undefined;
