/** What the script of a shell asks for when Tab is pressed: `complete -- WORDS`, the last of them unfinished. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { EMPTY_JSON, newManifest } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { run, transcript } from '../support/transcript.ts';
import { Owner } from './owner.ts';
import { startStranger } from './stranger.ts';
import { Terminal } from './terminal.ts';

/** The words offered, and the last line, which tells the shell whether it may offer files. */
const offered = (stdout: string): { words: string[]; last: string | undefined } => {
  const words = stdout.trimEnd().split('\n');
  const last = words.pop();
  return { words: words.map((line) => line.split('\t')[0] ?? ''), last };
};

describe('completion', () => {
  const owner = Owner.ofTests('birds', 'bears', 'fishes');

  const complete = async (...words: string[]): Promise<string[]> => {
    const turn = await owner.run(['complete', '--', ...words]);
    assert.deepEqual([turn.code, turn.stderr], [0, ''], transcript(turn));
    return offered(turn.stdout).words;
  };

  test('commands, groups and flags are offered by what has been typed of them', async () => {
    assert.deepEqual(await complete('cr', 'namespace-'), [
      'namespace-add',
      'namespace-list',
      'namespace-rm',
      'namespace-assign',
    ]);
    assert.deepEqual(await complete('res'), ['resource']);
    assert.deepEqual(await complete('cr', 'image-list', '--f'), ['--format']);
    assert.deepEqual(await complete('cr', 'images', '--f'), ['--format'], 'by its alias too');
    assert.ok((await complete('')).includes('login'));
    assert.deepEqual(await complete('iam', 'api-key-create', 'k', '--action-if-leaked', 'D'), [
      'DISABLE',
      'DELETE',
    ]);
    assert.deepEqual(await complete('no', 'such', ''), []);
  });

  test('a flag that was given is not offered again, unless it may be', async () => {
    assert.ok(!(await complete('cr', 'images', '--quiet', '-')).includes('--quiet'));
    const rule = ['iam', 'trusted-profile-rule-create', 'p', '--conditions', 'x', '--cond'];
    assert.deepEqual(await complete(...rule), ['--conditions']);
  });

  test('namespaces are offered to commands and flags that take one', async () => {
    assert.deepEqual(await complete('cr', 'namespace-rm', 'b'), ['bears', 'birds']);
    assert.deepEqual(await complete('cr', 'namespace-rm', ''), ['bears', 'birds', 'fishes']);
    assert.deepEqual(await complete('cr', 'token-add', '--namespace', 'f'), ['fishes']);
    assert.deepEqual(await complete('cr', 'token-add', '--namespace=f'), ['fishes']);
    assert.deepEqual(await complete('cr', 'images', '--restrict', 'bi'), ['birds']);
    assert.deepEqual(await complete('cr', 'namespace-rm', '-f', 'fi'), ['fishes']);
  });

  test('names of identities and groups are offered, and their IDs once an ID is begun', async () => {
    const { id } = await owner.json('iam service-id-create robin');
    await owner.says('iam service-api-key-create build robin');
    await owner.says('iam access-group-create readers');
    await owner.says('iam trusted-profile-create deployer');
    await owner.says('iam role-create Lister --actions container-registry.image.list');
    await owner.says('resource group-create team');
    assert.deepEqual(await complete('iam', 'service-id', ''), ['robin']);
    assert.deepEqual(await complete('iam', 'service-id', 'ServiceId-'), [id]);
    assert.deepEqual(await complete('iam', 'service-api-key', 'b'), ['build']);
    assert.deepEqual(await complete('iam', 'service-api-key', 'build', 'ro'), ['robin']);
    assert.deepEqual(await complete('iam', 'access-group-policies', 'r'), ['readers']);
    assert.deepEqual(await complete('iam', 'access-group-service-id-add', 'readers', 'r'), ['robin']);
    assert.deepEqual(await complete('iam', 'access-groups', '-s', 'r'), ['robin']);
    assert.deepEqual(await complete('iam', 'trusted-profile', 'd'), ['deployer']);
    assert.deepEqual(await complete('iam', 'role-delete', ''), ['Lister']);
    assert.ok((await complete('resource', 'group', '')).includes('team'));
    assert.deepEqual(await complete('cr', 'namespace-add', 'x', '-g', 't'), ['team']);
    assert.deepEqual(await complete('cr', 'region-set', ''), ['local']);
    assert.equal((await complete('account', 'user-remove', 'owner')).length, 1);
  });

  test('images are offered in steps: the namespace, its repositories, the tags of one; with the registry before them too', async () => {
    const { host } = owner.registry;
    for (const [name, tag] of [
      ['birds/robin', '1'],
      ['birds/robin', '2'],
      ['birds/nested/wren', 'v1'],
    ] as const) {
      const repository = new TestRepository(owner.registry, name);
      await repository.pushBlob(EMPTY_JSON);
      await repository.putManifest(tag, newManifest());
    }
    const inspect = (word: string) => complete('cr', 'image-inspect', word);
    assert.deepEqual(await inspect('b'), ['bears/', 'birds/']);
    assert.deepEqual(await inspect('birds/'), ['birds/nested/wren', 'birds/robin']);
    assert.deepEqual(await inspect('birds/r'), ['birds/robin']);
    assert.deepEqual(await inspect('birds/robin:'), ['birds/robin:1', 'birds/robin:2']);
    assert.deepEqual(await inspect(`${host}/birds/robin:2`), [`${host}/birds/robin:2`]);
    assert.deepEqual(await inspect(`${host}/f`), [`${host}/fishes/`]);
    assert.deepEqual(await inspect('nowhere/x'), []);
    assert.deepEqual(await complete('cr', 'image-tag', 'birds/robin:1', 'birds/ro'), ['birds/robin']);
    assert.deepEqual(await complete('cr', 'image-untag', 'birds/robin:1', 'birds/robin:2'), [
      'birds/robin:2',
    ]);
    assert.deepEqual(await complete('cr', 'images', '--restrict', 'birds/n'), ['birds/nested/wren']);
    assert.deepEqual(await complete('cr', 'image-restore', ''), []);
    await owner.says('cr image-rm birds/robin:1');
    const trashed = await complete('cr', 'image-restore', '');
    assert.equal(trashed[0], 'birds/robin:1');
    assert.match(trashed[1] ?? '', /^birds\/robin@sha256:/);
  });

  test('what belongs to the one named before is offered: policies, members, rules', async () => {
    await owner.says('iam service-id-create wren');
    await owner.says('iam access-group-create singers');
    const { id } = await owner.json('iam service-policy-create wren --roles Reader --namespace birds');
    assert.deepEqual(await complete('iam', 'service-policy', 'wren', ''), [id]);
    assert.deepEqual(await complete('iam', 'access-group-service-id-remove', 'singers', ''), []);
    await owner.says('iam access-group-service-id-add singers wren');
    assert.deepEqual(await complete('iam', 'access-group-service-id-remove', 'singers', ''), ['wren']);
  });

  test('registry tokens are offered by their identifiers, and described', async () => {
    const { id, token } = await owner.json('cr token-add --description nightly');
    const turn = await owner.run(['complete', '--', 'cr', 'token-rm', '']);
    assert.ok(turn.stdout.includes(`${id}\tnightly\n`), turn.stdout);
    assert.ok(!turn.stdout.includes(token));
  });

  test('a name that a shell would read as anything but a word is offered by its ID alone', async () => {
    // bash expands what it is offered, and another user may have chosen the name
    for (const name of ['$(touch pwned)', '`id`', 'two words', "it's", 'a;b', 'twice']) {
      const { id } = await owner.json(['iam', 'service-id-create', name]);
      if (name === 'twice') await owner.says('iam service-id-create twice -f');
      const words = await complete('iam', 'service-id', '');
      assert.ok(words.includes(id) && !words.includes(name), name);
    }
    for (const word of await complete('iam', 'service-id', '')) assert.match(word, /^[\w.@+-]+$/);
  });

  test('files are left to the shell where a flag takes one, and only there', async () => {
    const directive = async (...words: string[]) =>
      offered((await owner.run(['complete', '--', ...words])).stdout).last;
    assert.equal(await directive('iam', 'api-key-create', 'k', '--file', ''), ':0');
    assert.equal(await directive('cr', 'namespace-rm', ''), ':4');
  });
});

test('without a login, and with a server that cannot be reached, nothing is offered and nothing is said', async () => {
  using shell = new Terminal();
  const words = ['complete', '--', 'cr', 'namespace-rm', ''];
  const silent = async () => {
    const turn = await shell.run(words);
    assert.deepEqual([turn.code, turn.stdout, turn.stderr], [0, ':4\n', '']);
  };
  await silent();
  shell.pretend('http://127.0.0.1:1');
  await silent();
  await using refusing = await startStranger((_, response) => response.writeHead(500).end('<html>'));
  shell.pretend(refusing.url);
  await silent();
});

test('a server that does not answer holds the shell up for a moment only', { timeout: 30_000 }, async () => {
  await using stuck = await startStranger(() => {});
  using shell = new Terminal();
  shell.pretend(stuck.url);
  const client = [process.execPath, join(import.meta.dirname, 'client-program.ts')];
  const env = { PATH: process.env.PATH, TIDEGATE_HOME: shell.home };
  const turn = await run([...client, 'complete', '--', 'cr', 'namespace-rm', ''], { env });
  assert.deepEqual([turn.code, turn.stdout, turn.stderr], [0, ':4\n', '']);
});
