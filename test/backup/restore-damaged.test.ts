import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { newKeyPair } from '../../src/key-id.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { RestoredWorld } from './restored-world.ts';

suite('a restore from a damaged, a foreign and a sealed backup', () => {
  const scratch = temporaryFolder();
  const pair = newKeyPair();
  const privateKey = join(scratch.path, 'backup.key');
  let world: RestoredWorld;
  let sealed: RestoredWorld;
  let count = 0;

  before(async () => {
    writeFileSync(privateKey, pair.privatePem);
    world = await RestoredWorld.make();
    sealed = await RestoredWorld.make({ TIDEGATE_BACKUP_PUBLIC_KEY: pair.publicPem });
  });
  after(async () => {
    await sealed[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });

  /** A copy of the target with one file changed. */
  const changed = (name: string, change: (bytes: Buffer) => Buffer): string => {
    const copy = join(scratch.path, `copy-${++count}`);
    cpSync(world.target, copy, { recursive: true });
    const path = join(copy, 'snapshots', world.snapshot, name);
    writeFileSync(path, change(readFileSync(path)));
    return copy;
  };
  const flipped =
    (at: number) =>
    (bytes: Buffer): Buffer => {
      const place = Math.floor(bytes.length * at);
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      return bytes;
    };
  /** It fails with this, and the place is as it was. */
  const assertRefused = async (from: string, words: RegExp, more: readonly string[] = []): Promise<void> => {
    await using place = world.newPlace();
    const outcome = await world.restore(place, more, from);
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, words);
    assert.deepEqual(readdirSync(place.dataDir), ['master.key']);
  };

  test('O16: a flipped byte in the rows or the manifest is refused before anything is written', async () => {
    for (const at of [0.2, 0.5, 0.9])
      await assertRefused(changed('rows', flipped(at)), /the rows file is (damaged|cut off)/);
    await assertRefused(
      changed('rows', (bytes) => bytes.subarray(0, bytes.length / 2)),
      /the rows file is (damaged|cut off)/,
    );
    for (const at of [0.1, 0.5, 0.9])
      await assertRefused(
        changed('manifest.json', flipped(at)),
        /manifest of the backup .*is damaged|has the format|no complete backup|the manifest of the backup is damaged/,
      );
  });

  test('a manifest that someone without the master key wrote is refused, with every sum in order', async () => {
    const forged = changed('manifest.json', (bytes) => {
      const { sha256: _, ...manifest } = JSON.parse(bytes.toString());
      const text = JSON.stringify({ ...manifest, generation: 7 });
      const sha256 = createHash('sha256').update(text).digest('hex');
      return Buffer.from(`${JSON.stringify({ ...JSON.parse(text), sha256 })}\n`);
    });
    await assertRefused(forged, /was not written by an installation with this master key: it was changed/);
  });

  test('a sealed backup is restored with its private key, and refused without it and with another', async () => {
    const { target } = sealed;
    await using none = sealed.newPlace();
    const refused = await sealed.restore(none);
    assert.match(
      refused.stderr,
      new RegExp(`are sealed to the key ${pair.id}; give its private key with --private-key FILE`),
    );
    assert.deepEqual(readdirSync(none.dataDir), ['master.key']);
    const other = join(scratch.path, 'other.key');
    writeFileSync(other, newKeyPair().privatePem);
    const wrong = await sealed.restore(none, ['--private-key', other]);
    assert.match(wrong.stderr, /are sealed to the key/);
    const outcome = await sealed.restore(none, ['--private-key', privateKey], target);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /What was revoked until \S+ stays revoked/);
    await none.start();
    await sealed.assertHolds(none);
  });
});
