import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { temporaryFolder } from '../support/temporary-folder.ts';
import { refused, succeeded } from '../support/transcript.ts';
import { keyFile, release, verify } from './signed.ts';

const saidBy = (error: unknown): string => {
  const { stdout, stderr } = error as { stdout: string; stderr: string };
  return stdout + stderr;
};

describe('npm run release', () => {
  const folder = temporaryFolder();
  const key = keyFile(folder.path);
  const output = join(folder.path, 'release');
  after(() => folder[Symbol.dispose]());

  test('O55: builds twice the same bytes, and signs them so that openssl verifies them with the published key alone', async () => {
    succeeded(await release('--key', key, '--output', output, '--draft', '--only', 'package'));
    const { version } = packageJson;
    assert.deepEqual(readdirSync(output).sort(), [
      'SHA256SUMS',
      'SHA256SUMS.sig',
      'VERIFY.md',
      'release-key.pem',
      `tidegate-${version}-licenses.txt`,
      `tidegate-${version}.tgz`,
    ]);
    assert.match(await verify(output), /Verified Successfully[\s\S]*tgz: OK/);
    appendFileSync(join(output, `tidegate-${version}.tgz`), 'x');
    await assert.rejects(verify(output), (error) => /tgz: FAILED/.test(saidBy(error)));
    appendFileSync(join(output, 'SHA256SUMS'), '\n');
    await assert.rejects(verify(output), (error) => /Verification Failure/.test(saidBy(error)));
  });

  test('a key that others can read, or of another kind, signs nothing', async () => {
    const open = keyFile(folder.path);
    chmodSync(open, 0o644);
    refused(await release('--key', open, '--output', join(folder.path, 'none'), '--draft'), /read by others/);
    chmodSync(open, 0o600);
    refused(await release('--output', join(folder.path, 'none'), '--draft'), /--key FILE/);
  });

  test('it overwrites no earlier release, and a version without its section in the changelog is no release', async () => {
    const full = join(folder.path, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'SHA256SUMS'), '');
    refused(await release('--key', key, '--output', full, '--draft'), /is not empty/);
    refused(
      await release('--key', key, '--output', join(folder.path, 'none')),
      /CHANGELOG\.md begins with|changes/,
    );
  });
});
