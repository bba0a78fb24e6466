import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { assertDelayed, delayFsync } from '../../bench/fsync-delay.ts';

const missing =
  process.platform !== 'linux'
    ? 'Linux only'
    : spawnSync('gcc', ['--version']).status === 0 || process.env.CI === 'true'
      ? false
      : 'gcc is not installed';

const PROGRAM = `
  const fs = require('node:fs');
  const { DatabaseSync } = require('node:sqlite');
  const timed = (work) => { const start = performance.now(); work(); return performance.now() - start; };
  const file = fs.openSync(process.argv[1] + '/file', 'w');
  const database = new DatabaseSync(process.argv[1] + '/database');
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (x)');
  console.log(JSON.stringify({
    fsync: timed(() => fs.fsyncSync(file)),
    fdatasync: timed(() => fs.fdatasyncSync(file)),
    commit: timed(() => database.exec('INSERT INTO t VALUES (1)')),
  }));
`;

test('under the shim fsync, fdatasync and a SQLite commit each take the delay', {
  skip: missing,
}, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-fsync-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const env = { ...process.env, ...(await delayFsync(folder, 40)) };
  const took = JSON.parse(execFileSync(process.execPath, ['-e', PROGRAM, folder], { env, encoding: 'utf8' }));
  for (const call of ['fsync', 'fdatasync', 'commit'])
    assert.ok(took[call] >= 40, `${call} took ${took[call]} ms`);
});

test('a server without the shim is not taken for a delayed one', { skip: missing }, () => {
  assert.throws(() => assertDelayed(process.pid), /without the shim/);
});
