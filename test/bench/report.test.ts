import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReport, reportValue } from '../../bench/report.ts';
import type { Result, Row } from '../../bench/runner.ts';

const measured = (value: number | undefined, rest: object = {}): Result => ({
  kind: 'measured',
  outcome: { value, errors: 0, ...rest },
});

const rows: Row[] = [
  {
    name: 'manifest-get',
    result: measured(24, { uncertainty: 0.1, p50: 0.251, p99: 1.5, perSecond: 31_234.4 }),
    peer: measured(960),
    node: measured(8),
  },
  {
    name: 'push-large',
    result: measured(2250, { uncertainty: 45, p50: 600, p99: 700 }),
    peer: { kind: 'failed', why: '500' },
  },
  {
    name: 'pull-large',
    result: measured(400),
    peer: measured(500),
  },
  { name: 'push-image', result: measured(6), peer: measured(10) },
  {
    name: 'token',
    result: { kind: 'failed', why: '3 failed' },
    peer: { kind: 'skipped', why: 'it has no token service' },
    node: { kind: 'failed', why: 'it is gone' },
  },
  {
    name: 'revocation',
    result: measured(0, { note: '0 of 500' }),
    peer: { kind: 'skipped', why: 'no keys' },
  },
  { name: 'peak-rss', result: measured(80), peer: measured(40) },
];
const report = { target: 'ours', peer: 'theirs', peerIs: 'peer', machine: '2 cores', rows } as const;

test('the table shows value, budget, peer and all ratios, and a failure in place of a value', () => {
  assert.equal(
    formatReport(report),
    `registry: ours
peer:     theirs
machine:  2 cores

workload                      unit       server CPU  of Node        budget         aim  of budget  p50 ms  p99 ms  per s  peer CPU  of peer
-------------------------------------------------------------------------------------------------------------------------------------------
manifest GET by tag           µs/req           24.0    3.00×    3.50× Node  2.50× Node      0.86×    0.25    1.50  31234       960    0.03×
push 256 MB blob              µs/MB        2250 ±45        -    1.00× peer  0.85× peer          -     600     700      -    failed        -
pull 256 MB blob              µs/MB             400        -    1.00× peer  0.90× peer      0.80×       -       -      -       500    0.80×
push small image, 8 at once   ms/image         6.00        -  0.70× beside           -          -       -       -      -      10.0    0.60×
/oauth/token with an API key  µs/req         FAILED        -    6.00× Node  4.00× Node          -       -       -      -   skipped        -
use of a deleted API key      successes           0        -             0           -      0.00×       -       -      -   skipped        -
peak RSS under all that       MB               80.0        -           160           -      0.50×       -       -      -      40.0    2.00×

push-large, peer failed: 500
token failed: 3 failed
token, peer skipped: it has no token service
token, bare Node failed: it is gone
revocation: 0 of 500
revocation, peer skipped: no keys
`,
  );
});

test('a limit that is a ratio is compared with the server it is a ratio to, and with no other', () => {
  const value = JSON.parse(JSON.stringify(reportValue({ ...report, peerIs: 'beside' })));
  const compared = value.rows.map((row: { workload: string; ofBudget: number | null }) => [
    row.workload,
    row.ofBudget?.toFixed(2),
  ]);
  assert.deepEqual(compared.slice(0, 4), [
    ['manifest-get', '0.86'],
    ['push-large', undefined],
    ['pull-large', undefined],
    ['push-image', '0.86'],
  ]);
});

test('a workload that must never succeed is over its budget of 0 with the first success', () => {
  const text = formatReport({ ...report, rows: [{ name: 'revocation', result: measured(1) }] });
  assert.match(text, /successes +1\.00 +- +0 +- +Infinity×/);
});

test('without a known process the CPU column is empty and no ratio is made up', () => {
  const text = formatReport({
    ...report,
    rows: [{ name: 'blob-get', result: measured(undefined, { p50: 1, p99: 2 }) }],
  });
  assert.match(text, /blob GET 4 KB +µs\/req +- +- +4\.00× Node +3\.00× Node +- +1\.00 +2\.00/);
});

test('JSON has the numbers unrounded, and null where there is none', () => {
  const value = JSON.parse(JSON.stringify(reportValue(report)));
  assert.equal(value.rows[0].ofPeer, 0.025);
  assert.equal(value.rows[0].ofNode, 3);
  assert.equal(value.rows[0].result.outcome.p50, 0.251);
  assert.equal(value.rows[4].value, null);
  assert.deepEqual(value.rows[1].peer, { kind: 'failed', why: '500' });
});
