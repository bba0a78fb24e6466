import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ImageDigest, RemoteApiImage } from '../../src/wire/images.ts';
import { Caller } from '../access/caller.ts';
import { stage } from '../spec/repository.ts';
import { DAY } from '../support/clock.ts';
import { basic } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { IMAGES, ImageDoor } from './image-stage.ts';

const on = stage();
const door = new ImageDoor(on);

describe('every view shows who pushed an image and how often it is pulled', () => {
  test('the identity, the credential and the address of the push; last pull and pulls of 30 days by tag and digest', async () => {
    const { registry } = on;
    const repository = on.repository();
    const image = await repository.pushImage('1');
    const pushedAt = new Date(registry.clock.now()).toISOString();
    for (const reference of ['1', '1', image.descriptor.digest])
      assert.equal((await repository.request('GET', `manifests/${reference}`)).status, 200);
    registry.clock.advance(2 * DAY);
    assert.equal((await repository.request('GET', 'manifests/1')).status, 200);
    const lastAt = new Date(registry.clock.now()).toISOString();
    await registry.restart();
    const shown = await door.inspect(`${repository.name}:1`);
    const { at, by, credential = '', address } = shown.push;
    assert.deepEqual([at, address], [pushedAt, '127.0.0.1']);
    assert.equal(by, `user:${registry.accountId}/${registry.ownerIamId}`);
    assert.match(credential, /^ApiKey-/);
    assert.deepEqual(shown.pulls, { last: lastAt, recent: 4 });
    assert.deepEqual(Object.keys(shown.tagPulls), ['1']);
    const query = `?repository=${repository.name}`;
    const [listed] = (await door.ask('GET', `${IMAGES}${query}`)).body as RemoteApiImage[];
    const [digest] = (await door.ask('POST', `${IMAGES}/digests`, { repositories: [repository.name] }))
      .body as ImageDigest[];
    for (const each of [listed, digest]) {
      assert.deepEqual(each?.push, shown.push);
      assert.deepEqual(each?.pulls, shown.pulls);
    }
    assert.deepEqual(listed?.tagPulls, shown.tagPulls);
    assert.deepEqual(
      digest?.repoTags[`${registry.host}/${repository.name}`]?.['1']?.pulls,
      shown.tagPulls['1'],
    );
    registry.clock.advance(40 * DAY);
    assert.deepEqual((await door.inspect(`${repository.name}:1`)).pulls, { last: lastAt, recent: 0 });
  });

  test('the pulls of more days and tags than one statement reads are all counted', async () => {
    const repository = on.repository();
    const image = await repository.pushImage('t000');
    const tags = Array.from({ length: 90 }, (_, index) => `t${String(index).padStart(3, '0')}`);
    const query = tags.map((tag) => `tag=${tag}`).join('&');
    assert.equal((await repository.putManifest(`t000?${query}`, image.bytes)).status, 201);
    for (let day = 0; day < 3; day++) {
      for (const tag of tags) await repository.request('GET', `manifests/${tag}`);
      on.registry.clock.advance(DAY);
    }
    await on.registry.restart();
    const [listed] = (await door.ask('GET', `${IMAGES}?repository=${repository.name}`))
      .body as RemoteApiImage[];
    assert.equal(listed?.pulls?.recent, 3 * tags.length);
    assert.deepEqual(
      tags.map((tag) => listed?.tagPulls?.[tag]?.recent),
      tags.map(() => 3),
    );
  });

  test('the name of the identity stands beside its id: of a person, a service ID, and of no other account', async () => {
    const { registry } = on;
    const repository = on.repository();
    await repository.pushImage('owner');
    const writer = await door.holding('Writer');
    const { bytes } = await repository.pushImage('both');
    const manifest = Buffer.from(
      JSON.stringify({ ...JSON.parse(bytes.toString()), annotations: { by: 'ci' } }),
    );
    const pushed = await registry.v2('PUT', `${repository.name}/manifests/ci`, {
      body: new Uint8Array(manifest),
      headers: {
        'Content-Type': 'application/vnd.oci.image.manifest.v1+json',
        Authorization: basic('iamapikey', writer.apikey),
      },
    });
    assert.equal(pushed.status, 201);
    const owner = await Caller.login(registry);
    const me = await owner.get(`/v2/accounts/${registry.accountId}/users/${registry.ownerIamId}`);
    const names = { owner: me.body.user_id, ci: 'ci' };
    const query = `?repository=${repository.name}`;
    const shown = async (): Promise<(string | undefined)[]> => {
      const listed = (await door.ask('GET', `${IMAGES}${query}`)).body as RemoteApiImage[];
      const digests = (await door.ask('POST', `${IMAGES}/digests`, { repositories: [repository.name] }))
        .body as ImageDigest[];
      return ['owner', 'ci'].flatMap((tag) => {
        const name = `${registry.host}/${repository.name}`;
        const image = listed.find(({ RepoTags }) => RepoTags.includes(`${name}:${tag}`));
        const digest = digests.find(({ repoTags }) => repoTags[name]?.[tag]);
        return [image?.push?.name, digest?.push?.name];
      });
    };
    assert.deepEqual(await shown(), [names.owner, names.owner, names.ci, names.ci]);
    for (const tag of ['owner', 'ci'] as const)
      assert.equal((await door.inspect(`${repository.name}:${tag}`)).push.name, names[tag]);
    const db = openRows(registry.database);
    await db
      .updateTable('manifests')
      .set({ created_by: `user:another-account/${registry.ownerIamId}` })
      .where('repository_id', 'in', (select) =>
        select.selectFrom('repositories').select('id').where('name', '=', repository.name),
      )
      .execute();
    await db.destroy();
    assert.deepEqual(await shown(), [undefined, undefined, undefined, undefined]);
  });

  test('an image that was never pulled has no last pull', async () => {
    const repository = on.repository();
    await repository.pushImage('1');
    assert.deepEqual((await door.inspect(`${repository.name}:1`)).pulls, { recent: 0 });
  });
});
