#!/usr/bin/env node
'use strict';
/*
 * Starts a program of this repository with the pinned Node: `run.cjs FILE ARGS…`, or, under the name of a bin
 * (tidegate, bx, ibmcloud), the program itself. Any Node from 18 on can run this file. It installs from the
 * lockfile when node_modules does not match it, then hands over: arguments, standard streams, signals, exit code.
 * When npm started it, it ends the program when npm is gone (docs/decisions/0027-the-server-ends-with-npm.md).
 */
const { spawn, spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.dirname(path.dirname(fs.realpathSync(__filename)));
const modules = path.join(root, 'node_modules');
const stampFile = path.join(modules, '.tidegate-lock');
const lock = createHash('sha256')
  .update(fs.readFileSync(path.join(root, 'package-lock.json')))
  .digest('hex');

/** `npm start`, `npm run …` and `npx tidegate`: one plain command of ours, which npm's shell runs in the foreground. */
const OUR_SCRIPT = /^(\w+=\S+ )*(node scripts\/run\.cjs|tidegate|bx|ibmcloud)( [^&;|()<>`\n]*)?$/;
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

const installed = () => {
  try {
    return fs.readFileSync(stampFile, 'utf8') === lock;
  } catch {
    return false;
  }
};

/** The Node of node_modules/.bin, or the running one where the platform has no pinned package and it is new enough. */
const findNode = () => {
  const pinned = path.join(modules, '.bin', 'node');
  if (fs.existsSync(pinned)) return fs.realpathSync(pinned);
  if (Number(process.versions.node.split('.')[0]) >= 26) return process.execPath;
  console.error('tidegate: no Node 26 for this platform in node_modules; run this with Node 26 or newer');
  process.exit(1);
};

const install = () => {
  console.error('tidegate: installing dependencies from package-lock.json (once)…');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (result.status !== 0) {
    console.error('tidegate: npm ci failed; see its message above');
    process.exit(result.status || 1);
  }
  fs.writeFileSync(stampFile, lock);
};

if (!installed()) install();

const invokedAs = path.basename(process.argv[1], '.cjs');
const isBin = invokedAs !== 'run';
const program = path.join(root, isBin ? 'src/main.ts' : process.argv[2] || 'src/main.ts');
const args = process.argv.slice(isBin ? 2 : 3);
/*
 * The young generation is up to three times this size, in each of the two threads: V8's own 16 MB cost
 * 26 MB more and make small requests 8% cheaper. The old generation is collected when it has grown by half: V8 lets it grow
 * fourfold, and a long list leaves garbage there. See docs/performance.md.
 */
const flags = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=4',
  '--heap-growing-percent=50',
];
/*
 * Set for the whole process, it holds the first file too: after the first start, Node then need not load what strips
 * types, which is 30 MB.
 */
const cache = { NODE_COMPILE_CACHE: path.join(modules, '.cache', 'tidegate') };
if (isNpmGone()) process.exit(1);
/* A server is given a channel to us: it closes when we are gone, however we end (src/admin/launcher.ts). */
const isServer = args[0] === 'serve';
const child = spawn(findNode(), [...flags, program, ...args], {
  stdio: isServer ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
  argv0: isBin ? invokedAs : 'tidegate',
  env: { ...cache, ...process.env },
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
