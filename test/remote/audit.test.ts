import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { AuditEvent, AuditVerifyLine } from '../../src/wire/audit.ts';
import { Caller } from '../access/caller.ts';
import { needs } from '../support/component.ts';
import { postgres } from '../support/postgres.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { s3 } from '../support/s3.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { installations } from './replica-pair.ts';

const ROUNDS = 15;
const AT_ONCE = 8;

suite('the audit log of two replicas', needs(postgres, s3), () => {
  const { next } = installations();

  test('O24, O25: under load there is one chain without a gap, and one export without an event twice', async () => {
    const folder = temporaryFolder().path;
    const file = join(folder, 'audit.ndjson');
    const env = { ...(await next()), TIDEGATE_AUDIT_EXPORT: `file:${file}` };
    await using a = await TestRegistry.start({ env });
    await using b = await TestRegistry.start({ env, apikey: a.apikey });
    const replicas = [a, b];
    const callers = await Promise.all(replicas.map((each) => Caller.login(each)));
    let made = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const work = callers.flatMap((caller, index) => [
        ...Array.from({ length: AT_ONCE }, async () => {
          const body = { account_id: a.accountId, name: `s${made++}` };
          assert.equal((await caller.post('/v1/serviceids', body)).status, 201);
        }),
        // both seal and number at once
        (async () => {
          const { status } = await caller.send('POST', '/api/v1/audit/checkpoints');
          assert.ok(status === 201 || status === 503, String(status));
        })(),
        replicas[index]?.runJob('seal-audit-log'),
      ]);
      await Promise.all(work);
    }
    const [caller] = callers;
    assert.ok(caller);
    const { body: last } = await caller.send('POST', '/api/v1/audit/checkpoints');

    const response = await a.api('POST', '/api/v1/audit/verify', { checkpoint: last.note });
    const lines = (await response.text()).trim().split('\n');
    const found = lines.map((line) => JSON.parse(line) as AuditVerifyLine);
    assert.deepEqual(
      found.filter(({ kind }) => kind !== 'progress').map(({ kind }) => kind),
      ['agrees', 'end'],
    );
    assert.equal(found.at(-1)?.faults, 0);
    assert.equal(found.at(-1)?.verified, last.lastEvent);

    const db = openRows(a.database);
    const blocks = await db
      .selectFrom('audit_blocks')
      .select(['position', 'origin', 'first_number', 'last_number'])
      .orderBy('position')
      .execute();
    const events = await db
      .selectFrom('audit_events')
      .select('target_name')
      .where('action', '=', 'iam-identity.serviceid.create')
      .where('number', '<=', last.lastEvent)
      .execute();
    await db.destroy();
    assert.equal(new Set(blocks.map(({ origin }) => origin)).size, 1);
    let expected = 1;
    for (const block of blocks) {
      assert.equal(Number(block.first_number), expected);
      expected = Number(block.last_number) + 1;
    }
    assert.equal(events.length, made);

    await a.runJob('export-audit-log');
    await b.runJob('export-audit-log');
    const numbers = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as AuditEvent).sequence);
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    );
    assert.ok(numbers.length >= last.lastEvent);
  });
});
