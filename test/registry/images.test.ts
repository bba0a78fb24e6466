import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import type { RemoteApiImage } from '../../src/wire/images.ts';
import { jsonOf, newBytes, OCI_INDEX } from '../spec/content.ts';
import { TestRegistry } from '../support/registry.ts';
import { StatementLog } from '../support/statement-log.ts';

/** More repositories, and more tags of a digest and of a repository, than one statement may read. */
const REPOSITORIES = 220;
const TAGS = 450;
const DIGESTS = 30;

describe('GET /api/v1/images of more than a page', () => {
  let registry: TestRegistry;
  /** The most rows a statement has read. */
  let most = 0;
  const statements = new StatementLog();
  before(async () => {
    registry = await TestRegistry.start({
      onRead: (statement) => {
        most = Math.max(most, statement.rows);
        statements.note(statement);
      },
    });
    await registry.namespaceAdd('birds');
    await registry.namespaceAdd('bees');
    const names = Array.from(
      { length: REPOSITORIES },
      (_, index) => `birds/r${String(index).padStart(3, '0')}`,
    );
    for (const name of names) await push(name, ['1']);
    await push('birds/many', tagsOf('v', TAGS));
    for (let count = 0; count < DIGESTS; count++) await push('birds/many', tagsOf(`d${count}-`, 10));
    await push('bees/one', ['1']);
  });
  after(() => registry[Symbol.asyncDispose]());

  const tagsOf = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`);

  /** An index of nothing, under these tags. */
  const push = async (repository: string, tags: readonly string[]): Promise<void> => {
    const body = jsonOf({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [],
      annotations: { nonce: newBytes(8).toString('hex') },
    });
    for (let start = 0; start < tags.length; start += 90) {
      const [first, ...more] = tags.slice(start, start + 90);
      const query = more.map((tag) => `tag=${tag}`).join('&');
      const { status } = await registry.v2('PUT', `${repository}/manifests/${first}?${query}`, {
        headers: { 'Content-Type': OCI_INDEX },
        body,
      });
      assert.equal(status, 201);
    }
  };

  const images = async (query = ''): Promise<RemoteApiImage[]> => {
    const response = await registry.api('GET', `/api/v1/images${query}`);
    assert.equal(response.status, 200, response.status === 200 ? '' : await response.text());
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    return (await response.json()) as RemoteApiImage[];
  };

  const repositoryOf = ({ RepoDigests: [name = ''] }: RemoteApiImage): string =>
    name.slice(name.indexOf('/') + 1, name.indexOf('@'));

  test('every digest is there once with all its tags, by repository, and no statement read more than 200 rows', async () => {
    const listed = await images();
    assert.equal(listed.length, REPOSITORIES + 1 + DIGESTS + 1);
    assert.equal(new Set(listed.flatMap(({ RepoDigests }) => RepoDigests)).size, listed.length);
    const repositories = listed.map(repositoryOf);
    assert.deepEqual(repositories.slice(1), repositories.slice(1).toSorted(), 'birds, behind bees');
    const counts = new Map<number, number>();
    for (const { RepoTags, DigestTags, RepoDigests } of listed) {
      counts.set(RepoTags.length, (counts.get(RepoTags.length) ?? 0) + 1);
      assert.deepEqual(Object.values(DigestTags), [RepoTags]);
      assert.ok(RepoDigests[0]?.endsWith(Object.keys(DigestTags)[0] ?? ' '));
    }
    assert.deepEqual(
      counts,
      new Map([
        [1, REPOSITORIES + 1],
        [10, DIGESTS],
        [TAGS, 1],
      ]),
    );
    const many = listed.find(({ RepoTags }) => RepoTags.length === TAGS);
    const name = `${registry.host}/birds/many`;
    assert.deepEqual(
      many?.RepoTags,
      tagsOf('v', TAGS)
        .toSorted()
        .map((tag) => `${name}:${tag}`),
    );
    assert.ok(most <= 200, `${most} rows at once`);
  });

  test('several small repositories are read with one statement', async () => {
    const { length } = await statements.fewest(() => images());
    assert.ok(length < REPOSITORIES / 4, `${length} statements for ${REPOSITORIES} repositories`);
  });

  test('filters restrict the list; an empty one is no filter', async () => {
    const all = await images();
    for (const query of [
      '?repository=',
      '?namespace=',
      '?namespace=&repository=&includeManifestLists=&includeIBM=&includePrivate=',
    ])
      assert.deepEqual(await images(query), all, query);
    assert.deepEqual((await images('?namespace=bees')).map(repositoryOf), ['bees/one']);
    assert.deepEqual((await images('?repository=birds/r007')).map(repositoryOf), ['birds/r007']);
    assert.deepEqual((await images(`?repository=${registry.host}/birds/r008`)).map(repositoryOf), [
      'birds/r008',
    ]);
    assert.equal((await images('?repository=birds/many')).length, DIGESTS + 1);
    for (const query of [
      '?namespace=none',
      '?repository=birds/none',
      '?includeManifestLists=false',
      '?includePrivate=false',
    ])
      assert.deepEqual(await images(query), [], query);
  });

  test('an empty value is not ignored where something is made or removed', async () => {
    const made = await registry.api('POST', '/api/v1/tokens?namespace=');
    assert.equal(made.status, 404);
    assert.equal((await registry.api('DELETE', '/api/v1/tokens?secondaryOwner=')).status, 400);
    assert.equal((await registry.api('GET', '/api/v1/tokens?limit=&start=')).status, 200);
  });
});
