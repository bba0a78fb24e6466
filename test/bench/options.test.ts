import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { parseOptions } from '../../bench/options.ts';

const refused = (args: string[], message: RegExp, env: NodeJS.ProcessEnv = {}) =>
  assert.throws(() => parseOptions(args, env), message);

test('without arguments the bench starts its own server and runs everything', () => {
  const options = parseOptions([], {});
  assert.equal(options.url, undefined);
  assert.equal(options.workloads.length, 12);
});

test('--only picks workloads by name, in running order, and refuses an unknown name', () => {
  const { workloads } = parseOptions(['--only', 'token,blob-get'], {});
  assert.deepEqual(
    workloads.map((workload) => workload.name),
    ['blob-get', 'token'],
  );
  refused(['--only', 'manifest-put'], /no workload is called manifest-put; there are manifest-get/);
});

test('the password comes from a file, its last line end being none of it', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-options-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'password');
  writeFileSync(file, 'secret\n');
  const args = [
    '--url',
    'http://127.0.0.1:5000',
    '--user',
    'iamapikey',
    '--password-file',
    file,
    '--pid',
    '7,8',
  ];
  const options = parseOptions(args, {});
  assert.deepEqual(options.login, { user: 'iamapikey', password: 'secret' });
  assert.deepEqual(options.pids, [7, 8]);
  refused(args.slice(0, 4), /go together/);
});

test('a database URL with a password is taken from the environment only', () => {
  const url = 'postgres://me:secret@127.0.0.1/bench';
  refused(['--database', url], /put a URL with a password into TIDEGATE_DATABASE_URL/);
  refused(['--database', 'env'], /TIDEGATE_DATABASE_URL is not set/);
  const { settings } = parseOptions(['--database', 'env', '--blobs', 's3://bench'], {
    TIDEGATE_DATABASE_URL: url,
  });
  assert.deepEqual(settings, { TIDEGATE_DATABASE_URL: url, TIDEGATE_BLOBS_URL: 's3://bench' });
});

test('what only a started server can do is refused with --url', () => {
  refused(['--url', 'http://127.0.0.1:5000', '--fsync-delay', '10'], /leave --url out/);
  refused(['--url', 'http://127.0.0.1:5000', '--setting', 'TIDEGATE_LOG_LEVEL=warn'], /leave --url out/);
  refused(['--pid', '7'], /belong to --url/);
});

test('--beside takes the folder of another checkout, in the place of another peer, and no stores that both would use', () => {
  const here = path.join(import.meta.dirname, '../..');
  assert.equal(parseOptions(['--beside', here], {}).beside, here);
  refused(['--beside', tmpdir()], /not a folder of Tidegate/);
  refused(['--beside', here, '--peer'], /only one is measured beside it/);
  refused(['--beside', here, '--blobs', 's3://bench'], /name the stores of one/);
});

test('malformed values are refused', () => {
  refused(['--seconds', '0'], /above 0/);
  refused(['--url', 'ftp://127.0.0.1'], /http or https/);
  refused(['--url', 'http://127.0.0.1', '--pid', '1;2'], /process ids/);
  refused(['--setting', 'PATH=/tmp'], /TIDEGATE_NAME=value/);
});

test('--revocation counts trials: a thousand of each kind, or as many as it says', () => {
  assert.equal(parseOptions([], {}).revocation, undefined);
  assert.equal(parseOptions(['--revocation'], {}).revocation, 1000);
  assert.equal(parseOptions(['--revocation', '5'], {}).revocation, 5);
  assert.equal(parseOptions(['--decision'], {}).decision, 1_000_000);
  refused(['--decision', '5', '--url', 'http://127.0.0.1:1'], /leave --url out/);
  refused(['--revocation', 'many'], /not a number from 1/);
});
