/** What a server costs: its CPU time and its memory, read from Linux's /proc. Other systems have neither column. */
import { readFileSync } from 'node:fs';

/** The kernel counts the CPU time it shows in 1/100 s on every architecture Node runs on (USER_HZ, proc(5)). */
const TICKS_PER_SECOND = 100;

/** utime and stime are cut down to whole ticks, each on its own, so a difference is off by less than two ticks. */
export const UNCERTAINTY_SECONDS = 2 / TICKS_PER_SECOND;

/**
 * User and system CPU seconds in the text of /proc/PID/stat: fields 14 and 15, over all threads, ended ones included.
 * The second field, the program's name, may itself hold blanks and brackets: counting starts after the last bracket.
 */
export const parseCpuSeconds = (stat: string): number => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (!Number.isFinite(ticks)) throw new Error('/proc/PID/stat has not the form proc(5) describes');
  return ticks / TICKS_PER_SECOND;
};

/** The peak resident set in bytes in the text of /proc/PID/status (VmHWM). */
export const parsePeakRss = (status: string): number => {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error('/proc/PID/status has no VmHWM: has the process ended?');
  return Number(kilobytes) * 1024;
};

/** The process, or the processes, that a registry consists of. */
export class ServerProcess {
  readonly #pids: readonly number[];

  constructor(pids: readonly number[]) {
    this.#pids = pids;
  }

  /** CPU seconds, user and system, since the processes started. */
  cpuSeconds(): number {
    return this.#sum((pid) => parseCpuSeconds(readFileSync(`/proc/${pid}/stat`, 'utf8')));
  }

  /** Bytes; the sum of the processes' own peaks. */
  peakRss(): number {
    return this.#sum((pid) => parsePeakRss(readFileSync(`/proc/${pid}/status`, 'utf8')));
  }

  /** By how many seconds a difference of two readings may be off. */
  get uncertaintySeconds(): number {
    return UNCERTAINTY_SECONDS * this.#pids.length;
  }

  #sum(read: (pid: number) => number): number {
    return this.#pids.reduce((total, pid) => total + read(pid), 0);
  }
}

/** The processes, or undefined on a system without /proc. Throws for a pid that does not run. */
export const observe = (pids: readonly number[]): ServerProcess | undefined => {
  if (process.platform !== 'linux' || pids.length === 0) return undefined;
  const observed = new ServerProcess(pids);
  observed.cpuSeconds();
  return observed;
};
