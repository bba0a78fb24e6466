import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Component, needs } from '../support/component.ts';
import { isEmbedded } from '../support/engines.ts';
import { startRegistryProcess } from '../support/registry-process.ts';

const UNSHARE = ['unshare', '--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];

const mountNamespace: Component = {
  name: 'a mount namespace',
  absence: () =>
    spawnSync('unshare', [...UNSHARE.slice(1), 'true']).status === 0
      ? undefined
      : 'making a mount namespace is not permitted here; run this as root',
};

/** Takes the right to write from every place where SQLite looks for room, and leaves it the data folder. */
const COVER = `
work=$PWD
for place in "$1" /tmp /var/tmp "$work"; do mount --bind "$place" "$place"; done
mount --bind "$TIDEGATE_DATA" "$TIDEGATE_DATA"
for place in "$1" /tmp /var/tmp "$work"; do mount -o remount,bind,ro "$place"; done
cd "$work"
for place in "$1" /tmp /var/tmp "$work"; do
  if touch "$place/written" 2>/dev/null; then echo "$place can be written"; exit 1; fi
done
shift
exec "$@"`;

const SERVE = [process.execPath, 'src/main.ts', 'serve'];

test('where nothing but the data folder can be written, the server starts and sorts more than fits into memory, in both threads', {
  ...needs(mountNamespace),
  ...(isEmbedded() ? {} : { skip: 'SQLite is not used here' }),
}, async () => {
  await using registry = await startRegistryProcess({
    command: [...UNSHARE, '/bin/sh', '-euc', COVER, 'sh', tmpdir(), ...SERVE],
    env: {
      TMPDIR: undefined,
      SQLITE_TMPDIR: undefined,
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'large-sort.ts')}`,
    },
  });
  await registry.namespaceAdd('birds');
  const sorts = join(registry.dataDir, 'sorts');
  mkdirSync(sorts);
  for (const thread of ['main', 'writer']) {
    const file = join(sorts, thread);
    while (!existsSync(file) || readFileSync(file, 'utf8') === '') await sleep(20);
    assert.equal(readFileSync(file, 'utf8'), 'sorted 100000', thread);
  }
});
