import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { succeeded } from '../support/transcript.ts';
import { keyFile, release, verify } from './signed.ts';

test('O55: the executables of two builds are the same bytes, and verify', async () => {
  using folder = temporaryFolder();
  const output = join(folder.path, 'release');
  succeeded(await release('--key', keyFile(folder.path), '--output', output, '--draft'));
  assert.match(await verify(output), new RegExp(`linux-${process.arch}: OK`));
});
