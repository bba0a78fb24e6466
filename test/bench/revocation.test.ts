import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countAccepted, formatCounts } from '../../bench/revocation/count.ts';
import { Target } from '../../bench/target.ts';
import { TestRegistry } from '../support/registry.ts';

test('P1: whatever ends rights ends them with the next request: of every kind of revocation none is accepted', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('bench');
  const target = await Target.open({
    name: 'Tidegate',
    url: new URL(registry.url),
    namespace: 'bench',
    login: { user: 'iamapikey', password: registry.apikey },
    process: undefined,
  });
  const options = { trials: 3, signal: new AbortController().signal, progress: () => {} };
  // nobody comes back within the same millisecond, so the clock that stands still goes on between trials
  const counts = await countAccepted(target, { ...options, progress: () => registry.clock.advance(1) });
  assert.equal(counts.length, 7);
  for (const { kind, sent, accepted, wrong } of counts) {
    assert.ok(sent > 0, kind);
    assert.equal(accepted, 0, kind);
    assert.equal(wrong, 0, kind);
  }
  assert.match(formatCounts(counts), /^user removed +3 +9 +0 +0$/m);
});
