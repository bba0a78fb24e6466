import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameKey } from '../../src/oci/name-key.ts';
import * as activity from '../../src/registry/activity/rows.ts';
import * as listings from '../../src/registry/listings/rows.ts';
import * as manifests from '../../src/registry/manifests/rows.ts';
import * as pulls from '../../src/registry/pulls/rows.ts';
import * as repositories from '../../src/registry/repositories/rows.ts';
import * as tags from '../../src/registry/tags/rows.ts';
import { AT, manifestRow, newNamespace, repositoryRow } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

/** Lists of repositories and tags in pages, and what they are ordered by. */
export const listingQueries = ({ read, write, current }: QueryTester): void => {
  test('repositories by their last push: forwards and backwards, from a place on', async () => {
    const { namespace } = await newNamespace(current());
    const rows = ['a', 'b', 'c'].map((last) => repositoryRow(namespace, last));
    for (const [index, { id }] of rows.entries()) {
      await write(repositories.insertRepository, rows[index] as (typeof rows)[number]);
      const row = { repository_id: id, namespace_id: namespace.id, pushed_at: AT, pulled_at: null };
      await write(activity.insertActivity, row);
      await write(activity.insertActivity, { ...row, pushed_at: AT + 100 });
      await write(activity.noteActivity, id, { pushedAt: AT + index, pulledAt: AT + index });
      await write(activity.noteActivity, id, { pushedAt: AT - 1, pulledAt: AT - 1 });
    }
    const ask = { namespaceId: namespace.id, after: undefined, limit: 2 };
    const newest = await read(listings.repositoriesByPush, { ...ask, descending: true });
    assert.deepEqual(
      newest.map(({ id }) => id),
      [rows[2]?.id, rows[1]?.id],
    );
    const after = { at: AT, by: rows[0]?.id ?? '' };
    const oldest = await read(listings.repositoriesByPush, { ...ask, after, descending: false });
    assert.deepEqual(
      oldest.map(({ pushedAt }) => pushedAt),
      [AT + 1, AT + 2],
    );
    const ids = rows.map(({ id }) => id);
    assert.equal((await read(listings.pushesOf, ids)).get(ids[2] ?? ''), AT + 2);
    assert.equal(await read(listings.countRepositories, namespace.id, 2), 2);
    assert.equal(await read(listings.countRepositories, namespace.id, 10), 3);
    const [facts] = await read(listings.repositoryFacts, ids.slice(1, 2), 10);
    assert.deepEqual(
      [facts?.pushedAt, facts?.pulledAt, facts?.newestTagAt, Number(facts?.tags)],
      [AT + 1, AT + 1, null, 0],
    );
  });

  test('tags by when they were set and by name, numbers as numbers; a tag without a key gets it', async () => {
    const { namespace } = await newNamespace(current());
    const repository = repositoryRow(namespace);
    await write(repositories.insertRepository, repository);
    const { id: repositoryId } = repository;
    const { digest, ...manifest } = manifestRow(repositoryId);
    await write(manifests.insertManifest, { digest, ...manifest }, []);
    const names = ['v1.10', 'v1.9', 'latest'];
    for (const [index, name] of names.entries())
      await write(tags.putTag, { repository_id: repositoryId, name, digest, updated_at: AT + index });
    const ask = { repositoryId, limit: 10 };
    const namesOf = (rows: readonly listings.OrderedTag[]): string[] => rows.map(({ name }) => name);
    const newest = await read(listings.tagsByUpdate, { ...ask, descending: true, after: undefined });
    assert.deepEqual(namesOf(newest), names.toReversed());
    const place = { at: AT, by: 'v1.10' };
    const later = await read(listings.tagsByUpdate, { ...ask, descending: false, after: place });
    assert.deepEqual(namesOf(later), ['v1.9', 'latest']);
    const ordered = await read(listings.tagsByNameKey, { ...ask, after: undefined });
    assert.deepEqual(namesOf(ordered), ['latest', 'v1.9', 'v1.10']);
    const behind = { key: nameKey('v1.9'), name: 'v1.9' };
    assert.deepEqual(namesOf(await read(listings.tagsByNameKey, { ...ask, after: behind })), ['v1.10']);
    assert.deepEqual(namesOf(await read(listings.tagsByName, { ...ask, after: 'latest' })), [
      'v1.10',
      'v1.9',
    ]);
    const part = { start: 'v', exact: false };
    assert.deepEqual(namesOf(await read(listings.orderedTagsOfPart, { ...ask, part, after: 'v1.10' })), [
      'v1.9',
    ]);
    assert.equal(await read(listings.countTags, repositoryId, 10), 3);
    assert.equal(await read(activity.newestTagAt, repositoryId), AT + 2);
    assert.equal(await read(listings.hasUnkeyedTag, repositoryId), false);
    assert.equal(await write(tags.noteNameKeys, repositoryId, 10), 0);
    const found = await read(activity.repositoriesToFill, '', 1000);
    assert.deepEqual(
      found.flatMap((each) => (each.id === repositoryId ? [[each.hasActivity, each.unkeyed]] : [])),
      [[null, null]],
    );
  });

  test('pulls of the digests of a repository, from a place on', async () => {
    const { namespace } = await newNamespace(current());
    const { id } = repositoryRow(namespace);
    const row = { repository_id: id, count: 1, last_at: AT, last_principal: 'p' };
    for (const day of [1, 2]) await write(pulls.addPulls, { ...row, kind: 'digest', reference: 'd', day });
    await write(pulls.addPulls, { ...row, kind: 'tag', reference: 't', day: 1 });
    const all = await read(pulls.pullsOfRepositoryAfter, id, undefined, 10);
    assert.deepEqual(
      all.map(({ day }) => day),
      [1, 2],
    );
    assert.equal((await read(pulls.pullsOfRepositoryAfter, id, all[0], 10)).length, 1);
  });
};
