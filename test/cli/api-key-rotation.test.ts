import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { needs } from '../support/component.ts';
import { dockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { succeeded } from '../support/transcript.ts';
import { Terminal } from './terminal.ts';

interface Key {
  id: string;
  apikey?: string;
  secrets?: { number: number }[];
}

describe('iam api-key-rotate', () => {
  let registry: RegistryProcess;
  const shell = new Terminal();

  before(async () => {
    registry = await startRegistryProcess();
    await shell.logIn(registry.url, registry.apikey);
  });
  after(async () => {
    shell[Symbol.dispose]();
    await registry[Symbol.asyncDispose]();
  });

  const made = async (...words: string[]): Promise<Key> => {
    const { stdout, stderr, code } = await shell.run(['iam', ...words, '-o', 'json']);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };

  const logsIn = async (apikey: string): Promise<boolean> => {
    using other = new Terminal();
    return (await other.run(['login', '-a', registry.url, '--apikey', apikey])).code === 0;
  };

  test('the next secret is shown once or written to a file; the old one signs in until it is ended', async () => {
    const first = await made('api-key-create', 'ci');
    const file = join(shell.home, 'next.key');
    const turn = await shell.run(['iam', 'api-key-rotate', 'ci', '--grace', '2h', '--file', file]);
    assert.equal(turn.code, 0, turn.stderr);
    const next = readFileSync(file, 'utf8').trim();
    assert.ok(!turn.stdout.includes(next));
    assert.match(turn.stdout, /^2 +\S+ +- +never +- +- +-$/m);
    assert.match(turn.stdout, /^1 +\S+ +\S+ +never +- +- +no$/m);
    assert.deepEqual([await logsIn(first.apikey ?? ''), await logsIn(next)], [true, true]);
    const shown = await shell.run('iam api-key ci');
    assert.match(shown.stdout, /^Secret +Created At +Ends At +Last Used +From +With +Safe To Delete$/m);
    assert.match(shown.stdout, /^1 +\S+ +\S+\+0000 +/m);

    const declined = await shell.run('iam api-key-end-previous ci', { answer: 'n\r' });
    assert.equal(declined.code, 1);
    assert.match(declined.stderr, /End secret 1 of 'ci'\?/);
    assert.equal((await shell.run('iam api-key-end-previous ci -f')).code, 0);
    assert.deepEqual([await logsIn(first.apikey ?? ''), await logsIn(next)], [false, true]);
    const again = await shell.run('iam api-key-end-previous ci -f');
    assert.equal(again.code, 4);
    assert.match(again.stderr, /API key 'ci' has no old secret that signs in\./);
  });

  test('a rotation that would end a secret that still signs in asks first', async () => {
    await made('service-id-create', 'robot');
    const first = await made('service-api-key-create', 'k', 'robot');
    const second = await made('service-api-key-rotate', 'k', 'robot');
    assert.equal(second.id, first.id);
    const declined = await shell.run('iam service-api-key-rotate k robot', { answer: 'n\r' });
    assert.equal(declined.code, 1);
    assert.match(declined.stderr, /Secret 1 of API key 'k' still signs in and was never used\. End it now\?/);
    assert.equal(await logsIn(first.apikey ?? ''), true);
    const third = await made('service-api-key-rotate', 'k', 'robot', '-f');
    assert.deepEqual(
      third.secrets?.map(({ number }) => number),
      [3, 2],
    );
    assert.equal(await logsIn(first.apikey ?? ''), false);
  });

  test('a grace that is no duration is a mistake in usage, and one that is too long is refused', async () => {
    await made('api-key-create', 'graced');
    assert.equal((await shell.run('iam api-key-rotate graced --grace soon')).code, 2);
    assert.notEqual((await shell.run('iam api-key-rotate graced --grace 31d')).code, 0);
    assert.equal((await made('api-key', 'graced')).secrets?.length, 1);
  });

  test('iam secrets lists what ends soon, each secret of a rotated key by itself, and refuses a time that is none', async () => {
    const { id } = await made('api-key-create', 'listed');
    await made('api-key-rotate', 'listed');
    const { stdout, code } = await shell.run('iam secrets --expiring 2d --unused 90d');
    assert.equal(code, 0);
    assert.match(stdout, /^Kind +Name +ID +Of +Expires At +Last Used +By +Why$/m);
    assert.match(stdout, new RegExp(`^api-key +listed +${id} +\\S+ +\\S+Z +never +- +expiring$`, 'm'));
    assert.equal(stdout.match(new RegExp(id, 'g'))?.length, 1, 'the newest does not end');
    const all = await made('secrets');
    assert.ok(Array.isArray(all) && all.length > 2);
    assert.notEqual((await shell.run('iam secrets --expiring soon')).code, 0);
  });

  test(
    'the real docker logs in with both secrets during the overlap, and with the new one alone after it',
    needs(dockerEngine),
    async () => {
      const { apikey: first = '' } = await made('api-key-create', 'docker');
      const { apikey: next = '' } = await made('api-key-rotate', 'docker');
      await using engine = await startDockerEngine('overlay2');
      const login = (apikey: string) =>
        engine.docker(['login', '-u', 'iamapikey', '--password-stdin', registry.host], { stdin: apikey });
      for (const apikey of [first, next]) succeeded(await login(apikey));
      assert.equal((await shell.run('iam api-key-end-previous docker -f')).code, 0);
      assert.notEqual((await login(first)).code, 0);
      succeeded(await login(next));
    },
  );
});
