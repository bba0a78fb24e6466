/**
 * Loaded into a server before it starts (`--import`): measures the turns of its event loop, and the statements that its
 * main thread runs on SQLite, between two commands. CPU time is the server's own; wall time has in it what other processes
 * of the machine took.
 */
import { createServer } from 'node:net';
import { StatementSync } from 'node:sqlite';
import { isMainThread } from 'node:worker_threads';

const path = process.env.TIDEGATE_TEST_PROBE;

/** Milliseconds of CPU time that the main thread has taken. */
const cpuNow = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** The longest statement, in CPU time, and the one that read most rows. */
interface Statements {
  longest: { ms: number; text: string };
  largest: { rows: number; text: string };
}

let statements: Statements | undefined;

const watchStatements = (): void => {
  const { all } = StatementSync.prototype;
  StatementSync.prototype.all = function (this: StatementSync, ...parameters: unknown[]) {
    if (statements === undefined) return all.apply(this, parameters as never);
    const began = cpuNow();
    const found = all.apply(this, parameters as never);
    const ms = cpuNow() - began;
    const text = this.sourceSQL;
    if (ms > statements.longest.ms) statements.longest = { ms, text };
    if (found.length > statements.largest.rows) statements.largest = { rows: found.length, text };
    return found;
  } as typeof all;
};

const measure = (): (() => object) => {
  const longest = { cpu: 0, wall: 0 };
  const seen: Statements = { longest: { ms: 0, text: '' }, largest: { rows: 0, text: '' } };
  statements = seen;
  let [cpu, wall] = [cpuNow(), performance.now()];
  let isOver = false;
  const turn = (): void => {
    const [cpuAfter, wallAfter] = [cpuNow(), performance.now()];
    longest.cpu = Math.max(longest.cpu, cpuAfter - cpu);
    longest.wall = Math.max(longest.wall, wallAfter - wall);
    [cpu, wall] = [cpuAfter, wallAfter];
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    isOver = true;
    statements = undefined;
    return { ...longest, statements: seen };
  };
};

if (path !== undefined && isMainThread) {
  watchStatements();
  let end = (): object => ({});
  const server = createServer((socket) => {
    socket.once('data', (bytes) => {
      const command = bytes.toString();
      const answer = command === 'end' ? end() : { cpu: cpuNow() };
      if (command === 'begin') end = measure();
      socket.end(JSON.stringify(answer));
    });
  });
  server.listen(path);
  server.unref();
}
