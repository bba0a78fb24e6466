import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { Owner } from './owner.ts';
import { shows, Terminal } from './terminal.ts';

interface Key {
  id: string;
  name: string;
  description?: string;
  locked: boolean;
  apikey?: string;
}

describe('iam api-key-*', () => {
  const owner = Owner.ofTests();

  const listed = async (): Promise<Key[]> => JSON.parse((await owner.run('iam api-keys -o json')).stdout);

  const created = async (...words: string[]): Promise<Key> =>
    JSON.parse((await owner.run(['iam', 'api-key-create', ...words, '-o', 'json'])).stdout);

  test('api-key-create shows the secret once, and it logs in', async () => {
    const turn = await owner.run(['iam', 'api-key-create', 'ci', '-d', 'pulls on Mondays']);
    const { stdout } = turn;
    const secret = /^API Key {7}(\S{32,})$/m.exec(stdout)?.[1] ?? '';
    const createdAt = /^Created At {4}(\S+)$/m.exec(stdout)?.[1] ?? '';
    shows(turn, {
      stdout: [
        "Creating API key 'ci'...",
        '',
        'Keep the API key: it cannot be shown again.',
        '',
        'ID            ApiKey-<uuid>',
        'Name          ci',
        'Description   pulls on Mondays',
        `Created At    ${createdAt}`,
        'Locked        false',
        `API Key       ${secret}`,
        '',
        'OK',
      ],
    });
    using other = new Terminal();
    await other.logIn(owner.registry.url, secret);
    assert.ok(!(await owner.run('iam api-keys')).stdout.includes(secret));
    assert.ok(!(await owner.run('iam api-keys -o json')).stdout.includes(secret));
  });

  test('api-keys lists the keys with their ids', async () => {
    const { id } = await created('listed', '-d', 'for the list');
    const { stdout, code } = await owner.run('iam api-keys');
    assert.equal(code, 0);
    assert.match(stdout, /^Getting API keys\.\.\.\n\nName +Description +ID +State +Created At +Expires At\n/);
    assert.match(stdout, new RegExp(`^listed +for the list +${id} +- +\\S+ +-$`, 'm'));
    assert.ok((await listed()).some((key) => key.id === id && key.description === 'for the list'));
  });

  test('--file writes the bare key to a new file for its owner only, as docker login reads it', async () => {
    const file = join(owner.shell.home, 'ci.key');
    const { stdout, code } = await owner.run(['iam', 'api-key-create', 'filed', '--file', file]);
    assert.equal(code, 0);
    assert.ok(stdout.includes(`The API key is in ${file}. It cannot be shown again.`));
    const kept = readFileSync(file, 'utf8');
    assert.match(kept, /^[\w-]{32,}\n$/);
    assert.ok(!stdout.includes(kept.trim()));
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
    const basic = Buffer.from(`iamapikey:${kept.trimEnd()}`).toString('base64');
    const headers = { authorization: `Basic ${basic}` };
    assert.equal(
      (await fetch(`${owner.registry.url}/oauth/token?service=registry`, { headers })).status,
      200,
    );
  });

  test('login --apikey @FILE reads every form of a key file: bare, of --file -o json, and of IBM’s client', async () => {
    const [bare, json, ibm] = ['bare.key', 'key.json', 'ibm.json'].map((name) =>
      join(owner.shell.home, name),
    );
    await owner.run(['iam', 'api-key-create', 'bare', '--file', bare ?? '']);
    await owner.run(['iam', 'api-key-create', 'with-json', '--file', json ?? '', '-o', 'json']);
    const { apikey } = await created('of-ibm');
    const fields = { name: 'of-ibm', description: '', createdAt: '2026-01-01T00:00+0000', apikey };
    writeFileSync(ibm ?? '', JSON.stringify(fields, null, '\t'));
    for (const file of [bare, json, ibm]) {
      using other = new Terminal();
      await other.logIn(owner.registry.url, `@${file}`);
      const found = await owner.run(['iam', 'api-key-find', `@${file}`]);
      assert.equal(found.code, 0, found.stderr);
    }
  });

  test('--file with -o json leaves the secret to the file, which holds JSON too', async () => {
    const file = join(owner.shell.home, 'other.json');
    const key = await created('filed-too', '--file', file);
    const kept: Key = JSON.parse(readFileSync(file, 'utf8'));
    assert.deepEqual(Object.keys(kept), ['name', 'description', 'createdAt', 'apikey']);
    assert.equal(kept.name, 'filed-too');
    assert.equal(key.apikey, undefined);
    assert.equal(key.name, 'filed-too');
  });

  test('--file never overwrites, and then no key is made', async () => {
    const before = await listed();
    const file = join(owner.shell.home, 'config.json');
    shows(await owner.run(['iam', 'api-key-create', 'lost', '--file', file]), {
      code: 1,
      stderr: ['FAILED', `Cannot create the file for the key: EEXIST: file already exists, open '${file}'.`],
    });
    assert.deepEqual(await listed(), before);
  });

  test('api-key-delete takes a name or an id, and the key is refused at once', async () => {
    const named = await created('to-go');
    shows(await owner.run('iam api-key-delete to-go -f'), {
      stdout: ["Deleting API key 'to-go'...", '', "Successfully deleted API key 'to-go'", '', 'OK'],
    });
    const byId = await created('to-go');
    assert.equal((await owner.run(['iam', 'api-key-delete', byId.id], { answer: 'y\r' })).code, 0);
    using other = new Terminal();
    for (const { apikey = '' } of [named, byId]) {
      assert.equal((await other.run(['login', '-a', owner.registry.url, '--apikey', apikey])).code, 5);
    }
  });

  test('a name that several keys have is refused with their ids', async () => {
    const ids = [await created('twin'), await created('twin', '-f')].map(({ id }) => id);
    const turn = await owner.run('iam api-key-delete twin -f');
    assert.equal(turn.code, 1);
    const [failed, complaint, ...named] = turn.stderr.trimEnd().split('\n');
    assert.deepEqual([failed, complaint], ['FAILED', "2 API keys have the name 'twin'. Name one by its ID:"]);
    assert.deepEqual(named.sort(), ids.sort());
    assert.equal((await listed()).filter(({ name }) => name === 'twin').length, 2);
  });

  test('an unknown key ends in 4, by name or by id', async () => {
    shows(await owner.run('iam api-key-delete nothing -f'), {
      code: 4,
      stderr: ['FAILED', "There is no API key with the name or ID 'nothing'."],
    });
    const turn = await owner.run('iam api-key-delete ApiKey-00000000-0000-4000-8000-000000000000 -f');
    assert.equal(turn.code, 4, turn.stderr);
  });

  test('api-key-delete asks first, and refuses without a terminal', async () => {
    const { id } = await created('asked');
    const declined = await owner.run('iam api-key-delete asked', { answer: 'n\r' });
    assert.equal(declined.code, 1);
    assert.match(declined.stderr, new RegExp(`Delete API key 'asked' \\(${id}\\)\\?`));
    assert.equal((await owner.run('iam api-key-delete asked')).code, 2);
    assert.ok((await listed()).some((key) => key.id === id));
  });

  test('a key created with --lock cannot be deleted, and still logs in', async () => {
    const { id, apikey = '', locked } = await created('locked', '--lock');
    assert.equal(locked, true);
    const turn = await owner.run('iam api-key-delete locked -f');
    assert.equal(turn.code, 1, turn.stderr);
    assert.match(turn.stderr, /^FAILED\nThe API key locked is locked; unlock it first\.\n\(/);
    assert.match((await owner.run('iam api-keys')).stdout, new RegExp(`^locked +- +${id} +locked +`, 'm'));
    using other = new Terminal();
    await other.logIn(owner.registry.url, apikey);
  });

  test('api-key-find shows the key of a secret and its owner, api-key-leaked does its action-if-leaked', async () => {
    const file = join(owner.shell.home, 'found.json');
    const { id } = await created('found', '--file', file);
    const found = await owner.run(['iam', 'api-key-find', `@${file}`]);
    assert.equal(found.code, 0, found.stderr);
    assert.match(found.stdout, new RegExp(`^ID +${id}\nName +found\n`, 'm'));
    assert.match(found.stdout, /^Belongs To +IBMid-\w+\nAccount +[0-9a-f]{32}\n/m);
    const secret: string = JSON.parse(readFileSync(file, 'utf8')).apikey;
    assert.ok(!found.stdout.includes(secret));
    shows(await owner.run('iam api-key-leaked -', { stdin: `${secret}\n` }), {
      stdout: [
        'Reporting the API key as leaked...',
        '',
        'The API key ApiKey-<uuid> is disabled: it and everything that came from it is refused until it is enabled.',
        '',
        'OK',
      ],
    });
    const again = await owner.run(['iam', 'api-key-find', `@${file}`]);
    assert.equal(again.code, 5);
    assert.match(again.stderr, new RegExp(`the API key found \\(${id}\\) is disabled`));
  });

  test('oauth-tokens prints a token the API takes, and as JSON under iam_token', async () => {
    const { stdout } = await owner.run('iam oauth-tokens');
    const bearer = /^IAM token: {2}(Bearer \S+)\n$/.exec(stdout)?.[1] ?? '';
    const headers = { authorization: bearer, account: owner.registry.accountId };
    assert.equal((await fetch(`${owner.registry.url}/api/v1/namespaces`, { headers })).status, 200);
    assert.deepEqual(JSON.parse((await owner.run('iam oauth-tokens -o json')).stdout), { iam_token: bearer });
  });
});
