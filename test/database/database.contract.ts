import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Kysely } from 'kysely';
import type { AuditEvent } from '../../src/audit/events/tx.ts';
import type { Change, Database } from '../../src/database/database.ts';
import type { Schema } from '../../src/database/schema.ts';
import { transaction } from '../../src/database/transaction.ts';
import { createFirstAccount } from '../../src/identity/accounts/writes.ts';
import { countApiKeys } from '../../src/identity/api-keys/rows.ts';
import { createApiKey } from '../../src/identity/api-keys/writes.ts';
import { ensureSigningKey } from '../../src/identity/signing-keys/writes.ts';
import type { Actor } from '../../src/principal.ts';
import { findUpload, insertUpload } from '../../src/registry/uploads/rows.ts';
import { beginUpload, endUpload } from '../../src/registry/uploads/writes.ts';
import { findNamespace } from '../../src/tenancy/namespaces/rows.ts';
import { addNamespace } from '../../src/tenancy/namespaces/writes.ts';
import { ensureRegion } from '../../src/tenancy/regions/writes.ts';
import { queriesContract } from './database-queries.contract.ts';
import {
  AT,
  accountRow,
  actor,
  keyRow,
  membershipRow,
  namespaceRow,
  newNamespace,
  newUpload,
  regionRow,
  signingKeyRow,
  unique,
  userRow,
} from './database-rows.ts';
import { countUp, insert, note, noteInBulk } from './database-writes.ts';

/** An empty database of its own; the answer opens it, again and again. */
export type NewDatabase = () => Promise<() => Promise<Database>>;

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Every sentence of the interface Database, and every query there is. */
export const metadataContract = (
  name: string,
  newDatabase: NewDatabase,
  { skip = false }: { skip?: string | false } = {},
): void => {
  suite(`the database contract on ${name}`, { skip }, () => {
    let open: () => Promise<Database>;
    let database: Database;
    before(async () => {
      open = await newDatabase();
      database = await open();
    });
    after(() => database[Symbol.asyncDispose]());

    const noted = async (name: string, at = database): Promise<string | undefined> =>
      (await at.db.selectFrom('installation').select('value').where('name', '=', name).executeTakeFirst())
        ?.value;

    test('a write answers what its function answers, and all it did is there', async () => {
      const name = unique('note');
      assert.equal(await database.write(note, { name, value: 'kept' }), 'kept');
      assert.equal(await noted(name), 'kept');
    });

    test('a refusal passes with code, message, detail and reason, and leaves nothing behind', async () => {
      const name = unique('note');
      const refusal = {
        code: 'CONFLICT',
        message: 'read it again',
        detail: [{ tag: 'latest' }],
        reason: 'old',
      } as const;
      const event = { ...anEvent, target: name };
      await assert.rejects(database.write(note, { name, value: 'x', refusal, event }), (error: Error) => {
        assert.deepEqual({ ...error }, { name: 'RegistryError', ...without(refusal, 'message') });
        assert.equal(error.message, refusal.message);
        return true;
      });
      assert.equal(await noted(name), undefined);
      assert.deepEqual(await auditOf(database, name), []);
    });

    test('any other error passes with its message, and leaves nothing behind', async () => {
      const name = unique('note');
      await assert.rejects(database.write(note, { name, value: 'x', failure: 'a mistake of ours' }), {
        message: 'a mistake of ours',
      });
      assert.equal(await noted(name), undefined);
    });

    test('a row the schema refuses fails the write as a whole: UNAVAILABLE, with the reason for the log', async () => {
      const region = regionRow();
      const twice = database.write(insert, { regions: [region, { ...region, id: unique('other') }] });
      await assert.rejects(twice, (error: Error & { code?: string; reason?: string }) => {
        assert.equal(error.code, 'UNAVAILABLE');
        assert.match(error.reason ?? '', /^database: .*unique/i);
        return true;
      });
      const account = accountRow();
      const orphan = membershipRow(account, userRow());
      await assert.rejects(database.write(insert, { accounts: [account], memberships: [orphan] }), {
        code: 'UNAVAILABLE',
      });
      assert.deepEqual(
        await database.db.selectFrom('accounts').selectAll().where('id', '=', account.id).execute(),
        [],
      );
    });

    test('writes that follow a refused one are not touched by it', async () => {
      const names = times(30, () => unique('note'));
      const outcomes = await Promise.allSettled(
        names.map((name, index) =>
          database.write(note, { name, value: 'x', ...(index % 3 === 0 ? { failure: 'no' } : {}) }),
        ),
      );
      for (const [index, name] of names.entries()) {
        const refused = index % 3 === 0;
        assert.equal(outcomes[index]?.status, refused ? 'rejected' : 'fulfilled');
        assert.equal(await noted(name), refused ? undefined : 'x');
      }
    });

    test('an audit event is there with the change it reports', async () => {
      const name = unique('note');
      await database.write(note, { name, value: 'x', event: { ...anEvent, target: name } });
      const events = await auditOf(database, name);
      assert.equal(events.length, 1);
      assert.match(events[0]?.id ?? '', /^Event-/);
      assert.deepEqual(without(events[0] ?? {}, 'id'), rowOf({ ...anEvent, target: name }));
    });

    test('P5: what was acknowledged is there when the database is opened again', async () => {
      const openOwn = await newDatabase();
      const name = unique('note');
      {
        await using first = await openOwn();
        await first.write(note, { name, value: 'kept' });
      }
      await using second = await openOwn();
      assert.equal(await noted(name, second), 'kept');
    });

    test('a read that begins after a write was acknowledged sees it', async () => {
      const { namespace } = await newNamespace(database);
      await Promise.all(
        times(60, async () => {
          const row = newUpload(namespace);
          await database.write(beginUpload, row);
          assert.deepEqual({ ...(await findUpload(database.db, row.id)) }, row);
          assert.equal(await database.write(endUpload, row.id), true);
          assert.equal(await findUpload(database.db, row.id), undefined);
        }),
      );
    });

    test('listeners are told what a write changed before it is acknowledged, and nothing of a refused one', async () => {
      const told = new Set<string>();
      database.onChange((changes: readonly Change[]) => {
        for (const { kind, id } of changes) told.add(`${kind} ${id}`);
      });
      const [kept, refused, last] = [unique('kept'), unique('refused'), unique('last')];
      const changes = (id: string) => [
        { kind: 'tag', id } as const,
        { kind: 'api-key', id: `${id} "'\\ é` } as const,
      ];
      await database.write(note, { name: kept, value: '', changes: changes(kept) });
      assert.ok(told.has(`tag ${kept}`) && told.has(`api-key ${kept} "'\\ é`));
      await assert.rejects(
        database.write(note, { name: refused, value: '', changes: changes(refused), failure: 'no' }),
      );
      await database.write(note, { name: last, value: '', changes: changes(last) });
      assert.ok(told.has(`tag ${last}`));
      assert.ok(!told.has(`tag ${refused}`));
    });

    test('the change feed is fresh, and the database answers', async () => {
      await database.check();
      assert.equal(database.fresh(), true);
    });

    test('a database that is closed says UNAVAILABLE', async () => {
      const closed = await open();
      await closed[Symbol.asyncDispose]();
      await assert.rejects(closed.write(note, { name: unique('note'), value: '' }), { code: 'UNAVAILABLE' });
      await assert.rejects(closed.check(), { code: 'UNAVAILABLE' });
    });

    test('20 accounts add one namespace: one has it, the others are told that it is taken', async () => {
      const region = regionRow();
      const accounts = times(20, accountRow);
      await database.write(insert, { accounts, regions: [region] });
      const name = unique('birds');
      const outcomes = await Promise.allSettled(
        accounts.map(({ id }) =>
          database.write(addNamespace, { row: namespaceRow(id, region.id, name), actor }),
        ),
      );
      const [won, ...more] = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
      assert.ok(won !== undefined && more.length === 0, `${more.length + 1} accounts have it`);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'NAMESPACE_TAKEN');
      assert.equal((await findNamespace(database.db, region.id, name))?.account_id, accounts[won]?.id);
    });

    test('an upload ends once, on whichever replica it is ended', async () => {
      const { namespace } = await newNamespace(database);
      const row = newUpload(namespace);
      await database.write(beginUpload, row);
      const ended = await Promise.all(times(20, () => database.write(endUpload, row.id)));
      assert.equal(ended.filter((mine) => mine).length, 1);
    });

    test('racing first starts make one account, one key per purpose and one region', async () => {
      await using empty = await (await newDatabase())();
      const made = await Promise.all(
        times(10, () => {
          const account = accountRow();
          return empty.write(createFirstAccount, {
            account,
            owner: userRow(),
            key: keyRow(account.id),
            actor,
          });
        }),
      );
      assert.equal(made.filter((mine) => mine).length, 1);
      const region = regionRow();
      const regions = await Promise.all(
        times(10, () => empty.write(ensureRegion, { ...region, id: unique('region') })),
      );
      assert.equal(new Set(regions.map(({ id }) => id)).size, 1);
      await Promise.all(times(10, () => empty.write(ensureSigningKey, signingKeyRow())));
      const keys = await empty.db.selectFrom('signing_keys').select('id').execute();
      assert.equal(keys.length, 1);
    });

    test('a limit holds against requests that were counted at the same time', async () => {
      const [account, user] = [accountRow(), userRow()];
      const keyOfUser = () => keyRow(account.id, { iam_id: user.iam_id });
      await database.write(insert, {
        accounts: [account],
        users: [user],
        memberships: [membershipRow(account, user)],
        api_keys: times(18, keyOfUser),
      });
      const outcomes = await Promise.allSettled(
        times(12, () => database.write(createApiKey, { key: keyOfUser(), actor })),
      );
      const reasons = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason.code] : [],
      );
      assert.deepEqual(reasons, Array(10).fill('LIMIT_REACHED'));
      assert.equal(await countApiKeys(database.db, account.id, user.iam_id), 20);
    });

    test('no update is lost among writes that read what they write', async () => {
      const name = unique('count');
      const counted = await Promise.all(times(40, () => database.write(countUp, name)));
      assert.deepEqual(
        counted.toSorted((a, b) => a - b),
        times(40, (index) => index + 1),
      );
      assert.equal(await noted(name), '40');
    });

    test('a write overtakes the bulk work that was asked for before it, and all of it is done', async () => {
      let done = 0;
      const names = times(30, () => unique('bulk'));
      const bulk = names.map((name) => database.write(noteInBulk, { name, value: 'x' }).then(() => done++));
      await database.write(note, { name: unique('note'), value: 'x' });
      assert.ok(done <= 10, `${done} pieces of bulk work came first`);
      await Promise.all(bulk);
      for (const name of names) assert.equal(await noted(name), 'x');
    });

    test('reads cannot write', async () => {
      const { namespace } = await newNamespace(database);
      const row = newUpload(namespace);
      await assert.rejects(insertUpload(transaction(database.db as Kysely<Schema>, []), row));
      assert.equal(await findUpload(database.db, row.id), undefined);
    });

    queriesContract(() => database);
  });
};

const anEvent = {
  actor: { principal: 'user:1', credentialId: undefined, address: '127.0.0.1', requestId: undefined },
  accountId: 'a',
  at: AT,
  action: 'iam-identity.user-apikey.create',
  target: '',
} as const;

const rowOf = ({ actor, accountId, ...event }: AuditEvent & { actor: Actor }) => ({
  account_id: accountId,
  ...event,
  outcome: 'success',
  principal: actor.principal,
  credential_id: null,
  address: actor.address,
  request_id: null,
  reason: null,
});

const auditOf = (database: Database, target: string) =>
  database.db
    .selectFrom('audit_events')
    .select(['id', 'account_id', 'at', 'action', 'outcome', 'principal', 'credential_id'])
    .select(['target', 'address', 'request_id', 'reason'])
    .where('target', '=', target)
    .execute();

const without = <T extends object, K extends string>(value: T, key: K): Omit<T, K> =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as Omit<T, K>;
