import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Database } from '../../src/database/database.ts';
import type { ManifestRow, NamespaceRow, RepositoryRow } from '../../src/database/schema.ts';
import { Leases } from '../../src/lifecycle/leases/leases.ts';
import { RemovedNamespaces } from '../../src/lifecycle/removed-namespaces/removed-namespaces.ts';
import { clearRemovedNamespace } from '../../src/lifecycle/removed-namespaces/writes.ts';
import type { Tag } from '../../src/oci/reference.ts';
import { putManifest } from '../../src/registry/manifests/writes.ts';
import { findRepository } from '../../src/registry/repositories/rows.ts';
import { findNamespace, findRemovedNamespace, listNamespaces } from '../../src/tenancy/namespaces/rows.ts';
import { addNamespace, removeNamespace } from '../../src/tenancy/namespaces/writes.ts';
import {
  AT,
  actor,
  digest,
  manifestRow,
  namespaceRow,
  newNamespace,
  repositoryRow,
  unique,
} from '../database/database-rows.ts';
import { insert } from '../database/database-writes.ts';
import { MovableClock } from '../support/clock.ts';
import { onBothEngines } from './engines.ts';

const never = new AbortController().signal;
/** More than one transaction clears away. */
const MANY = 700;

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const remove = (database: Database, { region_id, account_id, name }: NamespaceRow): Promise<boolean> =>
  database.write(removeNamespace, { regionId: region_id, accountId: account_id, name, at: AT, actor });

/** A manifest with its references, links and tags, `MANY` of each. */
const contentOf = ({ id }: RepositoryRow) => {
  const manifest = manifestRow(id);
  const targets = times(MANY, digest);
  return {
    manifests: [manifest],
    manifest_references: targets.map((target_digest) => ({
      repository_id: id,
      manifest_digest: manifest.digest,
      target_digest,
      kind: 'blob' as const,
    })),
    repository_blobs: targets.map((each) => ({
      repository_id: id,
      digest: each,
      created_at: AT,
      touched_at: AT,
    })),
    tags: times(MANY, (index) => ({
      repository_id: id,
      name: `t${index}`,
      digest: manifest.digest,
      updated_at: AT,
    })),
  };
};

const uploadRow = ({ id, region_id, name }: NamespaceRow) => ({
  id: randomUUID(),
  region_id,
  namespace_id: id,
  repository: `${name}/robin`,
  principal: 'user:1',
  staging_id: unique('staged'),
  created_at: AT,
  expires_at: AT,
});

/** How many rows of a repository are left, by table. */
const leftOf = async ({ db }: Database, repositoryId: string): Promise<number[]> => {
  const tables = ['tags', 'manifest_references', 'manifests', 'repository_blobs'] as const;
  const counts: number[] = [];
  for (const table of tables) {
    const rows = await db.selectFrom(table).select('repository_id').where('repository_id', '=', repositoryId);
    counts.push((await rows.execute()).length);
  }
  return counts;
};

const push = (database: Database, namespace: NamespaceRow, repository: string): Promise<void> => {
  const { repository_id: _none, ...row }: ManifestRow = manifestRow('');
  return database.write(putManifest, {
    place: {
      regionId: namespace.region_id,
      namespaceId: namespace.id,
      repository,
      newId: randomUUID(),
      at: AT,
    },
    guard: undefined,
    row,
    reference: { kind: 'tag', tag: 'latest' as Tag },
    by: { actor, accountId: namespace.account_id, repository, at: AT },
    tags: ['latest'],
    contents: [],
  });
};

onBothEngines('removed namespaces', (open) => {
  test('a removed namespace is in no list and under no name, and its name is free, before it is cleared away', async () => {
    await using replicas = await open();
    const { account, region, namespace } = await newNamespace(replicas.a);
    const repository = repositoryRow(namespace);
    await replicas.a.write(insert, { repositories: [repository], ...contentOf(repository) });
    assert.equal(await remove(replicas.a, namespace), true);
    assert.equal(await remove(replicas.b, namespace), false);
    assert.equal(await findNamespace(replicas.b.db, region.id, namespace.name), undefined);
    assert.deepEqual(await listNamespaces(replicas.b.db, account.id, region.id), []);
    assert.deepEqual(await leftOf(replicas.a, repository.id), [MANY, MANY, 1, MANY], 'nothing went yet');
    const again = namespaceRow(account.id, region.id, namespace.name);
    assert.equal(await replicas.b.write(addNamespace, { row: again, actor }), true);
    await push(replicas.b, again, repository.name);
    const found = await findRepository(replicas.b.db, region.id, repository.name);
    assert.equal(found?.namespaceId, again.id);
    assert.deepEqual(await leftOf(replicas.b, found.id), [1, 0, 1, 0]);
  });

  test('a push into the removed namespace is refused, by the id it was decided on', async () => {
    await using replicas = await open();
    const { namespace } = await newNamespace(replicas.a);
    await remove(replicas.a, namespace);
    await assert.rejects(push(replicas.b, namespace, `${namespace.name}/robin`), { code: 'NAME_UNKNOWN' });
  });

  test('with more repositories than one transaction frees, a push takes the name it wants', async () => {
    await using replicas = await open();
    const { account, region, namespace } = await newNamespace(replicas.a);
    const rows = times(MANY, (index) => repositoryRow(namespace, `r${String(index).padStart(4, '0')}`));
    await replicas.a.write(insert, { repositories: rows });
    await remove(replicas.a, namespace);
    const again = namespaceRow(account.id, region.id, namespace.name);
    await replicas.a.write(addNamespace, { row: again, actor });
    for (const { name } of [rows[0], rows.at(-1)].filter((row) => row !== undefined)) {
      await push(replicas.b, again, name);
      assert.equal((await findRepository(replicas.b.db, region.id, name))?.namespaceId, again.id);
    }
    await new RemovedNamespaces(replicas.a, new Leases(replicas.a, new MovableClock())).run(never);
    const left = await replicas.a.db.selectFrom('repositories').select('namespace_id').execute();
    assert.deepEqual(
      left.map(({ namespace_id }) => namespace_id),
      [again.id, again.id],
    );
  });

  test('it is cleared away in pieces of a few hundred rows, each of which is told to the caches', async () => {
    await using replicas = await open();
    const { namespace } = await newNamespace(replicas.a);
    const rows = times(3, (index) => repositoryRow(namespace, `r${index}`));
    for (const repository of rows)
      await replicas.a.write(insert, { repositories: [repository], ...contentOf(repository) });
    await replicas.a.write(insert, {
      uploads: times(5, () => uploadRow(namespace)),
    });
    await remove(replicas.a, namespace);
    const told = new Set<string>();
    replicas.a.onChange((changes) => {
      for (const { kind, id } of changes) if (kind === 'tag') told.add(id);
    });
    let pieces = 0;
    while (await replicas.a.write(clearRemovedNamespace, undefined)) pieces++;
    assert.ok(pieces >= (3 * 3 * MANY) / 300, `${pieces} pieces`);
    assert.equal(told.size, 3 * MANY);
    for (const { id } of rows) assert.deepEqual(await leftOf(replicas.a, id), [0, 0, 0, 0]);
    for (const table of ['repositories', 'uploads', 'namespaces'] as const)
      assert.deepEqual(await replicas.a.db.selectFrom(table).select('id').execute(), [], table);
    assert.equal(await findRemovedNamespace(replicas.a.db), undefined);
  });

  test('clearing that was cut goes on with the next run, and two replicas never clear at once', async () => {
    await using replicas = await open();
    const { namespace } = await newNamespace(replicas.a);
    const repository = repositoryRow(namespace);
    await replicas.a.write(insert, { repositories: [repository], ...contentOf(repository) });
    await remove(replicas.a, namespace);
    const clock = new MovableClock();
    const clearing = (database: Database) => new RemovedNamespaces(database, new Leases(database, clock));
    const stop = new AbortController();
    replicas.a.onChange((changes) => {
      if (changes.some(({ kind }) => kind === 'tag')) stop.abort();
    });
    await clearing(replicas.a).run(stop.signal);
    assert.ok(await findRemovedNamespace(replicas.a.db), 'not all went');
    await Promise.all([clearing(replicas.a).run(never), clearing(replicas.b).run(never)]);
    assert.equal(await findRemovedNamespace(replicas.b.db), undefined);
  });
});
