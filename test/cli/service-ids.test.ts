import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { Owner } from './owner.ts';
import { shows, Terminal } from './terminal.ts';

describe('iam service-id-*, service-api-key-*, service-policy-*', () => {
  const owner = Owner.ofTests('birds', 'fishes');

  const json = (...words: string[]) => owner.json(['iam', ...words]);

  const succeeds = (...words: string[]) => owner.says(['iam', ...words]);

  /** Whether a key may do this to a repository now. */
  const scopeOf = async (apikey: string, scope: string): Promise<string> => {
    const headers = { authorization: `Basic ${Buffer.from(`iamapikey:${apikey}`).toString('base64')}` };
    const response = await owner.registry.fetch(`/oauth/token?service=registry&scope=${scope}`, { headers });
    return ((await response.json()) as { scope?: string }).scope ?? `${response.status}`;
  };

  test('a service ID is created, listed, shown, described, locked and deleted', async () => {
    const turn = await owner.run(['iam', 'service-id-create', 'robin', '-d', 'pulls']);
    const createdAt = /^Created At +(\S+)$/m.exec(turn.stdout)?.[1];
    shows(turn, {
      stdout: [
        "Creating service ID 'robin'...",
        '',
        'ID            ServiceId-<uuid>',
        'Name          robin',
        'Description   pulls',
        'IAM ID        iam-ServiceId-<uuid>',
        `Created At    ${createdAt}`,
        'Locked        false',
        '',
        'OK',
      ],
    });
    const id = (await succeeds('service-id', 'robin', '--uuid')).trim();
    assert.match(id, /^ServiceId-/);
    assert.match(await succeeds('service-ids'), new RegExp(`^${id} +robin +pulls +\\S+ +false$`, 'm'));
    assert.equal(
      (await json('service-id-update', 'robin', '-d', 'pulls at night')).description,
      'pulls at night',
    );
    assert.equal((await json('service-id', id)).name, 'robin');
    await succeeds('service-id-lock', 'robin', '-f');
    assert.equal((await owner.run('iam service-id-delete robin -f')).code, 1);
    await succeeds('service-id-unlock', id);
    await succeeds('service-id-delete', 'robin', '-f');
    assert.equal((await owner.run('iam service-id robin')).code, 4);
  });

  test('a name that several service IDs have is refused with their ids', async () => {
    const twins = [await json('service-id-create', 'twin'), await json('service-id-create', 'twin', '-f')];
    const turn = await owner.run('iam service-id twin');
    assert.equal(turn.code, 1);
    assert.match(turn.stderr, /2 service IDs have the name 'twin'\. Name one by its ID:/);
    for (const { id } of twins) assert.ok(turn.stderr.includes(id));
  });

  test('IBM’s example: a service ID with a key reads one namespace and nothing else, as soon as it has the policy', async () => {
    await succeeds('service-id-create', 'cicd', '-d', 'builds');
    const file = join(owner.shell.home, 'cicd.key');
    const made = await succeeds(
      'service-api-key-create',
      'build',
      'cicd',
      '--file',
      file,
      '--expires-at',
      '2099-01-31',
    );
    assert.match(made, /^Expires At +2099-01-31T00:00\+0000$/m);
    const apikey = readFileSync(file, 'utf8').trim();
    assert.equal(await scopeOf(apikey, 'repository:birds/a:pull,push'), '');
    const policy = await json(
      'service-policy-create',
      'cicd',
      ...'--roles Reader --service-name container-registry --region local'.split(' '),
      ...'--resource-type namespace --resource birds'.split(' '),
    );
    assert.equal(await scopeOf(apikey, 'repository:birds/a:pull,push'), 'repository:birds/a:pull');
    assert.equal(await scopeOf(apikey, 'repository:fishes/a:pull'), '');
    const question = ['--subject', 'serviceid:cicd', '--action', 'pull', '--resource'];
    assert.equal((await json('explain', ...question, 'birds')).because, `policy ${policy.id}`);
    const refused = await json('explain', ...question, 'fishes');
    assert.equal(refused.allowed, false);
    assert.deepEqual(refused.policies, [
      { policy_id: policy.id, subject: policy.subject.attributes[0].value, verdict: 'not this resource' },
    ]);
    await succeeds('service-policy-delete', 'cicd', policy.id, '-f');
    assert.equal(await scopeOf(apikey, 'repository:birds/a:pull'), '');
  });

  test('a key of a service ID is shown, renamed, disabled, enabled, locked and deleted; each counts at once', async () => {
    await succeeds('service-id-create', 'wren');
    const { id, apikey } = await json('service-api-key-create', 'k', 'wren', '--action-if-leaked', 'DELETE');
    const logsIn = async () => {
      using other = new Terminal();
      return (await other.run(['login', '-a', owner.registry.url, '--apikey', apikey])).code;
    };
    assert.equal(await logsIn(), 0);
    assert.equal((await json('service-api-key', 'k', 'wren')).action_when_leaked, 'delete');
    assert.match(await succeeds('service-api-keys', 'wren'), new RegExp(`^k +- +${id} +- `, 'm'));
    assert.equal((await json('service-api-key-update', 'k', 'wren', '-n', 'key')).name, 'key');
    await succeeds('service-api-key-disable', 'key', 'wren');
    assert.equal(await logsIn(), 5);
    await succeeds('service-api-key-enable', 'key', 'wren');
    assert.equal(await logsIn(), 0);
    await succeeds('service-api-key-lock', id, 'wren');
    assert.equal((await owner.run('iam service-api-key-delete key wren -f')).code, 1);
    assert.equal(await logsIn(), 0);
    await succeeds('service-api-key-unlock', 'key', 'wren');
    await succeeds('service-api-key-delete', 'key', 'wren', '-f');
    assert.equal(await logsIn(), 5);
  });

  test('a key of another service ID is not found, also by its id', async () => {
    await succeeds('service-id-create', 'owl');
    await succeeds('service-id-create', 'hawk');
    const { id } = await json('service-api-key-create', 'k', 'owl');
    assert.equal((await owner.run(['iam', 'service-api-key', id, 'hawk'])).code, 4);
    assert.equal((await owner.run(['iam', 'service-api-key-delete', id, 'hawk', '-f'])).code, 4);
  });

  test('keys of the caller have the same commands', async () => {
    const { id } = await json('api-key-create', 'mine', '-d', 'x');
    assert.equal((await json('api-key-update', 'mine', '-d', 'y')).description, 'y');
    for (const verb of ['disable', 'enable', 'lock', 'unlock'])
      await succeeds(`api-key-${verb}`, 'mine', '-f');
    assert.equal((await succeeds('api-key', 'mine', '--uuid')).trim(), id);
    await succeeds('api-key-delete', 'mine', '-f');
    assert.equal((await owner.run(['iam', 'api-key', id])).code, 4);
    assert.equal((await owner.run('iam api-key-create late --expires-at tomorrow')).code, 2);
  });
});
