import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setImmediate as turnEnds } from 'node:timers/promises';
import { PostgresDatabase } from '../../src/database/postgres.ts';
import type { RepositoryRow } from '../../src/database/schema.ts';
import type { Digest } from '../../src/oci/digest.ts';
import type { Tag } from '../../src/oci/reference.ts';
import { findBlobNamed, insertBlob, linkBlob } from '../../src/registry/blobs/rows.ts';
import { findReferenced, insertManifest, type Referenced } from '../../src/registry/manifests/rows.ts';
import { insertRepository } from '../../src/registry/repositories/rows.ts';
import { putTag } from '../../src/registry/tags/rows.ts';
import { AT, digest, manifestRow, newNamespace, repositoryRow, unique } from './database-rows.ts';
import { runQuery } from './database-writes.ts';
import { newDatabaseWithSchema, serverForTests, skip } from './postgres-server.ts';
import { nameOfQuery } from './queries.ts';

suite('lookups of one turn of the event loop on PostgreSQL', { skip }, () => {
  const server = serverForTests();
  const statements: string[] = [];
  let database: PostgresDatabase;

  before(async () => {
    const onRead = ({ text }: { text: string }) => void statements.push(text);
    database = await PostgresDatabase.open(await newDatabaseWithSchema(server()), { onRead });
  });
  after(() => database[Symbol.asyncDispose]());

  const write = (query: unknown, ...args: unknown[]) =>
    database.write(runQuery, { query: nameOfQuery(query), args });

  /** A repository with a manifest that has the tag v1. */
  const newRepository = async (last: string) => {
    const { namespace } = await newNamespace(database);
    const row = repositoryRow(namespace, last);
    await write(insertRepository, row);
    return { row, digest: await newManifest(row) };
  };

  const newManifest = async ({ id }: RepositoryRow): Promise<Digest> => {
    const manifest = manifestRow(id);
    await write(insertManifest, manifest, []);
    await write(putTag, { repository_id: id, name: 'v1', digest: manifest.digest, updated_at: AT });
    return manifest.digest as Digest;
  };

  const placeOf = ({ region_id: regionId, namespace_id: namespaceId, name }: RepositoryRow) => ({
    regionId,
    namespaceId,
    name,
  });

  const byTag = (row: RepositoryRow, tag: string): Promise<Referenced | undefined> =>
    findReferenced(database.db, placeOf(row), { kind: 'tag', tag: tag as Tag });

  const byDigest = (row: RepositoryRow, digest: Digest): Promise<Referenced | undefined> =>
    findReferenced(database.db, placeOf(row), { kind: 'digest', digest });

  test('each is answered for itself: tags and digests that are there and that are not, in several repositories', async () => {
    const [robin, owl] = [await newRepository('robin'), await newRepository('owl')];
    const digestsOf = async (asked: readonly Promise<Referenced | undefined>[]) =>
      (await Promise.all(asked)).map(
        (found) => found && [found.repositoryId, found.digest, !!found.mediaType],
      );
    const elsewhere = { ...robin.row, namespace_id: owl.row.namespace_id };
    const found = await digestsOf([
      byTag(robin.row, 'v1'),
      byTag(owl.row, 'no-such'),
      byDigest(owl.row, robin.digest),
      byTag(owl.row, 'v1'),
      byTag(elsewhere, 'v1'),
      byDigest(owl.row, owl.digest),
      byTag(robin.row, 'v1'),
      byDigest(elsewhere, robin.digest),
    ]);
    assert.deepEqual(found, [
      [robin.row.id, robin.digest, true],
      [owl.row.id, null, false],
      [owl.row.id, robin.digest, false],
      [owl.row.id, owl.digest, true],
      undefined,
      [owl.row.id, owl.digest, true],
      [robin.row.id, robin.digest, true],
      undefined,
    ]);
  });

  test('a blob is answered to the repository that holds it, and to no other that asks with it', async () => {
    const [robin, owl] = [await newRepository('robin'), await newRepository('owl')];
    const blob = {
      region_id: robin.row.region_id,
      digest: digest(),
      size: 7,
      created_at: AT,
      touched_at: AT,
    };
    await write(insertBlob, { ...blob, storage_key: unique('stored') });
    await write(linkBlob, robin.row.id, blob.digest, AT);
    const ask = ({ row }: { row: RepositoryRow }, named = blob.digest) =>
      findBlobNamed(database.db, placeOf(row), named);
    const found = await Promise.all([ask(owl), ask(robin), ask(robin, digest()), ask(robin)]);
    assert.deepEqual(
      found.map((each) => each?.size),
      [undefined, 7, undefined, 7],
    );
  });

  test('up to 64 are one statement, and a lone one leaves with its own turn', async () => {
    const { row, digest } = await newRepository('robin');
    const sent = async (count: number): Promise<number> => {
      statements.length = 0;
      const found = await Promise.all(Array.from({ length: count }, () => byTag(row, 'v1')));
      assert.ok(found.every((each) => each?.digest === digest));
      return statements.length;
    };
    for (const [count, expected] of [
      [1, 1],
      [3, 1],
      [64, 1],
      [65, 2],
      [200, 4],
    ] as const)
      assert.equal(await sent(count), expected, `${count} lookups`);
  });

  test('a lookup sees what was written before it was asked for, with one like it on its way', async () => {
    const { row, digest: before } = await newRepository('robin');
    assert.equal((await byTag(row, 'v1'))?.digest, before);
    const earlier = byTag(row, 'v1');
    await turnEnds();
    const now = await newManifest(row);
    assert.equal((await byTag(row, 'v1'))?.digest, now);
    await earlier;
  });

  test('what PostgreSQL refuses of one lookup leaves the others their answers', async () => {
    const { row, digest } = await newRepository('robin');
    const [good, bad, other] = await Promise.allSettled([
      byTag(row, 'v1'),
      byTag(row, 'v\0'),
      byTag(row, 'no-such'),
    ]);
    assert.equal(good.status === 'fulfilled' && good.value?.digest, digest);
    assert.equal(bad.status === 'rejected' && bad.reason.code, 'BAD_REQUEST');
    assert.equal(other.status === 'fulfilled' && other.value?.digest, null);
  });

  test('of a database that is closed each of them is refused', async () => {
    const { row } = await newRepository('robin');
    const url = await newDatabaseWithSchema(server());
    const gone = await PostgresDatabase.open(url, { retryMs: 0 });
    await gone[Symbol.asyncDispose]();
    const ask = () => findReferenced(gone.db, placeOf(row), { kind: 'tag', tag: 'v1' as Tag });
    for (const outcome of await Promise.allSettled([ask(), ask(), ask()]))
      assert.equal(outcome.status, 'rejected');
  });
});
