import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { Owner } from './owner.ts';

/** Every kind of thing that a command names by its name: how one is made and how it is renamed. */
const KINDS: readonly { kind: string; create: string; rename?: string }[] = [
  { kind: 'service ID', create: 'iam service-id-create', rename: 'iam service-id-update' },
  { kind: 'API key', create: 'iam api-key-create', rename: 'iam api-key-update' },
  { kind: 'trusted profile', create: 'iam trusted-profile-create', rename: 'iam trusted-profile-update' },
  { kind: 'access group', create: 'iam access-group-create', rename: 'iam access-group-update' },
  { kind: 'resource group', create: 'resource group-create', rename: 'resource group-update' },
];

describe('names', () => {
  const owner = Owner.ofTests('birds');

  for (const { kind, create, rename } of KINDS) {
    test(`a second ${kind} of the same name is refused, created or renamed`, async () => {
      await owner.says(`${create} robin`);
      const again = await owner.run(`${create} robin`);
      assert.equal(again.code, 1, again.stdout);
      await owner.says(`${create} wren`);
      const renamed = await owner.run(`${rename} wren -n robin`);
      assert.equal(renamed.code, 1, renamed.stdout);
      await owner.says(`${rename} wren -n wren`);
    });
  }

  test('the refusal names the one that has the name, and -f makes a second one', async () => {
    for (const [kind, create] of [
      ['service ID', 'iam service-id-create'],
      ['API key', 'iam api-key-create'],
    ] as const) {
      const { id } = await owner.json(`${create} twin`);
      const { stderr } = await owner.run(`${create} twin`);
      assert.match(stderr, new RegExp(`FAILED\nThe ${kind} ${id} has the name 'twin' already\\. `), stderr);
      assert.match(stderr, / -f/);
      assert.notEqual((await owner.json(`${create} twin -f`)).id, id);
    }
  });

  test('two service IDs may each have an API key of the same name', async () => {
    await owner.says('iam service-id-create owl');
    await owner.says('iam service-id-create hawk');
    await owner.says('iam service-api-key-create k owl');
    await owner.says('iam service-api-key-create k hawk');
    const again = await owner.run('iam service-api-key-create k owl');
    assert.equal(again.code, 1);
    assert.match(again.stderr, /has the name 'k' already/);
  });

  test('a second rule or link of the same name in one profile is refused', async () => {
    await owner.says('iam trusted-profile-create ways');
    const condition = '--conditions claim:namespace,operator:EQUALS,value:default --cr-type IKS_SA';
    const rule = `iam trusted-profile-rule-create ways ${condition}`;
    const crn = 'crn:v1:bluemix:public:containers-kubernetes:us-south:a/1:c::';
    const link = `iam trusted-profile-link-create ways --link-crn ${crn} --link-namespace n`;
    for (const [line, other] of [
      [`${rule} --name pods`, `${rule}`],
      [`${link} --link-name a --name ci`, `${link} --link-name b`],
    ] as const) {
      await owner.says(line);
      const again = await owner.run(line.replace('--link-name a', '--link-name c'));
      assert.equal(again.code, 1);
      assert.match(again.stderr, /has the name '(?:pods|ci)' already/);
      await owner.says(other);
      await owner.says(`${line.replace('--link-name a', '--link-name d')} -f`);
    }
  });
});
