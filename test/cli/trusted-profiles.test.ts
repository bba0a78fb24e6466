import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { Owner } from './owner.ts';

describe('iam trusted-profile-*', () => {
  const owner = Owner.ofTests();

  const json = (...words: string[]) => owner.json(['iam', ...words]);

  const succeeds = (...words: string[]) => owner.says(['iam', ...words]);

  test('a profile is created, listed, shown, changed and deleted', async () => {
    const { id } = await json('trusted-profile-create', 'deployer', '-d', 'deploys');
    assert.equal((await succeeds('trusted-profile', 'deployer', '--id')).trim(), id);
    assert.match(await succeeds('trusted-profiles'), new RegExp(`^${id} +deployer +deploys `, 'm'));
    assert.equal((await json('trusted-profile-update', 'deployer', '-n', 'releaser')).name, 'releaser');
    assert.match(await succeeds('trusted-profile', id), /^Description +deploys$/m);
    await succeeds('trusted-profile-delete', 'releaser', '-f');
    assert.equal((await owner.run(['iam', 'trusted-profile', id])).code, 4);
  });

  test('a rule, a link and an identity are added, listed and removed', async () => {
    await succeeds('trusted-profile-create', 'ways');
    const condition = 'claim:namespace,operator:EQUALS,value:default';
    const rule = await json(
      ...[
        'trusted-profile-rule-create',
        'ways',
        '--name',
        'pods',
        '--type',
        'Profile-CR',
        '--cr-type',
        'IKS_SA',
      ],
      ...['--conditions', condition, '--conditions', 'claim:name,operator:EQUALS,value:ci'],
    );
    assert.equal(rule.conditions.length, 2);
    assert.match(
      await succeeds('trusted-profile-rules', 'ways'),
      new RegExp(`^${rule.id} +pods +Profile-CR: namespace EQUALS "default" and name EQUALS "ci"$`, 'm'),
    );
    await succeeds('trusted-profile-rule-delete', 'ways', 'pods', '-f');
    assert.deepEqual(await json('trusted-profile-rules', 'ways'), []);
    assert.equal((await owner.run('iam trusted-profile-rule-create ways --conditions nonsense')).code, 2);

    const crn = 'crn:v1:bluemix:public:containers-kubernetes:us-south:a/1:c::';
    const link = await json(
      ...['trusted-profile-link-create', 'ways', '--name', 'ci', '--cr-type', 'IKS_SA', '--link-crn', crn],
      ...['--link-namespace', 'default', '--link-name', 'ci'],
    );
    assert.match(
      await succeeds('trusted-profile-links', 'ways'),
      new RegExp(`^${link.id} +ci +IKS_SA: `, 'm'),
    );
    await succeeds('trusted-profile-link-delete', 'ways', link.id, '-f');
    assert.deepEqual(await json('trusted-profile-links', 'ways'), []);

    await succeeds('service-id-create', 'robin');
    await succeeds('trusted-profile-identity-create', 'ways', '--id', 'robin', '--id-type', 'serviceid');
    assert.equal((await json('trusted-profile-identities', 'ways')).length, 1);
    await succeeds('trusted-profile-identity-delete', 'ways', 'robin', '--id-type', 'serviceid', '-f');
    assert.deepEqual(await json('trusted-profile-identities', 'ways'), []);
    assert.equal((await owner.run('iam trusted-profile-identity-create ways --id robin')).code, 2);
  });

  test('a profile has policies', async () => {
    await succeeds('trusted-profile-create', 'reader');
    const words = '--roles Reader --service-name container-registry'.split(' ');
    const { id } = await json('trusted-profile-policy-create', 'reader', ...words);
    assert.equal((await json('trusted-profile-policies', 'reader'))[0].id, id);
    await succeeds('trusted-profile-policy-delete', 'reader', id, '-f');
  });
});
