import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { shows, Terminal } from './terminal.ts';

const hour = 3_600_000;

describe('the session', () => {
  let registry: RegistryProcess;

  before(async () => {
    registry = await startRegistryProcess();
  });
  after(() => registry[Symbol.asyncDispose]());

  const signedIn = async (): Promise<Terminal> => {
    const shell = new Terminal();
    await shell.logIn(registry.url, registry.apikey);
    return shell;
  };

  const sessionOf = (shell: Terminal) => {
    const { session } = shell.remembered();
    assert.ok(session);
    return session;
  };

  test('a refused access token is renewed without a question, and the new one is remembered', async () => {
    using shell = await signedIn();
    const { accessToken, refreshToken } = sessionOf(shell);
    const spoilt = `${accessToken.slice(0, accessToken.lastIndexOf('.'))}.AAAA`;
    shell.remember({ accessToken: spoilt, refreshToken });
    shows(await shell.run('cr namespaces -o json'), { stdout: ['[]'] });
    assert.notEqual(sessionOf(shell).accessToken, spoilt);
  });

  test('an access token that has expired is renewed before it is used', async () => {
    using shell = await signedIn();
    const { accessToken } = sessionOf(shell);
    const clock = { now: () => Date.now() + 2 * hour };
    const { stdout, code } = await shell.run('iam oauth-tokens', { clock });
    assert.equal(code, 0);
    assert.equal(stdout, `IAM token:  Bearer ${sessionOf(shell).accessToken}\n`);
    assert.notEqual(sessionOf(shell).accessToken, accessToken);
  });

  test('several commands may renew at once, and all succeed', async () => {
    using shell = await signedIn();
    const { accessToken, refreshToken } = sessionOf(shell);
    shell.remember({ accessToken: accessToken.replace(/.{4}$/, 'AAAA'), refreshToken });
    const turns = await Promise.all([1, 2, 3].map(() => shell.run('cr namespaces -o json')));
    for (const turn of turns) shows(turn, { stdout: ['[]'] });
    assert.equal(sessionOf(shell).refreshToken, refreshToken);
  });

  test('where the refresh token is refused too, the command ends in 3 and says to log in again', async () => {
    using shell = await signedIn();
    const { accessToken } = sessionOf(shell);
    shell.remember({ accessToken: accessToken.replace(/.{4}$/, 'AAAA'), refreshToken: 'A'.repeat(43) });
    const turn = await shell.run('cr namespaces -o json');
    assert.equal(turn.code, 3);
    assert.equal(turn.stdout, '');
    assert.match(
      turn.stderr,
      /^FAILED\nThe session has ended\. Use 'bx login' to log in again\.\n.+\n\(SESSION_ENDED, request /,
    );
  });

  test('deleting an API key ends its sessions at the next command', async () => {
    using owner = await signedIn();
    const created = await owner.run('iam api-key-create short-lived -o json');
    const key: { id: string; apikey: string } = JSON.parse(created.stdout);
    using shell = new Terminal();
    await shell.logIn(registry.url, key.apikey);
    assert.equal((await shell.run('cr namespaces')).code, 0);
    assert.equal((await owner.run(['iam', 'api-key-delete', key.id, '-f'])).code, 0);
    assert.equal((await shell.run('cr namespaces')).code, 3);
    assert.equal((await shell.run(['login', '--apikey', key.apikey])).code, 5);
    assert.equal((await owner.run('cr namespaces')).code, 0);
  });
});
