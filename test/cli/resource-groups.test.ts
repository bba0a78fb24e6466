import assert from 'node:assert/strict';
import test from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { transcript } from '../support/transcript.ts';
import { Terminal } from './terminal.ts';

test('a resource group is made, targeted, given namespaces and policies, renamed and deleted', async () => {
  await using registry = await TestRegistry.start();
  using shell = new Terminal();
  const succeeds = async (line: string) => {
    const turn = await shell.run(line);
    assert.equal(turn.code, 0, transcript(turn));
    return turn.stdout;
  };
  await succeeds(`login -a ${registry.url} --apikey ${registry.apikey}`);
  const { id } = JSON.parse(await succeeds('resource group-create team -o json'));
  assert.equal((await succeeds('resource group team --id')).trim(), id);
  assert.match(await succeeds('resource groups'), new RegExp(`^team +${id} +false +ACTIVE$`, 'm'));
  await succeeds('cr namespace-add birds -g team');
  await succeeds('target -g team');
  await succeeds('cr namespace-add fishes');
  await succeeds(`login -a ${registry.url} --apikey ${registry.apikey}`);
  await succeeds('cr namespace-add shared');
  const details = JSON.parse(await succeeds('cr namespace-list -v -o json')) as {
    name: string;
    resource_group: string;
  }[];
  const groupOf = (name: string) => details.find((each) => each.name === name)?.resource_group;
  assert.deepEqual([groupOf('birds'), groupOf('fishes')], [id, id]);
  assert.notEqual(groupOf('shared'), id);
  await succeeds('cr namespace-assign shared -g team');
  assert.notEqual((await shell.run(`cr namespace-assign shared -g ${registry.accountId}`)).code, 0, 'once');
  for (const group of [registry.accountId, id])
    await succeeds(`cr namespace-assign shared -g ${group} --account ${registry.accountId}`);

  await succeeds('iam service-id-create robin');
  const policy = 'iam service-policy-create robin --roles Reader --service-name container-registry';
  await succeeds(`${policy} --resource-group-name team`);
  const explained = await succeeds(
    'iam explain --subject serviceid:robin --action pull --resource shared -o json',
  );
  assert.equal(JSON.parse(explained).allowed, true);

  assert.notEqual((await shell.run('resource group-delete team -f')).code, 0, 'it is not empty');
  await succeeds('resource group-update team -n squad');
  await succeeds('resource group-create empty');
  await succeeds('resource group-delete empty -f');
  assert.equal((await shell.run('resource group empty')).code, 4);
  assert.equal((await shell.run('cr namespace-add other -g empty')).code, 4);
});
