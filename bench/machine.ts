import { availableParallelism, cpus, loadavg } from 'node:os';

/** What was measured on. The load is that of others, if asked before the run: above 0.2 or so it blurs every figure. */
export const describeMachine = (): string => {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const load = loadavg()[0] ?? 0;
  return `${availableParallelism()} × ${model}, ${process.platform}, Node ${process.versions.node}, load before ${load.toFixed(1)}`;
};
