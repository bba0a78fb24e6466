#!/usr/bin/env node
'use strict';
/*
 * Starts a program of this repository with the pinned Node: `run.cjs FILE ARGS…`, or, under the name of a bin
 * (tidegate, bx, ibmcloud), the program itself. Any Node from 18 on can run this file. It installs from the
 * lockfile when node_modules does not match it, then hands over (launch.cjs).
 */
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { isNewEnough, launch } = require('./launch.cjs');

const root = path.dirname(path.dirname(fs.realpathSync(__filename)));
const modules = path.join(root, 'node_modules');
const stampFile = path.join(modules, '.tidegate-lock');
const lock = createHash('sha256')
  .update(fs.readFileSync(path.join(root, 'package-lock.json')))
  .digest('hex');

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
  if (isNewEnough()) return process.execPath;
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
launch({
  node: findNode(),
  program: path.join(root, isBin ? 'src/main.ts' : process.argv[2] || 'src/main.ts'),
  args: process.argv.slice(isBin ? 2 : 3),
  argv0: isBin ? invokedAs : 'tidegate',
  /*
   * Set for the whole process, it holds the first file too: after the first start, Node then need not load what strips
   * types, which is 30 MB.
   */
  env: { NODE_COMPILE_CACHE: path.join(modules, '.cache', 'tidegate') },
});
