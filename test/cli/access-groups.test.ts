import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { transcript } from '../support/transcript.ts';
import { Terminal } from './terminal.ts';

describe('iam access-group-*, role-*', () => {
  let registry: TestRegistry;
  const shell = new Terminal();

  before(async () => {
    registry = await TestRegistry.start();
    await registry.namespaceAdd('birds');
    await shell.logIn(registry.url, registry.apikey);
  });
  after(async () => {
    shell[Symbol.dispose]();
    await registry[Symbol.asyncDispose]();
  });

  const json = async (...words: string[]) => {
    const turn = await shell.run(['iam', ...words, '-o', 'json']);
    assert.equal(turn.code, 0, transcript(turn));
    return JSON.parse(turn.stdout);
  };

  const succeeds = async (...words: string[]) => {
    const turn = await shell.run(['iam', ...words]);
    assert.equal(turn.code, 0, transcript(turn));
    return turn.stdout;
  };

  test('a group is made, listed, shown, changed and deleted', async () => {
    const { id } = await json('access-group-create', 'readers', '-d', 'they read');
    assert.equal((await succeeds('access-group', 'readers', '--id')).trim(), id);
    assert.match(await succeeds('access-groups'), new RegExp(`^readers +${id} +they read$`, 'm'));
    assert.equal((await json('access-group-update', id, '-n', 'viewers')).name, 'viewers');
    await succeeds('access-group-delete', 'viewers', '-f');
    assert.equal((await shell.run(['iam', 'access-group', id])).code, 4);
  });

  test('who is in a group has its policies, from the next request until they are taken out', async () => {
    await succeeds('access-group-create', 'pullers');
    await succeeds('service-id-create', 'robin');
    const { iam_id } = await json('service-id', 'robin');
    const place = '--service-name container-registry --resource-type namespace --resource birds'.split(' ');
    await succeeds('access-group-policy-create', 'pullers', '--roles', 'Reader', ...place);
    const mayPull = async () => {
      const question = ['--subject', 'serviceid:robin', '--action', 'pull', '--resource', 'birds'];
      return (await json('explain', ...question)).allowed;
    };
    assert.equal(await mayPull(), false);
    await succeeds('access-group-service-id-add', 'pullers', 'robin');
    assert.equal(await mayPull(), true);
    assert.equal((await json('access-group-service-ids', 'pullers'))[0].iam_id, iam_id);
    assert.deepEqual(await json('access-group-users', 'pullers'), []);
    assert.ok((await succeeds('access-groups', '-s', 'robin')).includes('pullers'));
    assert.notEqual((await shell.run('iam access-group-delete pullers -f')).code, 0, 'somebody is in it');
    await succeeds('access-group-service-id-remove', 'pullers', 'robin', '-f');
    assert.equal(await mayPull(), false);
    await succeeds('access-group-user-add', 'pullers', registry.ownerIamId);
    await succeeds('access-group-delete', 'pullers', '-f', '-r');
  });

  test('a role of one’s own is made of actions, given by name, and followed when it changes', async () => {
    const made = ['role-create', 'Lister', '--display-name', 'Lists images', '--actions'];
    const { id } = await json(...made, 'container-registry.image.list,container-registry.namespace.list');
    await succeeds('service-id-create', 'wren');
    const place = ['--service-name', 'container-registry'];
    await succeeds('service-policy-create', 'wren', '--roles', 'Lists images', ...place);
    const may = async (action: string) =>
      (await json('explain', '--subject', 'serviceid:wren', '--action', action, '--resource', 'birds'))
        .allowed;
    assert.deepEqual([await may('list'), await may('pull')], [true, false]);
    await succeeds('role-update', 'Lister', '--actions', 'container-registry.image.pull');
    assert.deepEqual([await may('list'), await may('pull')], [false, true]);
    assert.match(await succeeds('roles', '--service', 'container-registry'), /^Lists images +/m);
    assert.equal(
      (await shell.run('iam service-policy-create wren --roles Unknown --namespace birds')).code,
      4,
    );
    const { policies } = await json(
      'explain',
      '--subject',
      'serviceid:wren',
      '--action',
      'pull',
      '--resource',
      'birds',
    );
    await succeeds('service-policy-delete', 'wren', policies[0].policy_id, '-f');
    await succeeds('role-delete', id, '-f');
  });
});
