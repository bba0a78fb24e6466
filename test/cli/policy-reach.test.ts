import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { transcript } from '../support/transcript.ts';
import { Owner } from './owner.ts';

interface Term {
  readonly key: string;
  readonly operator: string;
  readonly value: string;
}

describe('what a policy reaches', () => {
  const owner = Owner.ofTests('birds', 'fishes');

  /** Makes a service ID and answers the command that gives it a policy. */
  const holder = async (name: string): Promise<string> => {
    await owner.says(`iam service-id-create ${name}`);
    return `iam service-policy-create ${name}`;
  };

  const termsOf = async (line: string): Promise<string[]> => {
    const { resource } = await owner.json(line);
    return (resource.attributes as Term[])
      .filter(({ key }) => key !== 'accountId')
      .map(({ key, operator, value }) => `${key} ${operator} ${value}`);
  };

  const NAMESPACE = [
    'serviceName stringEquals container-registry',
    'resourceType stringEquals namespace',
    'resource stringEquals birds',
  ];

  test('without a service nothing is granted, in every family, created or replaced', async () => {
    await owner.says('iam service-id-create wide');
    await owner.says('iam access-group-create wide');
    await owner.says('iam trusted-profile-create wide');
    for (const family of ['service', 'access-group', 'trusted-profile', 'user']) {
      const who = family === 'user' ? owner.registry.ownerIamId : 'wide';
      const before = (await owner.json(`iam ${family}-policies ${who}`)).length;
      for (const words of ['', '--region local', '--resource birds', '--attributes repository=birds/a']) {
        const turn = await owner.run(`iam ${family}-policy-create ${who} --roles Writer ${words}`);
        assert.equal(turn.code, 2, transcript(turn));
        assert.match(turn.stderr, /--namespace NAME, --service-name NAME .*--all-services/);
      }
      assert.equal((await owner.json(`iam ${family}-policies ${who}`)).length, before);
      const { id } = await owner.json(`iam ${family}-policy-create ${who} --roles Reader --namespace birds`);
      assert.equal((await owner.run(`iam ${family}-policy-update ${who} ${id} --roles Writer`)).code, 2);
      const changed = await owner.json(`iam ${family}-policy-update ${who} ${id} -r Writer --all-services`);
      assert.equal(changed.resource.attributes.at(-1).key, 'serviceType');
    }
  });

  test('--all-services grants on all services, and goes with no service', async () => {
    const create = await holder('everywhere');
    assert.deepEqual(await termsOf(`${create} --roles Viewer --all-services`), [
      'serviceType stringEquals service',
    ]);
    for (const words of ['--service-name container-registry', '--namespace birds', '--account-management'])
      assert.equal((await owner.run(`${create} --roles Viewer --all-services ${words}`)).code, 2, words);
  });

  test('a resource group, the management of the account, and a service by --attributes are bounds too', async () => {
    const create = await holder('bounded');
    for (const words of [
      '--resource-group-name Default',
      '--account-management',
      '--attributes serviceName=iam-groups',
    ])
      await owner.says(`${create} --roles Viewer ${words}`);
  });

  test('--namespace is the short form of service, resource type and resource', async () => {
    const create = await holder('robin');
    assert.deepEqual(await termsOf(`${create} --roles Reader --namespace birds`), NAMESPACE);
    for (const words of ['--resource birds', '--resource-type namespace', '--service-name iam-groups'])
      assert.equal((await owner.run(`${create} --roles Reader --namespace birds ${words}`)).code, 2, words);
    await owner.says(`${create} --roles Writer --namespace birds --service-name container-registry`);
  });

  test('--repository narrows to repositories of a namespace, by name or by a pattern', async () => {
    const create = await holder('wren');
    assert.deepEqual(await termsOf(`${create} --roles Reader,Writer --repository birds/blue*`), [
      ...NAMESPACE,
      'repository stringMatch birds/blue*',
    ]);
    const may = async (action: string, repository: string): Promise<boolean> => {
      const line = `iam explain --subject serviceid:wren --action ${action} --resource ${repository}`;
      return (await owner.json(line)).allowed;
    };
    assert.deepEqual([await may('push', 'birds/bluebird'), await may('push', 'birds/robin')], [true, false]);
    assert.equal(await may('pull', 'fishes/bluefish'), false);
    const exact = await termsOf(`${create} --roles Reader --namespace fishes --repository fishes/cod`);
    assert.equal(exact.at(-1), 'repository stringEquals fishes/cod');
    const every = await termsOf(`${create} --roles Reader --repository */base`);
    assert.deepEqual(every, [NAMESPACE[0], 'repository stringMatch */base']);
    for (const words of ['--repository birds', '--namespace fishes --repository birds/a'])
      assert.equal((await owner.run(`${create} --roles Reader ${words}`)).code, 2, words);
  });

  test('a policy that names a namespace that is not there is made, and warned about', async () => {
    const create = await holder('owl');
    const place = '--service-name container-registry --resource-type namespace --resource';
    const warning = (name: string) =>
      `Warning: you see no namespace '${name}' in region 'local'. The policy counts as soon as there is one.\n`;
    for (const [words, name] of [
      ['--namespace bird', 'bird'],
      [`${place} bords`, 'bords'],
      ['--repository brids/a*', 'brids'],
      ['--namespace berds --api-version v1', 'berds'],
    ] as const) {
      const turn = await owner.run(`${create} --roles Reader ${words} -o json`);
      assert.deepEqual([turn.code, turn.stderr], [0, warning(name)], transcript(turn));
    }
    for (const words of ['--namespace fishes', `${place} birds`, '--namespace eagles --region eu-de']) {
      const turn = await owner.run(`${create} --roles Writer ${words}`);
      assert.deepEqual([turn.code, turn.stderr], [0, ''], transcript(turn));
    }
  });

  test('a policy from a file is warned about too', async () => {
    const create = await holder('hawk');
    const file = join(owner.shell.home, 'policy.json');
    const term = (key: string, value: string): Term => ({ key, operator: 'stringEquals', value });
    const place = [term('serviceName', 'container-registry'), term('resource', 'nobirds')];
    const document = {
      control: { grant: { roles: [{ role_id: 'crn:v1:bluemix:public:iam::::serviceRole:Reader' }] } },
      resource: { attributes: [term('accountId', owner.registry.accountId), ...place] },
    };
    writeFileSync(file, JSON.stringify(document));
    assert.match((await owner.run(`${create} --file ${file}`)).stderr, /no namespace 'nobirds'/);
  });
});
