import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Client, clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { succeeded } from '../support/transcript.ts';
import { writeIndexLayout } from './index-layout.ts';
import { Stand } from './stand.ts';

const present = needs(clients(['skopeo']));
const from = '--src-tls-verify=false';
const to = '--dest-tls-verify=false';
const there = '--tls-verify=false';

const loggedIn = async (stand: Stand, user = 'iamapikey', secret = stand.apikey): Promise<Client> => {
  const skopeo = stand.client('skopeo');
  const password = ['-u', user, '--password-stdin'];
  succeeded(await skopeo.run(['login', there, ...password, stand.host], { stdin: secret }));
  return skopeo;
};

const tagsOf = async (skopeo: Client, repository: string): Promise<string[]> => {
  const { stdout } = succeeded(await skopeo.run(['list-tags', there, `docker://${repository}`]));
  return (JSON.parse(stdout) as { Tags: string[] }).Tags;
};

test('skopeo login, push, pull, list, delete: an index with all its images', present, async () => {
  await using stand = await Stand.open();
  const skopeo = await loggedIn(stand);
  const source = writeIndexLayout(skopeo.room, 'source', 'made');
  for (const tag of ['1', '2'])
    succeeded(
      await skopeo.run(['copy', '--all', to, 'oci:source:made', `docker://${stand.at('finch')}:${tag}`]),
    );
  const content = await stand.content('finch', '1');
  assert.equal(content.digest, source.digest);
  for (const digest of source.images) assert.ok(content.sizes.has(digest), digest);
  assert.deepEqual(await tagsOf(skopeo, stand.at('finch')), ['1', '2']);
  const raw = succeeded(await skopeo.run(['inspect', there, '--raw', `docker://${stand.at('finch')}:1`]));
  assert.equal((JSON.parse(raw.stdout) as { manifests: object[] }).manifests.length, 2);
  const inspected = succeeded(await skopeo.run(['inspect', there, `docker://${stand.at('finch')}:1`]));
  assert.deepEqual((JSON.parse(inspected.stdout) as { RepoTags: string[] }).RepoTags, ['1', '2']);
  // from repository to repository: the layers are mounted, not sent again
  const [first, second] = [`docker://${stand.at('finch')}:1`, `docker://${stand.at('wren')}:1`];
  succeeded(await skopeo.run(['copy', '--all', '--preserve-digests', from, to, first, second]));
  assert.equal((await stand.content('wren', '1')).digest, source.digest);
  assert.ok(stand.wire.said('POST', /mount=/).some(({ status }) => status === 201));
  // skopeo deletes what the tag leads to, and with it every tag that leads there
  succeeded(await skopeo.run(['delete', there, first]));
  assert.deepEqual(await tagsOf(skopeo, stand.at('finch')), []);
  assert.equal(await stand.status('finch/manifests/1'), 404);
  assert.equal((await stand.content('wren', '1')).digest, source.digest);
});

test(
  'skopeo pull, push: sync takes a repository with all its tags to a folder and back',
  present,
  async () => {
    await using stand = await Stand.open();
    const skopeo = await loggedIn(stand);
    const digests = new Map<string, string>();
    for (const tag of ['a', 'b', 'c']) {
      digests.set(tag, writeIndexLayout(skopeo.room, tag, 'made').digest);
      succeeded(
        await skopeo.run(['copy', '--all', to, `oci:${tag}:made`, `docker://${stand.at('robin')}:${tag}`]),
      );
    }
    const docker = ['--src', 'docker', '--dest', 'dir'];
    succeeded(await skopeo.run(['sync', '--all', from, ...docker, stand.at('robin'), 'mirror']));
    assert.deepEqual(readdirSync(join(skopeo.room.outside, 'mirror')).sort(), [
      'robin:a',
      'robin:b',
      'robin:c',
    ]);
    const back = ['--src', 'dir', '--dest', 'docker'];
    succeeded(await skopeo.run(['sync', '--all', to, ...back, 'mirror', stand.at('copies')]));
    for (const [tag, digest] of digests) {
      assert.equal((await stand.content('copies/robin', tag)).digest, digest);
    }
  },
);

test('skopeo login, push, list: with a registry token', present, async () => {
  await using stand = await Stand.open();
  const skopeo = await loggedIn(stand, 'token', await stand.registryToken());
  const { digest } = writeIndexLayout(skopeo.room, 'source', 'made');
  succeeded(await skopeo.run(['copy', '--all', to, 'oci:source:made', `docker://${stand.at('finch')}:1`]));
  assert.equal((await stand.content('finch', '1')).digest, digest);
  assert.deepEqual(await tagsOf(skopeo, stand.at('finch')), ['1']);
});
