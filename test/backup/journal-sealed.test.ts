import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openForJournal } from '../../src/backup/journal/journal.ts';
import { batchesAfter, journalState, readBatch } from '../../src/backup/journal/reading.ts';
import { listTargets } from '../../src/backup/journal/rows.ts';
import { claimTarget, readTarget } from '../../src/backup/target/open.ts';
import { parseOpeningKey, parseSealingKey } from '../../src/backup/target/seal-keys.ts';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { newKeyPair } from '../../src/key-id.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { JournalWorld } from './journal-world.ts';
import { INSTALLATION, KEY, newJournal } from './restored.ts';

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
  await assert.rejects(readBatch({ target: claimed.target, key: KEY }, batch));
  await using opened = await readTarget(folder, parseOpeningKey(privatePem));
  const read = { target: opened.target, key: KEY };
  assert.deepEqual((await readBatch(read, batch)).rows[0]?.key, [it.keys[0].id]);
  assert.equal((await journalState(read, { position, at }, at)).current, true);
});

test('where the settings name a public key, a target that says it is not sealed any more gets no journal', async () => {
  await using it = await newWorld();
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const key = parseSealingKey(newKeyPair().publicPem);
  {
    await using _claimed = await claimTarget(folder, INSTALLATION, key);
  }
  const open = openForJournal(INSTALLATION, { location: folder, to: key });
  await using journal = newJournal(it.database, it.clock, { always: folder, open });
  await journal.begin(folder);
  const owner = join(folder, 'tidegate-backup.json');
  const { sealed_to: pem, ...plain } = JSON.parse(readFileSync(owner, 'utf8'));
  writeFileSync(owner, JSON.stringify(plain));
  await it.disable(it.keys[0].id);
  await journal.flush();
  assert.ok(!readdirSync(folder).includes('journal'));
  const [row] = await listTargets(it.database.db);
  assert.match(row?.reason ?? '', /is not sealed to the key of TIDEGATE_BACKUP_PUBLIC_KEY_FILE/);
  writeFileSync(owner, JSON.stringify({ ...plain, sealed_to: pem }));
  await journal.flush();
  assert.ok(readdirSync(folder).includes('journal'));
});
