import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Client, clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { succeeded } from '../support/transcript.ts';
import { writeIndexLayout } from './index-layout.ts';
import { namespace, Stand } from './stand.ts';

const present = needs(clients(['oras']));
const plain = '--plain-http';
const both = ['--from-plain-http', '--to-plain-http'];
const note = 'application/vnd.tidegate.test.note';

const loggedIn = async (stand: Stand, user = 'iamapikey', secret = stand.apikey): Promise<Client> => {
  const oras = stand.client('oras');
  const login = ['login', plain, '-u', user, '--password-stdin', stand.host];
  succeeded(await oras.run(login, { stdin: secret }));
  return oras;
};

const said = async (oras: Client, ...args: string[]): Promise<string> =>
  succeeded(await oras.run(args)).stdout.trim();

test(
  'oras login, push, pull, list, delete: an artifact of several files, and its tags',
  present,
  async () => {
    await using stand = await Stand.open();
    const oras = await loggedIn(stand);
    const image = stand.at('owl');
    const contents = {
      'one.txt': 'to-whit\n',
      'two.json': '{"to":"whoo"}',
      'three.hex': randomBytes(9999).toString('hex'),
    };
    for (const [name, content] of Object.entries(contents)) oras.room.write(name, content);
    const files = ['one.txt:text/plain', 'two.json:application/json', 'three.hex'];
    await said(oras, 'push', plain, '--artifact-type', note, `${image}:1,latest`, ...files);
    await said(oras, 'pull', plain, '-o', 'got', `${image}:latest`);
    for (const [name, content] of Object.entries(contents))
      assert.equal(readFileSync(join(oras.room.outside, 'got', name), 'utf8'), content);
    await said(oras, 'tag', plain, `${image}:1`, '1.0', '1.0.0');
    assert.deepEqual((await said(oras, 'repo', 'tags', plain, image)).split('\n'), [
      '1',
      '1.0',
      '1.0.0',
      'latest',
    ]);
    assert.deepEqual((await said(oras, 'repo', 'ls', plain, stand.host)).split('\n'), [`${namespace}/owl`]);
    assert.match(await said(oras, 'manifest', 'fetch', plain, `${image}:1`), /"artifactType"/);
    await said(oras, 'manifest', 'delete', plain, '--force', `${image}:1`);
    assert.equal(await stand.status('owl/manifests/latest'), 404, 'oras deletes what the tag leads to');
  },
);

test('oras push, pull, delete: single blobs and manifests', present, async () => {
  await using stand = await Stand.open();
  const oras = await loggedIn(stand);
  const image = stand.at('owl');
  const { room } = oras;
  room.write('blob', randomBytes(5000).toString('hex'));
  const { digest, size } = JSON.parse(
    await said(oras, 'blob', 'push', plain, '--descriptor', image, 'blob'),
  ) as {
    digest: string;
    size: number;
  };
  assert.equal(size, 10_000);
  await said(oras, 'blob', 'fetch', plain, '-o', 'fetched', `${image}@${digest}`);
  assert.deepEqual(readFileSync(join(room.outside, 'fetched')), readFileSync(join(room.outside, 'blob')));
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: note,
  };
  const layers = [{ mediaType: 'text/plain', digest, size }];
  const config = { mediaType: 'application/octet-stream', digest, size };
  room.write('manifest.json', JSON.stringify({ ...manifest, config, layers }));
  await said(oras, 'manifest', 'push', plain, `${image}:made`, 'manifest.json');
  assert.match(await said(oras, 'manifest', 'fetch-config', plain, `${image}:made`), /^[0-9a-f]{10000}$/);
  await said(oras, 'manifest', 'delete', plain, '--force', `${image}:made`);
  await said(oras, 'blob', 'delete', plain, '--force', `${image}@${digest}`);
  assert.equal(await stand.status(`owl/blobs/${digest}`), 404);
});

test('oras push, pull, list: a tree of referrers, copied with its image', present, async () => {
  await using stand = await Stand.open();
  const oras = await loggedIn(stand, 'token', await stand.registryToken());
  const [owl, barn] = [`${stand.at('owl')}:1`, `${stand.at('barn')}:1`];
  oras.room.write('note.txt', 'seen at dusk\n');
  await said(oras, 'push', plain, owl, 'note.txt:text/plain');
  const attached = await said(
    oras,
    'attach',
    plain,
    '--artifact-type',
    note,
    '--format',
    'json',
    owl,
    'note.txt:text/plain',
  );
  const { digest } = JSON.parse(attached) as { digest: string };
  await said(
    oras,
    'attach',
    plain,
    '--artifact-type',
    `${note}.reply`,
    `${stand.at('owl')}@${digest}`,
    'note.txt:text/plain',
  );
  const tree = await said(oras, 'discover', plain, '-o', 'tree', owl);
  assert.match(tree, new RegExp(`${note}\\n[^]*${digest}[^]*${note}\\.reply\\n`));
  assert.ok(stand.wire.said('GET', /\/referrers\/sha256:/).every(({ status }) => status === 200));
  await said(oras, 'cp', '-r', ...both, owl, barn);
  const copy = await said(oras, 'discover', plain, '-o', 'tree', barn);
  assert.equal(copy.split('\n').slice(1).join('\n'), tree.split('\n').slice(1).join('\n'));
  assert.deepEqual(
    (await said(oras, 'repo', 'tags', plain, stand.at('barn'))).split('\n'),
    ['1'],
    'no fallback tag',
  );
});

// Under a tag, oras wants the registry to answer with sha512, which no request can ask for; so by digest.
test('oras push, pull: an index whose digests are sha512, by digest', present, async () => {
  await using stand = await Stand.open();
  const oras = await loggedIn(stand);
  const source = writeIndexLayout(oras.room, 'source', 'made', 'sha512');
  const image = stand.at('owl');
  await said(oras, 'cp', '--from-oci-layout', '--to-plain-http', 'source:made', image);
  await said(oras, 'cp', '--from-plain-http', '--to-oci-layout', `${image}@${source.digest}`, 'pulled:1');
  for (const digest of [source.digest, ...source.images]) {
    assert.match(digest, /^sha512:/);
    const file = join('blobs', digest.replace(':', '/'));
    const [pushed, pulled] = ['source', 'pulled'].map((name) =>
      readFileSync(join(oras.room.outside, name, file)),
    );
    assert.deepEqual(pulled, pushed);
  }
});
