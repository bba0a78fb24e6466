import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killRounds } from './rounds.ts';

/** The rules of a server that is killed, on the engines that registries of this process have. */
export const killed200Times = (): void => {
  test('P5: killed 200 times while clients push, upload, tag, mount and delete: nothing acknowledged is lost', async (t) => {
    const { promised, resumed, inRows } = await killRounds(200);
    t.diagnostic(`${promised} promises kept, ${resumed} uploads resumed, ${inRows} blobs in rows`);
    assert.ok(promised > 1000 && resumed > 50 && inRows > 100, 'there was something to lose');
  });

  test('P5: killed 200 times while garbage is collected under pushes and deletes: nothing a manifest holds is lost', async (t) => {
    const { promised, collected, inRows } = await killRounds(200, { collecting: true });
    t.diagnostic(
      `${promised} promises kept, ${collected} blobs collected since the last start, ${inRows} blobs in rows`,
    );
    assert.ok(promised > 1000 && collected > 0, 'there was something to lose, and something to collect');
  });
};
