import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { claimTarget, openPlace, readTarget } from '../../src/backup/target/open.ts';
import { parseOpeningKey, parseSealingKey } from '../../src/backup/target/seal-keys.ts';
import { bytesOf, readWhole } from '../../src/backup/target/target.ts';
import { newKeyPair } from '../../src/key-id.ts';
import { refusedWith } from '../blobs/blob-fixtures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const parent = temporaryFolder().path;
let count = 0;
const newPath = (): string => join(parent, `target-${++count}`);

suite('whose a backup target is', () => {
  test('an empty place becomes the first installation’s, and another one is refused', async () => {
    const path = newPath();
    await using mine = await claimTarget(path, 'local/one');
    assert.equal(mine.installation, 'local/one');
    await using again = await claimTarget(path, 'local/one');
    assert.equal(again.sealedTo, undefined);
    await assert.rejects(claimTarget(path, 'local/two'), refusedWith('CONFLICT'));
  });

  test('of two that claim one place at the same time, one gets it', async () => {
    const path = newPath();
    const claims = await Promise.allSettled(['one', 'two'].map((name) => claimTarget(path, name)));
    assert.deepEqual(claims.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  test('a folder that holds something else is refused', async () => {
    const path = newPath();
    await using place = await openPlace(path);
    await place.put('holiday.jpg', bytesOf('x'));
    await assert.rejects(claimTarget(path, 'local/one'), /not empty \(it has holiday\.jpg\)/);
  });

  test('a place without backups is NOT_FOUND to a reader, who writes nothing', async () => {
    await assert.rejects(readTarget(newPath()), refusedWith('NOT_FOUND'));
  });

  test('what a sealed target is given cannot be read without the private key, and can with it', async () => {
    const path = newPath();
    const pair = newKeyPair();
    await using mine = await claimTarget(path, 'local/one', parseSealingKey(pair.publicPem));
    await mine.target.put('pool/x', bytesOf('the secret content'), { size: 18 });
    assert.equal(readFileSync(join(path, 'pool/x')).includes('secret'), false);
    assert.equal(await mine.target.stat('pool/x'), 18);
    await using closed = await readTarget(path);
    assert.equal(closed.opens, false);
    await assert.rejects(
      async () => readWhole(closed.target, 'pool/x', 100),
      /sealed to the key [0-9a-f]{16}: give its private key/,
    );
    await using opened = await readTarget(path, parseOpeningKey(pair.privatePem));
    assert.equal((await readWhole(opened.target, 'pool/x', 100)).toString(), 'the secret content');
    for await (const { size } of opened.target.list('pool/')) assert.equal(size, 18);
  });

  test('a sealed target stays sealed where no key is named, and another key is refused', async () => {
    const path = newPath();
    const [one, other] = [newKeyPair(), newKeyPair()];
    await using _ = await claimTarget(path, 'local/one', parseSealingKey(one.publicPem));
    await using again = await claimTarget(path, 'local/one');
    assert.equal(again.sealedTo, one.id);
    await assert.rejects(
      claimTarget(path, 'local/one', parseSealingKey(other.publicPem)),
      /sealed to the key/,
    );
    await assert.rejects(readTarget(path, parseOpeningKey(other.privatePem)), /sealed to the key/);
  });

  test('a target that is not sealed does not become sealed half way', async () => {
    const path = newPath();
    await using _ = await claimTarget(path, 'local/one');
    await assert.rejects(
      claimTarget(path, 'local/one', parseSealingKey(newKeyPair().publicPem)),
      /are not sealed; give an empty place/,
    );
  });

  test('what says whose it is is UNAVAILABLE where it is damaged', async () => {
    const path = newPath();
    await using _ = await claimTarget(path, 'local/one');
    writeFileSync(join(path, 'tidegate-backup.json'), '{"format":2}');
    await assert.rejects(claimTarget(path, 'local/one'), refusedWith('UNAVAILABLE'));
  });

  test('an address that holds credentials is refused, and is not repeated in the refusal', async () => {
    for (const where of [
      's3://AKIA:verysecret@bucket/x',
      'https://user:verysecret@host/x',
      's3:verysecret',
    ]) {
      await assert.rejects(openPlace(where), (error: Error) => {
        assert.ok(refusedWith('BAD_REQUEST')(error));
        assert.ok(!String(error.stack).includes('verysecret'), error.message);
        return true;
      });
    }
  });
});
