import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { Owner } from './owner.ts';

describe('iam access-group-*, role-*', () => {
  const owner = Owner.ofTests('birds');

  const json = (...words: string[]) => owner.json(['iam', ...words]);

  const succeeds = (...words: string[]) => owner.says(['iam', ...words]);

  test('an access group is created, listed, shown, changed and deleted', async () => {
    const { id } = await json('access-group-create', 'readers', '-d', 'they read');
    assert.equal((await succeeds('access-group', 'readers', '--id')).trim(), id);
    assert.match(await succeeds('access-groups'), new RegExp(`^readers +${id} +they read$`, 'm'));
    assert.equal((await json('access-group-update', id, '-n', 'viewers')).name, 'viewers');
    await succeeds('access-group-delete', 'viewers', '-f');
    assert.equal((await owner.run(['iam', 'access-group', id])).code, 4);
  });

  test('a member of a group has its policies, from the next request until the membership ends', async () => {
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
    assert.notEqual((await owner.run('iam access-group-delete pullers -f')).code, 0, 'it has a member');
    await succeeds('access-group-service-id-remove', 'pullers', 'robin', '-f');
    assert.equal(await mayPull(), false);
    await succeeds('access-group-user-add', 'pullers', owner.registry.ownerIamId);
    await succeeds('access-group-delete', 'pullers', '-f', '-r');
  });

  test('a custom role is created from actions, given by name, and its changes count at once', async () => {
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
      (await owner.run('iam service-policy-create wren --roles Unknown --namespace birds')).code,
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
