import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { batchesAfter, journalState, readBatch } from '../../src/backup/journal/reading.ts';
import { claimTarget, readTarget } from '../../src/backup/target/open.ts';
import { parseOpeningKey, parseSealingKey } from '../../src/backup/target/seal-keys.ts';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { newKeyPair } from '../../src/key-id.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { JournalWorld } from './journal-world.ts';
import { INSTALLATION, newJournal } from './restored.ts';

const writes = new URL('./journal-writes.ts', import.meta.url).href;

const newWorld = (): Promise<JournalWorld> =>
  JournalWorld.start(async () => {
    const file = join(temporaryFolder().path, 'tidegate.db');
    return () => SqliteDatabase.open(file, writes);
  });

test('in a sealed target the journal is sealed, too: the server writes it and cannot read it, the private key can', async () => {
  await using it = await newWorld();
  const folder = temporaryFolder().path;
  const { publicPem, privatePem } = newKeyPair();
  await using claimed = await claimTarget(folder, INSTALLATION, parseSealingKey(publicPem));
  await using journal = newJournal(it.database, it.clock);
  const position = await journal.begin(folder);
  const at = it.clock.now();
  await it.disable(it.keys[0].id);
  await journal.flush();
  const files = readdirSync(join(folder, 'journal'), { recursive: true, withFileTypes: true }).filter(
    (each) => each.isFile(),
  );
  assert.equal(files.length, 2);
  for (const file of files) {
    const text = readFileSync(join(file.parentPath, file.name), 'latin1');
    for (const secret of [it.keys[0].id, it.keys[0].secret_hash, 'api_keys', position.line])
      assert.ok(!text.includes(secret), secret);
  }
  const [batch] = await batchesAfter(claimed.target, { position, at });
  assert.ok(batch);
  await assert.rejects(readBatch(claimed.target, batch));
  await using opened = await readTarget(folder, parseOpeningKey(privatePem));
  assert.deepEqual((await readBatch(opened.target, batch)).rows[0]?.key, [it.keys[0].id]);
  assert.equal((await journalState(opened.target, { position, at }, at)).current, true);
});
