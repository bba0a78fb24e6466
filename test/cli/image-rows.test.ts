import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import test from 'node:test';
import { byTag, imageRows } from '../../src/cli/commands/cr/image-row.ts';

const image = (repository: string, digest: string, ...tags: string[]) => ({
  Id: digest,
  RepoTags: [],
  RepoDigests: [],
  DigestTags: { [digest]: tags.map((tag) => `${repository}:${tag}`) },
  Created: 1,
  Size: 2,
});

test('each tag has a row, sorted by repository and tag; an image without a tag has none', async () => {
  const images = [
    image('127.0.0.1:5000/fish/cod', 'sha256:c', 'v2'),
    image('127.0.0.1:5000/birds/b', 'sha256:b', 'latest', '1'),
    image('127.0.0.1:5000/birds/b', 'sha256:a', '0'),
    image('127.0.0.1:5000/birds/b', 'sha256:d'),
  ];
  const rows = (
    await Array.fromAsync(imageRows(Readable.from([images.slice(0, 2), images.slice(2)])))
  ).flat();
  rows.sort(byTag);
  assert.deepEqual(
    rows.map(({ Repository, Tag, Digest, Namespace }) => [Repository, Tag, Digest, Namespace]),
    [
      ['127.0.0.1:5000/birds/b', '0', 'sha256:a', 'birds'],
      ['127.0.0.1:5000/birds/b', '1', 'sha256:b', 'birds'],
      ['127.0.0.1:5000/birds/b', 'latest', 'sha256:b', 'birds'],
      ['127.0.0.1:5000/fish/cod', 'v2', 'sha256:c', 'fish'],
    ],
  );
});
