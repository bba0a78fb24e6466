import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { before, describe } from 'node:test';
import { transcript } from '../support/transcript.ts';
import { Owner } from './owner.ts';
import { shows } from './terminal.ts';

describe('iam user-policy-*', () => {
  let user: string;
  const owner = Owner.ofTests();

  before(() => {
    user = owner.registry.ownerIamId;
  });
  const json = (...words: string[]) => owner.json(['iam', ...words]);

  const onBirds = '--service-name container-registry --resource-type namespace --resource birds'.split(' ');

  test('a policy by options is the document of IBM’s API, and is listed, shown and deleted', async () => {
    const made = await json(
      'user-policy-create',
      user,
      '--roles',
      'Reader,Writer',
      ...onBirds,
      '--region',
      'local',
    );
    assert.deepEqual(
      made.control.grant.roles.map(({ role_id }: { role_id: string }) => role_id),
      ['crn:v1:bluemix:public:iam::::serviceRole:Reader', 'crn:v1:bluemix:public:iam::::serviceRole:Writer'],
    );
    assert.deepEqual(made.resource.attributes, [
      { key: 'accountId', operator: 'stringEquals', value: owner.registry.accountId },
      { key: 'serviceName', operator: 'stringEquals', value: 'container-registry' },
      { key: 'region', operator: 'stringEquals', value: 'local' },
      { key: 'resourceType', operator: 'stringEquals', value: 'namespace' },
      { key: 'resource', operator: 'stringEquals', value: 'birds' },
    ]);
    const { stdout } = await owner.run(['iam', 'user-policies', user]);
    assert.match(
      stdout,
      new RegExp(`^${made.id} +Reader, Writer +serviceName=container-registry, region=local, `, 'm'),
    );
    assert.equal((await json('user-policy', user, made.id)).id, made.id);
    shows(await owner.run(['iam', 'user-policy-delete', user, made.id, '-f']), {
      stdout: [
        `Deleting policy '<uuid>' of user '${(await owner.run('target')).stdout.match(/^User: +(.+)$/m)?.[1]}'...`,
        '',
        "Successfully deleted policy '<uuid>'",
        '',
        'OK',
      ],
    });
    assert.ok(!(await json('user-policies', user)).some(({ id }: { id: string }) => id === made.id));
  });

  test('an update replaces roles and resource', async () => {
    const { id } = await json('user-policy-create', user, '--roles', 'Reader', ...onBirds);
    const changed = await json(
      'user-policy-update',
      user,
      id,
      '-r',
      'Manager',
      '--service-name',
      'container-registry',
    );
    assert.equal(changed.id, id);
    assert.equal(changed.resource.attributes.length, 2);
    assert.equal((await owner.run(['iam', 'user-policy-delete', user, id, '-f'])).code, 0);
  });

  test('version 1 has its own field names, and capitals of JSON do not count', async () => {
    const turn = await owner.run([
      'iam',
      'user-policy-create',
      user,
      '--roles',
      'viewer',
      '--all-services',
      '--api-version',
      'v1',
      '--output',
      'JSON',
    ]);
    const made = JSON.parse(turn.stdout);
    assert.equal(made.roles[0].role_id, 'crn:v1:bluemix:public:iam::::role:Viewer');
    assert.deepEqual(made.resources[0].attributes[1].value, 'service');
    assert.equal((await owner.run(['iam', 'user-policy-delete', user, made.id, '-f'])).code, 0);
  });

  test('a policy from a file is for the subject that the command names', async () => {
    const file = join(owner.shell.home, 'policy.json');
    const attribute = (key: string, value: string) => ({ key, operator: 'stringEquals', value });
    const document = {
      subject: { attributes: [attribute('iam_id', 'IBMid-another')] },
      control: { grant: { roles: [{ role_id: 'crn:v1:bluemix:public:iam::::serviceRole:Reader' }] } },
      resource: {
        attributes: [
          attribute('accountId', owner.registry.accountId),
          attribute('serviceName', 'container-registry'),
        ],
      },
    };
    writeFileSync(file, JSON.stringify(document));
    const made = await json('user-policy-create', user, '--file', `@${file}`);
    assert.equal(made.subject.attributes[0].value, user);
    assert.equal((await owner.run(['iam', 'user-policy-delete', user, made.id, '-f'])).code, 0);
    writeFileSync(file, '[');
    assert.equal((await owner.run(['iam', 'user-policy-create', user, '--file', file])).code, 2);
  });

  test('options that contradict each other are refused before anything is created', async () => {
    for (const [words, complaint] of [
      [[], /either --file JSON_FILE or --roles/],
      [['--roles', 'Reader', '--file', 'x'], /either --file JSON_FILE or --roles/],
      [['--roles', ' , ', '--namespace', 'birds'], /Name at least one role/],
      [['--roles', 'Reader', '--attributes', 'repository'], /'repository' is not an attribute/],
      [
        ['--roles', 'Reader', '--resource-group-name', 'a', '--resource-group-id', 'b'],
        /either --resource-group-name or/,
      ],
    ] as const) {
      const turn = await owner.run(['iam', 'user-policy-create', user, ...words]);
      assert.equal(turn.code, 2, transcript(turn));
      assert.match(turn.stderr, complaint);
    }
  });

  test('a policy of another subject, or an unknown one, ends in 4', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000';
    assert.equal((await owner.run(['iam', 'user-policy', user, unknown])).code, 4);
    assert.equal((await owner.run(['iam', 'user-policy-delete', user, unknown, '-f'])).code, 4);
  });
});
