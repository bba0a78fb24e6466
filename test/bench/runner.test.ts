import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runBench } from '../../bench/runner.ts';
import { startBareNode } from '../../bench/servers/bare-node.ts';
import { startTidegate } from '../../bench/servers/tidegate.ts';
import { Target } from '../../bench/target.ts';
import type { Workload } from '../../bench/workloads/workload.ts';
import { selectWorkloads } from '../../bench/workloads.ts';

const QUICK = ['manifest-get', 'manifest-head', 'blob-get', 'push-image', 'token', 'revocation'];

const stack = new AsyncDisposableStack();
let target: Target;
before(async () => {
  target = await startTidegate({}, stack);
});
after(() => stack.disposeAsync());

const run = (workloads: readonly Workload<unknown>[], on: Target, peer?: Target, node?: Target) =>
  runBench({
    workloads,
    target: on,
    peer,
    node,
    seconds: 0.1,
    signal: new AbortController().signal,
    progress: () => undefined,
  });

test('each quick workload can be measured on a server the bench starts', async () => {
  const rows = await run(selectWorkloads(QUICK), target);
  assert.deepEqual(
    rows.map(({ name, result }) => [name, result.kind === 'failed' ? result.why : result.kind]),
    [...QUICK, 'peak-rss'].map((name) => [name, 'measured']),
  );
  for (const { name, result } of rows) {
    const value = result.kind === 'measured' ? result.outcome.value : undefined;
    if (process.platform === 'linux') assert.equal(value === 0, name === 'revocation', `${name}: ${value}`);
  }
});

test('a status that is not due fails the row with what the server said', async () => {
  const { url, login } = target;
  const elsewhere = await Target.open({ name: 'x', url, login, namespace: 'absent', process: undefined });
  const [row] = await run(selectWorkloads(['manifest-get']), elsewhere);
  assert.ok(row?.result.kind === 'failed');
  assert.match(row.result.why, /403 where 202 was due/);
});

test('a workload in which some requests failed has no figure', async () => {
  const workload: Workload<void> = {
    name: 'token',
    prepare: async () => undefined,
    run: async () => ({ value: 1, errors: 2, firstError: '503 where 200 was due' }),
  };
  const [row] = await run([workload], target);
  assert.deepEqual(row?.result, { kind: 'failed', why: '2 failed, the first with: 503 where 200 was due' });
});

test('a peer is measured beside the registry, and what it cannot do is skipped with the reason', async () => {
  const { url } = target;
  const peer = await Target.open({
    name: 'peer',
    url,
    login: target.login,
    namespace: 'bench',
    process: undefined,
  });
  const rows = await run(selectWorkloads(['blob-get']), target, peer);
  assert.deepEqual(
    rows.map((row) => [row.name, row.result.kind, row.peer?.kind]),
    [
      ['blob-get', 'measured', 'measured'],
      ['peak-rss', 'measured', 'skipped'],
    ],
  );
});

test('rows whose budget is a ratio to bare Node have it measured beside them, and others do not', async () => {
  const node = await startBareNode(stack);
  const rows = await run(selectWorkloads(['blob-get', 'push-image']), target, undefined, node);
  assert.deepEqual(
    rows.map((row) => [row.name, row.node?.kind]),
    [
      ['blob-get', 'measured'],
      ['push-image', undefined],
      ['peak-rss', undefined],
    ],
  );
});
