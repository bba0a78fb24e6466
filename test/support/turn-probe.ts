/**
 * Loaded into a server before it starts (`--import`): measures the turns of its event loop, and the statements that its
 * main thread runs on SQLite, between two commands. CPU time is the server's own; wall time has in it what other processes
 * of the machine took. The thread that writes to SQLite is asked at a path of its own, and tells its longest transaction.
 */
import { createServer } from 'node:net';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { isMainThread, workerData } from 'node:worker_threads';

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
    // not the very next turn: a loop that never rests would take a core from what is measured
    if (!isOver) setTimeout(turn, 1);
  };
  setTimeout(turn, 1);
  return () => {
    isOver = true;
    statements = undefined;
    return { ...longest, statements: seen };
  };
};

/** What the writing thread took at most, in milliseconds: from BEGIN to the end of COMMIT others wait. */
interface Transactions {
  /** From BEGIN to COMMIT. */
  cpu: number;
  /** COMMIT, which now and then copies the log into the file: CPU time, and all of it with the disk's. */
  commit: number;
  commitWall: number;
  /** The longest statement, in CPU time. */
  statement: { ms: number; text: string };
}

const nothing = (): Transactions => ({ cpu: 0, commit: 0, commitWall: 0, statement: { ms: 0, text: '' } });
let transactions = nothing();

const watchTransactions = (): void => {
  const { exec } = DatabaseSync.prototype;
  let begun = 0;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string) {
    const [cpu, wall] = [cpuNow(), performance.now()];
    if (sql.startsWith('BEGIN')) begun = cpu;
    exec.call(this, sql);
    if (sql !== 'COMMIT') return;
    transactions.cpu = Math.max(transactions.cpu, cpu - begun);
    transactions.commit = Math.max(transactions.commit, cpuNow() - cpu);
    transactions.commitWall = Math.max(transactions.commitWall, performance.now() - wall);
  };
  for (const way of ['all', 'run'] as const) {
    const original = StatementSync.prototype[way] as (...parameters: unknown[]) => unknown;
    StatementSync.prototype[way] = function (this: StatementSync, ...parameters: unknown[]) {
      const began = cpuNow();
      const found = original.apply(this, parameters);
      const ms = cpuNow() - began;
      if (ms > transactions.statement.ms) transactions.statement = { ms, text: this.sourceSQL };
      return found;
    } as never;
  }
};

/** Answers a command at a path: `begin`, `end`, or what the thread has taken until now. */
const listen = (at: string, begin: () => () => object): void => {
  let end = (): object => ({});
  const server = createServer((socket) => {
    socket.once('data', (bytes) => {
      const command = bytes.toString();
      const answer = command === 'end' ? end() : { cpu: cpuNow() };
      if (command === 'begin') end = begin();
      socket.end(JSON.stringify(answer));
    });
  });
  server.listen(at);
  server.unref();
};

/** What sqlite-writer.ts is started with. */
const isWriter = !isMainThread && typeof workerData === 'object' && 'writes' in (workerData ?? {});

if (path !== undefined && isMainThread) {
  watchStatements();
  listen(path, measure);
}
if (path !== undefined && isWriter) {
  watchTransactions();
  listen(`${path}-writer`, () => {
    transactions = nothing();
    return () => transactions;
  });
}
