import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, describe } from 'node:test';
import { transcript } from '../support/transcript.ts';
import { Owner } from './owner.ts';
import { Terminal } from './terminal.ts';

const PASSWORD = 'a correct horse, and a battery';

describe('account users, login with password or passcode, logout', () => {
  const owner = Owner.ofTests();
  const robin = new Terminal();

  after(() => {
    robin[Symbol.dispose]();
  });

  const passwordFile = (): string => {
    const file = join(robin.home, 'password');
    writeFileSync(file, `${PASSWORD}\n`);
    return `@${file}`;
  };

  const invited = async (email: string): Promise<string> => {
    const turn = await owner.run(['account', 'user-invite', email]);
    assert.equal(turn.code, 0, transcript(turn));
    return /^Code +(\S+)$/m.exec(turn.stdout)?.[1] ?? '';
  };

  test('account show tells the account, the user and the IAM id', async () => {
    const shown = JSON.parse((await owner.run('account show -o json')).stdout);
    assert.equal(shown.account_id, owner.registry.accountId);
    assert.equal(shown.iam_id, owner.registry.ownerIamId);
    assert.match(
      (await owner.run('account show')).stdout,
      new RegExp(`^Account ID +${owner.registry.accountId}$`, 'm'),
    );
  });

  test('a person is invited, joins by the code on standard input, and logs in with a password from a file', async () => {
    const code = await invited('robin@example.com');
    const joining = [
      'account',
      'invitation-accept',
      '-a',
      owner.registry.url,
      '--code',
      '-',
      '-p',
      passwordFile(),
    ];
    const joined = await robin.run(joining, { stdin: `${code}\n` });
    assert.equal(joined.code, 0, transcript(joined));
    assert.notEqual((await robin.run(joining, { stdin: code })).code, 0, 'the code works once');
    const login = ['login', '-a', owner.registry.url, '-u', 'robin@example.com', '-p'];
    const turn = await robin.run([...login, passwordFile()]);
    assert.equal(turn.code, 0, transcript(turn));
    assert.match(turn.stdout, /^User: +robin@example\.com$/m);
    assert.equal((await robin.run([...login, '-'], { stdin: `${PASSWORD}\n` })).code, 0);
    assert.equal((await robin.run([...login, '-'], { stdin: 'wrong\n' })).code, 5);
    assert.match((await owner.run('account users')).stdout, /^robin@example\.com +\S+ +ACTIVE /m);
  });

  test('a policy names a person by e-mail, and counts at once', async () => {
    await owner.registry.namespaceAdd('birds');
    const listed = async () => (await robin.run('cr namespaces -o json')).stdout.trim();
    assert.equal(await listed(), '[]');
    const words =
      '--roles Reader --service-name container-registry --resource-type namespace --resource birds';
    const turn = await owner.run(`iam user-policy-create robin@example.com ${words}`);
    assert.equal(turn.code, 0, transcript(turn));
    assert.equal(JSON.parse(await listed())[0], 'birds');
    const own = JSON.parse((await robin.run('iam explain --action push --resource birds -o json')).stdout);
    assert.equal(own.allowed, false);
    assert.equal(own.policies[0].verdict, 'not this action');
    assert.equal(
      (await robin.run(`iam explain --subject ${owner.registry.ownerIamId} --action pull`)).code !== 0,
      true,
    );
  });

  test('a one-time code logs in from another machine, once', async () => {
    const passcode = (await robin.run('iam passcode -o json')).stdout;
    const { passcode: code } = JSON.parse(passcode);
    using elsewhere = new Terminal();
    const login = ['login', '-a', owner.registry.url, '--passcode', '-'];
    const turn = await elsewhere.run(login, { stdin: `${code}\n` });
    assert.equal(turn.code, 0, transcript(turn));
    const again = await elsewhere.run(login, { stdin: code });
    assert.equal(again.code, 5);
    assert.match(again.stderr, /Get a new one-time code/);
    assert.equal((await elsewhere.run([...login, '-u', 'x'])).code, 2);
  });

  test('logout ends the session on the server: its tokens are refused at once', async () => {
    using other = new Terminal();
    await other.logIn(owner.registry.url, owner.registry.apikey);
    const { session } = other.remembered();
    assert.ok(session);
    const turn = await other.run('logout');
    assert.equal(turn.stdout, 'Logging out...\n\nThe session has ended.\n\nOK\n', transcript(turn));
    assert.equal((await other.run('target')).code, 3);
    other.remember(session, owner.registry.url);
    const after = await other.run('cr namespaces');
    assert.equal(after.code, 3, transcript(after));
    assert.match((await other.run('logout')).stdout, /The session is forgotten\./);
  });

  test('logout forgets the session also where the server cannot be reached', async () => {
    using other = new Terminal();
    other.pretend('http://127.0.0.1:1', 'x', { session_id: 'C-1' });
    const turn = await other.run('logout');
    assert.equal(turn.code, 6, transcript(turn));
    assert.match(turn.stderr, /^The session is forgotten here, but the server did not end it\./m);
    assert.equal(other.remembered().session, undefined);
  });

  test('login -c is refused for an account that the user is not a member of', async () => {
    using other = new Terminal();
    const login = ['login', '-a', owner.registry.url, '--apikey', owner.registry.apikey];
    assert.equal((await other.run([...login, '-c', owner.registry.accountId])).code, 0);
    assert.equal((await other.run([...login, '-c', 'f'.repeat(32)])).code, 5);
    assert.equal((await other.run(['target', '-c', owner.registry.accountId])).code, 0);
  });

  test('a password is changed with the old one', async () => {
    const [file, next] = [passwordFile(), join(robin.home, 'next')];
    writeFileSync(next, 'another battery, as correct\n');
    const wrong = await robin.run(['account', 'password-set', '-p', `@${next}`, '--old-password', '-'], {
      stdin: 'no',
    });
    assert.notEqual(wrong.code, 0);
    const turn = await robin.run(['account', 'password-set', '-p', `@${next}`, '--old-password', file]);
    assert.equal(turn.code, 0, transcript(turn));
    const login = ['login', '-a', owner.registry.url, '-u', 'robin@example.com', '-p'];
    assert.equal((await robin.run([...login, file])).code, 5);
    assert.equal((await robin.run([...login, `@${next}`])).code, 0);
  });

  test('a person who is removed is refused at once', async () => {
    assert.equal((await owner.run('account user-remove robin@example.com')).code, 2, 'it asks first');
    const turn = await owner.run('account user-remove robin@example.com -f');
    assert.equal(turn.code, 0, transcript(turn));
    assert.notEqual((await robin.run('cr namespaces')).code, 0);
    assert.equal((await owner.run('account user-remove robin@example.com -f')).code, 4);
  });

  test('account settings are shown and changed', async () => {
    const turn = await owner.run('iam account-settings-update --session-expiration-in-seconds 3600 -o json');
    assert.equal(turn.code, 0, transcript(turn));
    assert.equal(JSON.parse(turn.stdout).session_expiration_in_seconds, '3600');
    assert.match((await owner.run('iam account-settings')).stdout, /^session_expiration_in_seconds +3600$/m);
    assert.equal((await owner.run('iam account-settings-update')).code, 2);
  });
});
