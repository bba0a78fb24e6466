import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Kysely } from 'kysely';
import { contract } from '../../src/database/contractions.ts';
import { migrate } from '../../src/database/migrate.ts';
import type { Schema } from '../../src/database/schema.ts';
import { sqliteDialect } from '../../src/database/sqlite-dialect.ts';
import { transaction } from '../../src/database/transaction.ts';
import { findHolder } from '../../src/registry/accounting/rows.ts';
import * as manifests from '../../src/registry/manifests/rows.ts';
import { restoreImage } from '../../src/registry/restoration/writes.ts';
import * as trash from '../../src/registry/trash/rows.ts';
import {
  AT,
  accountRow,
  actor,
  manifestRow,
  namespaceRow,
  regionRow,
  repositoryRow,
} from '../database/database-rows.ts';

test('the contents of an account are opened once in each transaction of a restoration, however many manifests come back', async () => {
  const read: string[] = [];
  const dialect = sqliteDialect(new DatabaseSync(':memory:'), ({ text }) => void read.push(text));
  const db = new Kysely<Schema>({ dialect });
  await migrate(db, 'sqlite');
  await contract(db, true);
  const tx = transaction(db, []);
  const [account, region] = [accountRow(), regionRow()];
  const namespace = namespaceRow(account.id, region.id);
  const repository = repositoryRow(namespace);
  await db.insertInto('accounts').values(account).execute();
  await db.insertInto('regions').values(region).execute();
  await db.insertInto('namespaces').values(namespace).execute();
  await db.insertInto('repositories').values(repository).execute();
  const repositoryId = repository.id;
  const children = Array.from({ length: 4 }, () => manifestRow(repositoryId));
  const index = manifestRow(repositoryId);
  for (const each of [...children, index]) {
    const references = each === index ? children.map(({ digest }) => digest) : [];
    await manifests.insertManifest(
      tx,
      each,
      references.map((target) => ({ target, kind: 'manifest' as const })),
    );
    const key = { repositoryId, digest: each.digest };
    const deletion = { deletedAt: AT, deletedBy: 'x', expiresAt: AT + 1000, deletedWith: index.digest };
    await trash.copyToTrash(tx, key, deletion);
    await trash.keepTags(tx, key, each === index ? ['1'] : [], AT);
    await manifests.deleteManifest(tx, repositoryId, each.digest);
  }
  read.length = 0;
  await findHolder(db, repositoryId);
  const [opening] = read.splice(0);
  const by = { actor, accountId: account.id, repository: repository.name, at: AT };
  const restored = await restoreImage.run(tx, { repositoryId, digest: index.digest, tag: undefined, by });
  assert.deepEqual(restored, { state: 'done', tags: ['1'], taken: [] });
  assert.equal(read.filter((statement) => statement === opening).length, 1);
  await db.destroy();
});
