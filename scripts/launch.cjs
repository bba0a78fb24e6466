'use strict';
/*
 * Starts the program in another Node and hands everything over: arguments, standard streams, signals, exit code. Any Node
 * from 18 on can run this file. When npm started it, it ends the program when npm is gone
 * (docs/decisions/0027-the-server-ends-with-npm.md).
 */
const { spawn } = require('node:child_process');
const fs = require('node:fs');

/**
 * `npm start`, `npm run …` and `npx tidegate`: one plain command of ours, which npm's shell runs in the foreground. npx of
 * npm 11 puts the name in quotes.
 */
const OUR_SCRIPT =
  /^(\w+=\S+ )*(node scripts\/run\.cjs|tidegate|bx|ibmcloud|'tidegate'|'bx'|'ibmcloud')( [^&;|()<>`\n]*)?$/;
const isUnderNpm = OUR_SCRIPT.test(process.env.npm_lifecycle_script || '');
// only this process is npm's: what the program starts must not take itself for it
delete process.env.npm_lifecycle_script;

/** The parent of a process, where /proc tells it (Linux). */
const parentOf = (pid) => {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
};

const isShell = (pid) => {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('-c');
  } catch {
    return false;
  }
};

/** npm is our parent, or the parent of the shell that is. */
const parent = process.ppid;
const grandparent = isUnderNpm && isShell(parent) ? parentOf(parent) : undefined;

const isNpmGone = () =>
  isUnderNpm && (process.ppid !== parent || (grandparent !== undefined && parentOf(parent) !== grandparent));

/*
 * The young generation is up to three times this size, in each of the two threads: V8's own 16 MB cost
 * 26 MB more and make small requests 8% cheaper. The old generation is collected when it has grown by half: V8 lets it grow
 * fourfold, and a long list leaves garbage there. See docs/performance.md.
 */
const FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=4',
  '--heap-growing-percent=50',
];
/** The C library keeps what its many threads gave back in two places, not in one for each: 8 to 10 MB. */
const ENV = { MALLOC_ARENA_MAX: '2' };

/** Runs `program` with `args` in `node`, under the name `argv0`. `env` is added where this process has no other value. */
const launch = ({ node, program, args, argv0, env = {} }) => {
  if (isNpmGone()) process.exit(1);
  /* A server is given a channel to us: it closes when we are gone, however we end (src/admin/launcher.ts). */
  const isServer = args[0] === 'serve';
  const child = spawn(node, [...FLAGS, program, ...args], {
    stdio: isServer ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
    argv0,
    env: { ...ENV, ...env, ...process.env },
  });
  if (isServer) child.send('launched', () => undefined);
  const watch = setInterval(() => {
    if (isNpmGone()) stop('SIGTERM');
  }, 500);
  if (!isUnderNpm) clearInterval(watch);
  /* A program that was asked to stop is not asked again: to a server, a second signal means at once. */
  const stop = (signal) => {
    clearInterval(watch);
    child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  process.on('SIGUSR2', () => child.kill('SIGUSR2'));
  child.on('error', (error) => {
    console.error(`tidegate: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (code === 127)
      console.error(
        'tidegate: the pinned Node could not start; it needs libatomic: install libatomic1 (Debian, Ubuntu) or libatomic (Fedora)',
      );
    if (!signal) process.exit(code === null ? 1 : code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
};

/** Whether the Node that runs this is one that the program needs. */
const isNewEnough = () => Number(process.versions.node.split('.')[0]) >= 26;

module.exports = { FLAGS, isNewEnough, launch };
