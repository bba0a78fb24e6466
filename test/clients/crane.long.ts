import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Client, clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { refused, succeeded } from '../support/transcript.ts';
import { makeImageSource } from './image.ts';
import { writeIndexLayout } from './index-layout.ts';
import { namespace, Stand } from './stand.ts';

const present = needs(clients(['crane']));

const loggedIn = async (stand: Stand, user = 'iamapikey', secret = stand.apikey): Promise<Client> => {
  const crane = stand.client('crane');
  const login = ['auth', 'login', '--insecure', '-u', user, '--password-stdin', stand.host];
  succeeded(await crane.run(login, { stdin: secret }));
  return crane;
};

/** What a command of crane prints, without the last line's end. */
const said = async (crane: Client, ...args: string[]): Promise<string> =>
  succeeded(await crane.run([...args, '--insecure'])).stdout.trim();

test('crane login, push, pull, list, delete: every command that speaks to a registry', present, async () => {
  await using stand = await Stand.open();
  const crane = await loggedIn(stand);
  const image = stand.at('heron');
  const [tar = ''] = makeImageSource(crane.room).tars.slice(1);
  await said(crane, 'append', '--oci-empty-base', '-f', tar, '-t', `${image}:1`);
  const digest = await said(crane, 'digest', `${image}:1`);
  assert.equal(digest, (await stand.content('heron', '1')).digest);
  await said(crane, 'tag', `${image}:1`, 'stable');
  await said(crane, 'mutate', '--label', 'season=spring', `${image}:1`, '-t', `${image}:2`);
  assert.match(await said(crane, 'config', `${image}:2`), /"season":"spring"/);
  assert.match(await said(crane, 'manifest', `${image}:2`), /"schemaVersion":2/);
  await said(crane, 'flatten', `${image}:2`, '-t', `${image}:flat`);
  assert.deepEqual((await said(crane, 'ls', image)).split('\n'), ['1', '2', 'flat', 'stable']);
  assert.match(await said(crane, 'validate', '--remote', `${image}:2`), /PASS/);
  await said(crane, 'export', `${image}:1`, 'files.tar');
  await said(crane, 'copy', '--all-tags', image, stand.at('egret'));
  assert.deepEqual((await said(crane, 'ls', stand.at('egret'))).split('\n'), ['1', '2', 'flat', 'stable']);
  assert.ok(stand.wire.said('POST', /mount=/).some(({ status }) => status === 201));
  assert.deepEqual((await said(crane, 'catalog', stand.host)).split('\n'), [
    `${namespace}/egret`,
    `${namespace}/heron`,
  ]);
  // by tag, that tag alone; by digest, all of its tags
  await said(crane, 'delete', `${image}:1`);
  assert.deepEqual((await said(crane, 'ls', image)).split('\n'), ['2', 'flat', 'stable']);
  await said(crane, 'delete', `${image}@${digest}`);
  assert.deepEqual((await said(crane, 'ls', image)).split('\n'), ['2', 'flat']);
  refused(await crane.run(['digest', '--insecure', `${image}:stable`]), /MANIFEST_UNKNOWN|404/);
  assert.equal((await stand.content('egret', 'stable')).digest, digest);
});

test('crane push, pull: an index, and one platform of it', present, async () => {
  await using stand = await Stand.open();
  const crane = await loggedIn(stand, 'token', await stand.registryToken());
  const source = writeIndexLayout(crane.room, 'source', 'made');
  const image = `${stand.at('heron')}:1`;
  await said(crane, 'push', '--index', 'source', `${stand.at('heron')}:layout`);
  await said(crane, 'index', 'append', '-m', `${stand.at('heron')}@${source.images[0]}`, '-t', image);
  await said(crane, 'index', 'append', image, '-m', `${stand.at('heron')}@${source.images[1]}`, '-t', image);
  assert.equal(await said(crane, 'digest', '--platform', 'linux/arm64', image), source.images[1]);
  writeFileSync(join(crane.room.outside, 'empty'), '');
  await said(crane, 'pull', '--format=oci', image, 'pulled');
  assert.equal((await stand.content('heron', '1')).sizes.size, 7, 'an index, and three things of each image');
});
