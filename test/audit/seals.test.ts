import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, hash, verify } from 'node:crypto';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import type { Connection } from '../../src/database/database.ts';
import { Caller } from '../access/caller.ts';
import { Identities } from '../access/identities.ts';
import { MINUTE } from '../support/clock.ts';
import { SealedLog } from './sealed-log.ts';

const sha256 = (...parts: readonly Uint8Array[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer');

describe('sealing', () => {
  test('without a sealed block there is nothing to verify, and that is no fault', async () => {
    await using log = await SealedLog.open();
    const { blocks, faults } = await log.end();
    assert.deepEqual([blocks, faults], [0, 0]);
    assert.deepEqual((await log.owner.get('/api/v1/audit/checkpoints')).body, { checkpoints: [] });
  });

  test('each event is sealed once, in the order of the numbers, without a gap', async () => {
    await using log = await SealedLog.open();
    const first = await log.block(3);
    const second = await log.block(5);
    assert.equal(first.firstEvent, 1);
    assert.equal(second.firstEvent, first.lastEvent + 1);
    assert.deepEqual([first.size, second.size], [1, 2]);
    assert.equal(first.origin, second.origin);
    const { verified, sealed, faults } = await log.end();
    assert.deepEqual([verified, sealed, faults], [second.lastEvent, second.lastEvent, 0]);
    await log.registry.runJob('seal-audit-log');
    const { body } = await log.owner.get('/api/v1/audit/checkpoints?limit=1');
    const answer = await log.owner.get(`/api/v1/audit/checkpoints?limit=1&cursor=${body.next}`);
    assert.equal(answer.body.checkpoints[0].size, body.checkpoints[0].size - 1);
    assert.equal((await log.owner.get('/api/v1/audit/checkpoints?cursor=x')).status, 400);
  });

  test('a checkpoint is a signed note of C2SP: origin, size and root, and an Ed25519 signature that its key verifies', async () => {
    await using log = await SealedLog.open();
    await log.block(1);
    const { note, key, origin, size, root } = await log.block(2);
    const [text = '', signed = ''] = note.split('\n\n');
    assert.equal(`${text}\n`, `${origin}\n${size}\n${root}\n`);
    const [, name, encoded = ''] = /^— (\S+) (\S+)\n$/.exec(signed) ?? [];
    assert.equal(name, origin);
    const bytes = Buffer.from(encoded, 'base64');
    const [keyName, keyHash, keyBytes = ''] = key.split('+');
    const raw = Buffer.from(key.slice(`${keyName}+${keyHash}+`.length), 'base64');
    assert.ok(keyBytes !== '');
    assert.equal(raw[0], 1);
    assert.equal(bytes.subarray(0, 4).toString('hex'), keyHash);
    assert.equal(
      sha256(Buffer.from(`${origin}\n`), raw)
        .subarray(0, 4)
        .toString('hex'),
      keyHash,
    );
    const x = raw.subarray(1).toString('base64url');
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    assert.ok(verify(null, Buffer.from(`${text}\n`), publicKey, bytes.subarray(4)));
    const logged = log.registry.logged.filter((line) => line.includes('audit log sealed'));
    assert.equal(logged.length, 2);
    assert.equal(JSON.parse(logged[1] ?? '').checkpoint, note);
  });

  test('the tree of blocks is that of RFC 6962 over the heads of the blocks', async () => {
    await using log = await SealedLog.open();
    await log.block(1);
    await log.block(1);
    const { root } = await log.block(1);
    const heads = await log.rows((db) =>
      db.selectFrom('audit_blocks').select('head').orderBy('position').execute(),
    );
    const [one, two, three] = heads.map(({ head }) => Buffer.from(head, 'base64'));
    assert.ok(one && two && three);
    const node = Buffer.from([1]);
    assert.equal(sha256(node, sha256(node, one, two), three).toString('base64'), root);
  });

  test('what waits longer than two minutes for its block shows in the metrics', async () => {
    await using log = await SealedLog.open();
    await log.seal();
    const lag = async (): Promise<number> => {
      await log.registry.runJob('watch-seals');
      const text = await (await log.registry.api('GET', '/metrics')).text();
      return Number(/^tidegate_audit_seal_lag_seconds (\S+)$/m.exec(text)?.[1]);
    };
    assert.equal(await lag(), 0);
    await log.make(1);
    assert.equal(await lag(), 0);
    log.registry.clock.advance(3 * MINUTE);
    assert.equal(await lag(), 180);
    await log.seal();
    assert.equal(await lag(), 0);
  });
});

/** Gives an event another number. */
const renumber = (db: Connection, from: number, to: number | null): Promise<unknown> =>
  db.updateTable('audit_events').set({ number: to }).where('number', '=', from).execute();

describe('O23: who can change the database is found out', () => {
  test('an event that was changed is named', async () => {
    await using log = await SealedLog.open();
    const { firstEvent } = await log.block(4);
    await log.block(4);
    const number = firstEvent + 2;
    for (const set of [
      { address: '192.0.2.7' },
      { principal: 'user:a/other' },
      { at: 1 },
      { changed: null },
      { reason: 'x' },
    ]) {
      const before = await log.rows((db) =>
        db.selectFrom('audit_events').selectAll().where('number', '=', number).executeTakeFirstOrThrow(),
      );
      const put = (values: object) =>
        log.rows((db) => db.updateTable('audit_events').set(values).where('number', '=', number).execute());
      await put(set);
      assert.deepEqual(await log.found(), [`changed ${number}`], Object.keys(set).join());
      assert.equal((await log.findings())[0]?.id, before.id);
      const { transaction_id: _, ...whole } = before;
      await put(whole);
      assert.deepEqual(await log.found(), []);
    }
  });

  test('an event that was removed is named, also the last one of the log', async () => {
    await using log = await SealedLog.open();
    const { lastEvent } = await log.block(4);
    const second = await log.block(4);
    const numbers = [lastEvent - 1, second.lastEvent];
    await log.rows((db) => db.deleteFrom('audit_events').where('number', 'in', numbers).execute());
    assert.deepEqual(
      await log.found(),
      numbers.map((number) => `removed ${number}`),
    );
  });

  test('an event that was inserted is named, wherever it was put', async () => {
    await using log = await SealedLog.open();
    await log.block(2);
    const { firstEvent } = await log.block(2);
    const copy = (db: Connection, number: number) =>
      sql`insert into audit_events (id, account_id, at, action, outcome, principal, target, number)
        select ${`Event-${number}`}, account_id, at, action, outcome, principal, target, ${number}
        from audit_events where number = ${firstEvent + 1}`.execute(db);
    await log.rows((db) => copy(db, 0));
    assert.deepEqual(await log.found(), ['inserted 0']);
    // in the place of one that is moved behind the end
    await log.rows(async (db) => {
      await db.deleteFrom('audit_events').where('number', '=', 0).execute();
      await renumber(db, firstEvent, null);
      await copy(db, firstEvent);
    });
    assert.deepEqual(await log.found(), [`changed ${firstEvent}`]);
  });

  test('events that were exchanged are named with their places, also across blocks', async () => {
    await using log = await SealedLog.open();
    const { lastEvent } = await log.block(4);
    await log.block(4);
    const [one, two] = [lastEvent - 1, lastEvent + 2];
    await log.rows(async (db) => {
      await renumber(db, one, -1);
      await renumber(db, two, one);
      await renumber(db, -1, two);
    });
    assert.deepEqual(await log.found(), [`reordered ${one} ${two}`, `reordered ${two} ${one}`]);
  });

  test('an event that was removed before it was sealed is named', async () => {
    await using log = await SealedLog.open();
    const { lastEvent } = await log.block(2);
    await log.make(3);
    // reading in the one order gives numbers
    await log.owner.get('/api/v1/audit/events?order=sequence&limit=1');
    const number = lastEvent + 2;
    await log.rows((db) => db.deleteFrom('audit_events').where('number', '=', number).execute());
    await log.seal();
    const [finding, ...more] = await log.findings();
    assert.deepEqual([finding?.kind, finding?.first, finding?.last], ['unsealed', number, number]);
    assert.equal(more.length, 0);
  });

  test('a block that was changed, removed or signed by another key is named', async () => {
    await using log = await SealedLog.open();
    for (let count = 0; count < 4; count++) await log.block(2);
    const changes: readonly [object, RegExp][] = [
      [{ root: 'x' }, /head is another/],
      [{ sealed_at: 1 }, /head is another/],
      [{ tree: 'x' }, /tree of blocks/],
      [{ signature: 'AAAA' }, /signature is not valid/],
      [{ key_id: 'Key-other' }, /not one of this installation/],
      [{ origin: 'elsewhere' }, /without a restore/],
      [{ leaves: Buffer.alloc(32) }, /hashes/],
    ];
    for (const [set, reason] of changes) {
      const before = await log.rows((db) =>
        db.selectFrom('audit_blocks').selectAll().where('position', '=', 2).executeTakeFirstOrThrow(),
      );
      const put = (values: object) =>
        log.rows((db) => db.updateTable('audit_blocks').set(values).where('position', '=', 2).execute());
      await put(set);
      const reasons = (await log.findings()).map((finding) => finding.reason ?? '');
      assert.ok(
        reasons.some((each) => reason.test(each)),
        `${Object.keys(set).join()}: ${reasons.join('; ')}`,
      );
      await put(before);
      assert.deepEqual(await log.found(), []);
    }
    await log.rows((db) => db.deleteFrom('audit_blocks').where('position', '=', 2).execute());
    assert.ok((await log.findings()).some(({ reason }) => /missing/.test(reason ?? '')));
  });
});

describe('a checkpoint that was kept elsewhere', () => {
  test('agrees with the log that it was taken of, and says up to which event it proves it', async () => {
    await using log = await SealedLog.open();
    const kept = await log.block(2);
    await log.block(2);
    const findings = await log.findings(kept.note);
    assert.deepEqual(
      findings.map(({ kind, last }) => [kind, last]),
      [['agrees', kept.lastEvent]],
    );
    for (const note of ['x', `${kept.note}more`, kept.note.replace('\n\n', '\n')]) {
      const answer = await log.owner.post('/api/v1/audit/verify', { checkpoint: note });
      assert.equal(answer.status, 400, note);
    }
    const forged = kept.note.replace(kept.root, `${'A'.repeat(43)}=`);
    assert.deepEqual(
      (await log.findings(forged)).map(({ kind }) => kind),
      ['checkpoint', 'checkpoint'],
    );
  });

  test('finds a log whose end was cut off', async () => {
    await using log = await SealedLog.open();
    await log.block(2);
    const kept = await log.block(2);
    await log.rows(async (db) => {
      await db.deleteFrom('audit_blocks').where('position', '=', 2).execute();
      await db.deleteFrom('audit_events').where('number', '>=', kept.firstEvent).execute();
      const value = String(kept.firstEvent - 1);
      await db.updateTable('installation').set({ value }).where('name', '=', 'audit.last-number').execute();
    });
    assert.deepEqual(await log.found(), []);
    const [finding] = await log.findings(kept.note);
    assert.equal(finding?.kind, 'checkpoint');
    assert.match(finding?.reason ?? '', /cut off/);
  });

  test('finds what who owns database and key has rewritten, and without it nothing does', async () => {
    await using log = await SealedLog.open();
    const kept = await log.block(3);
    await log.block(3);
    // the server itself seals what was forged: it has the key
    await log.rows(async (db) => {
      await db
        .deleteFrom('audit_events')
        .where('number', '=', kept.firstEvent + 1)
        .execute();
      await db.deleteFrom('audit_blocks').execute();
      await db.updateTable('audit_events').set({ number: null }).execute();
      await db.deleteFrom('installation').where('name', '=', 'audit.last-number').execute();
      await db.updateTable('audit_events').set({ address: '192.0.2.7' }).execute();
    });
    await log.seal();
    await log.rows((db) => db.updateTable('audit_blocks').set({ origin: kept.origin }).execute());
    const [finding] = await log.findings(kept.note);
    assert.ok(['checkpoint', 'block'].includes(finding?.kind ?? ''));
    assert.ok((await log.found(kept.note)).some((each) => each.startsWith('checkpoint')));
  });

  test('a public key that was put beside the sealed one verifies nothing: the sealed one counts', async () => {
    await using log = await SealedLog.open();
    const kept = await log.block(2);
    const jwk = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    await log.rows((db) =>
      db
        .updateTable('signing_keys')
        .set({ public_jwk: JSON.stringify(jwk) })
        .where('purpose', '=', 'audit-seal')
        .execute(),
    );
    await log.restart();
    assert.deepEqual(await log.found(kept.note), ['agrees 1']);
    assert.equal((await log.seal()).key, kept.key);
  });

  test('keys that were rotated go on verifying; what a retired one signed is told', async () => {
    await using log = await SealedLog.open();
    const kept = await log.block(2);
    assert.deepEqual(await log.found(), []);
    await log.rows((db) =>
      db.updateTable('signing_keys').set({ retired_at: 1 }).where('purpose', '=', 'audit-seal').execute(),
    );
    await log.rows(async (db) => {
      const key = await db
        .selectFrom('signing_keys')
        .selectAll()
        .where('purpose', '=', 'audit-seal')
        .executeTakeFirstOrThrow();
      assert.ok(key.public_jwk?.includes('Ed25519'));
    });
    await log.restart();
    const found = await log.findings(kept.note);
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ['retired', 'agrees'],
    );
  });
});

describe('a restore from a backup', () => {
  const GENERATION = 'restore-generation';

  test('begins another origin and other numbers; verification accepts it and names the gap', async () => {
    await using log = await SealedLog.open();
    const old = await log.block(3);
    // recorded, and neither sealed nor in a backup
    await log.make(2);
    const lost = await log.seal();
    await log.rows(async (db) => {
      await db.deleteFrom('audit_blocks').where('position', '=', 2).execute();
      await db.deleteFrom('audit_events').where('number', '>', old.lastEvent).execute();
      const value = String(old.lastEvent);
      await db.updateTable('installation').set({ value }).where('name', '=', 'audit.last-number').execute();
      await db.insertInto('installation').values({ name: GENERATION, value: '1' }).execute();
    });
    const renewed = await log.block(2);
    assert.notEqual(renewed.origin, old.origin);
    assert.equal(renewed.size, 1);
    assert.ok(renewed.firstEvent > lost.lastEvent);
    const [gap, ...more] = await log.findings();
    assert.equal(gap?.kind, 'restored');
    assert.match(gap?.reason ?? '', new RegExp(`event ${old.lastEvent}\\)`));
    assert.equal(more.length, 0);
    assert.equal((await log.end()).faults, 0);
    assert.deepEqual(
      (await log.findings(old.note)).map(({ kind }) => kind),
      ['agrees', 'restored'],
    );
    assert.deepEqual(
      (await log.findings(lost.note)).map(({ kind }) => kind),
      ['restored', 'restored'],
    );
    // a follower that stood behind what is lost misses nothing
    const { body } = await log.owner.get(`/api/v1/audit/events?order=sequence&after=${lost.lastEvent}`);
    assert.equal(body.events[0].sequence, renewed.firstEvent);
  });

  test('another origin without a restore is a fault', async () => {
    await using log = await SealedLog.open();
    await log.block(1);
    await log.block(1);
    await log.rows((db) =>
      db.updateTable('audit_blocks').set({ origin: 'other' }).where('position', '=', 2).execute(),
    );
    assert.notEqual((await log.end()).faults, 0);
  });
});

describe('who may do it', () => {
  test('O28: only the operator takes checkpoints and verifies: a block has the events of all accounts', async () => {
    await using log = await SealedLog.open();
    const stranger = await new Identities(log.registry).stranger();
    const other = await Caller.login(log.registry, stranger.apikey);
    assert.equal((await other.get('/api/v1/audit/checkpoints')).status, 403);
    assert.equal((await other.send('POST', '/api/v1/audit/checkpoints')).status, 403);
    assert.equal((await other.post('/api/v1/audit/verify', {})).status, 403);
    const anonymous = Caller.bearing(log.registry);
    assert.equal((await anonymous.post('/api/v1/audit/verify', {})).status, 401);
  });
});
