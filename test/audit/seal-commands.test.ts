import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { AuditVerifyLine } from '../../src/wire/audit.ts';
import { Identities } from '../access/identities.ts';
import { Owner } from '../cli/owner.ts';
import { openRows } from '../support/rows.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder().path;

const kept = (name: string, note: string): string => {
  const file = join(folder, name);
  writeFileSync(file, note);
  return file;
};

describe('tidegate audit verify, checkpoint and hold', () => {
  test('a log without a block is no fault, and a checkpoint proves what it covers', async () => {
    await using owner = await Owner.open();
    assert.equal((await owner.run('audit checkpoint --latest')).code, 4);
    assert.match(await owner.says('audit verify'), /Nothing is sealed yet/);
    const note = await owner.says('audit checkpoint');
    assert.match(note, /^\S+\/audit\/[0-9a-f]{8}\n1\n\S{44}\n\n— \S+ \S+\n$/);
    assert.equal(await owner.says('audit checkpoint --latest'), note);
    assert.match(await owner.says('audit checkpoint --latest --key'), /^\S+\+[0-9a-f]{8}\+\S{44}\n$/);
    const file = kept('note', note);
    assert.match(await owner.says('audit verify'), /Without a checkpoint that was kept elsewhere/);
    const said = await owner.says(`audit verify --checkpoint @${file}`);
    assert.match(said, /the checkpoint that was kept elsewhere agrees/);
    assert.match(said, /Who owns the database and the master key could have rewritten what came after it/);
    const lines = (await owner.says('audit verify -o json')).trim().split('\n');
    assert.equal((JSON.parse(lines.at(-1) ?? '') as AuditVerifyLine).kind, 'end');
  });

  test('faults are told in words and end in 1; no checkpoint is a mistake of the command line', async () => {
    await using owner = await Owner.open();
    const { registry } = owner;
    await registry.createKey('one');
    await registry.createKey('two');
    const file = kept('other', await owner.says('audit checkpoint'));
    const db = openRows(registry.database);
    await db.updateTable('audit_events').set({ address: 'x' }).where('number', '=', 1).execute();
    await db.deleteFrom('audit_events').where('number', '=', 2).execute();
    await db.destroy();
    const { code, stdout, stderr } = await owner.run(`audit verify --checkpoint @${file}`);
    assert.equal(code, 1);
    assert.match(stdout, /^Event 1 \(Event-\S+\) was changed after it was sealed$/m);
    assert.match(stdout, /^Event 2 was removed after it was sealed$/m);
    assert.match(stderr, /2 faults were found/);
    assert.equal((await owner.run('audit verify --checkpoint @/absent')).code, 2);
    assert.equal((await owner.run(`audit verify --checkpoint @${kept('long', 'x'.repeat(9000))}`)).code, 2);
    assert.notEqual((await owner.run(`audit verify --checkpoint @${kept('none', 'none')}`)).code, 0);
  });

  test('a hold is shown, set and lifted', async () => {
    await using owner = await Owner.open();
    const { accountId } = await new Identities(owner.registry).stranger();
    assert.match(await owner.says('audit hold'), /are not held/);
    assert.match(await owner.says(['audit', 'hold-add', 'an incident']), /until the operator lifts it/);
    assert.match(await owner.says('audit hold-rm'), /seven days more/);
    assert.match(await owner.says('audit hold'), /lifted; it counts until/);
    await owner.says(['audit', 'hold-add', 'theirs', '--account', accountId]);
    assert.equal((await owner.json(`audit hold --account ${accountId}`)).reason, 'theirs');
    await owner.says(`audit hold-rm --account ${accountId}`);
    assert.equal((await owner.run(`audit hold-rm --account ${accountId}`)).code, 4);
  });
});

test('keys list shows the key of seals beside the others, and it is of Ed25519', async () => {
  await using owner = await Owner.open();
  const db = openRows(owner.registry.database);
  const keys = await db.selectFrom('signing_keys').select(['purpose', 'public_jwk', 'sealed']).execute();
  await db.destroy();
  const [seal, ...more] = keys.filter(({ purpose }) => purpose === 'audit-seal');
  assert.equal(more.length, 0);
  assert.equal(JSON.parse(seal?.public_jwk ?? '{}').crv, 'Ed25519');
  const published = await (await owner.registry.fetch('/identity/keys')).text();
  assert.ok(!published.includes('Ed25519'));
});
