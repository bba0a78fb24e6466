import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as manifests from '../../src/registry/manifests/rows.ts';
import * as reach from '../../src/registry/reach/rows.ts';
import * as repositories from '../../src/registry/repositories/rows.ts';
import * as tags from '../../src/registry/tags/rows.ts';
import { AT, digest, manifestRow, newNamespace, repositoryRow } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

/** What tags reach: from a digest to what holds it, and from tags to what they stand for. */
export const reachQueries = ({ read, write, current }: QueryTester): void => {
  const newImage = async () => {
    const { namespace } = await newNamespace(current());
    const repository = repositoryRow(namespace);
    await write(repositories.insertRepository, repository);
    const layer = digest();
    const image = manifestRow(repository.id);
    await write(manifests.insertManifest, image, [{ target: layer, kind: 'blob' }]);
    const index = manifestRow(repository.id);
    await write(manifests.insertManifest, index, [{ target: image.digest, kind: 'manifest' }]);
    const repositoryId = repository.id;
    const tag = (name: string, of: string) =>
      write(tags.putTag, { repository_id: repositoryId, name, digest: of, updated_at: AT });
    return { repositoryId, layer, image: image.digest, index: index.digest, tag };
  };
  const starting = (start: string): reach.TagPart => ({ start, exact: false });

  test('tags of manifests, and of a repository, are found by how they begin, or by their name', async () => {
    const { repositoryId, image, index, tag } = await newImage();
    for (const name of ['prod', 'prod-1', 'prod-2', 'Prod-3', 'dev-1']) await tag(name, image);
    await tag('prod-multi', index);
    const within = async (digests: string[], part: reach.TagPart, limit = 9) =>
      (await read(reach.tagsWithin, { repositoryId, digests, part, limit })).toSorted();
    assert.deepEqual(await within([image], starting('prod-')), ['prod-1', 'prod-2']);
    assert.deepEqual(await within([image, index], starting('prod-')), ['prod-1', 'prod-2', 'prod-multi']);
    assert.deepEqual(await within([image], { start: 'prod', exact: true }), ['prod']);
    assert.deepEqual(await within([index], { start: 'prod', exact: true }), []);
    assert.equal((await within([image], starting(''), 2)).length, 2);
    const ofPart = (part: reach.TagPart, after: string, limit = 9) =>
      read(reach.tagsOfPart, { repositoryId, part, after, limit });
    assert.deepEqual(await ofPart(starting('prod-'), 'prod-1'), [
      { name: 'prod-2', digest: image },
      { name: 'prod-multi', digest: index },
    ]);
    assert.deepEqual(
      (await ofPart(starting(''), '')).map(({ name }) => name),
      ['Prod-3', 'dev-1', 'prod', 'prod-1', 'prod-2', 'prod-multi'],
    );
    assert.deepEqual(await ofPart({ start: 'prod-2', exact: true }, ''), [{ name: 'prod-2', digest: image }]);
    assert.equal((await ofPart(starting(''), '', 3)).length, 3);
  });

  test('holders, children and subjects are found, of the repository alone', async () => {
    const { repositoryId, layer, image, index } = await newImage();
    const other = await newImage();
    const holders = (digests: string[]) => read(reach.holdersOf, { repositoryId, digests, limit: 9 });
    assert.deepEqual(await holders([layer]), [image]);
    assert.deepEqual((await holders([layer, image])).toSorted(), [image, index].toSorted());
    assert.deepEqual(await holders([other.layer]), []);
    const children = (indexes: string[]) => read(reach.childrenOf, { repositoryId, indexes, limit: 9 });
    assert.deepEqual(await children([image, index]), [image]);
    assert.deepEqual(await children([]), []);
    const refers = (some: string[], to: string) =>
      read(reach.doReferTo, { repositoryId, manifests: some, digest: to });
    assert.deepEqual(
      [await refers([image, index], layer), await refers([index], layer), await refers([], layer)],
      [true, false, false],
    );
    const referrer = manifestRow(repositoryId, { subject: image });
    await write(manifests.insertManifest, referrer, []);
    assert.deepEqual(await read(reach.subjectsOf, repositoryId, [referrer.digest, image]), [image]);
    assert.deepEqual(await read(reach.subjectsOf, other.repositoryId, [referrer.digest]), []);
  });
};
