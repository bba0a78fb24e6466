import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { parse } from 'yaml';
import { transcript } from '../support/transcript.ts';
import { Owner } from './owner.ts';

interface Auths {
  auths: Record<string, { username: string; password: string; auth: string }>;
}

describe('pull-secret', () => {
  const owner = Owner.ofTests('birds', 'fishes');

  const read = (yaml: string) => {
    const manifest = parse(yaml);
    assert.equal(manifest.kind, 'Secret');
    assert.equal(manifest.type, 'kubernetes.io/dockerconfigjson');
    const config: Auths = JSON.parse(Buffer.from(manifest.data['.dockerconfigjson'], 'base64').toString());
    return { ...manifest.metadata, login: config.auths[owner.registry.host] };
  };

  const scopeOf = async (auth: string, scope: string) => {
    const headers = { authorization: `Basic ${auth}` };
    const response = await owner.registry.fetch(`/oauth/token?service=registry&scope=${scope}`, { headers });
    return ((await response.json()) as { scope?: string }).scope;
  };

  test('--create-service-id creates all of it: the secret pulls from that namespace and nothing else', async () => {
    const turn = await owner.run(
      'pull-secret birds --create-service-id --kube-namespace default --name birds',
    );
    assert.equal(turn.code, 0, transcript(turn));
    const { name, namespace, login } = read(turn.stdout);
    assert.deepEqual([name, namespace, login?.username], ['birds', 'default', 'iamapikey']);
    const auth = login?.auth ?? '';
    assert.equal(await scopeOf(auth, 'repository:birds/a:pull,push'), 'repository:birds/a:pull');
    assert.equal(await scopeOf(auth, 'repository:fishes/a:pull'), '');
    assert.match((await owner.run('iam service-ids')).stdout, /pull-birds/);
  });

  test('a credential from standard input or a file is written to a file that only its owner can read', async () => {
    const file = join(owner.shell.home, 'secret.yaml');
    const words = ['pull-secret', '--credential', '-', '--user', 'token', '--file', file];
    const turn = await owner.run(words, { stdin: 'a.b.c\n' });
    assert.equal(turn.code, 0, transcript(turn));
    assert.ok(!turn.stdout.includes('a.b.c'));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const { login, namespace } = read(readFileSync(file, 'utf8'));
    assert.deepEqual([login?.username, login?.password, namespace], ['token', 'a.b.c', undefined]);
    assert.equal((await owner.run(words, { stdin: 'x' })).code, 1, 'an existing file is never overwritten');
    const key = join(owner.shell.home, 'key.json');
    writeFileSync(key, JSON.stringify({ name: 'k', apikey: 'secret-of-the-file' }));
    const shown = await owner.run(['pull-secret', '--credential', `@${key}`]);
    assert.equal(read(shown.stdout).login?.password, 'secret-of-the-file');
  });

  test('an incomplete command line is refused, nothing is created, and no file stays', async () => {
    const file = join(owner.shell.home, 'none.yaml');
    for (const words of [
      [],
      ['--create-service-id'],
      ['birds', '--create-service-id', '--credential', 'x'],
      ['--credential', '-'],
      ['--credential', 'x', '--name', 'Not A Name'],
    ]) {
      const turn = await owner.run(['pull-secret', ...words, '--file', file]);
      assert.equal(turn.code, 2, transcript(turn));
      assert.ok(!existsSync(file));
    }
    assert.equal((await owner.run('pull-secret absent --create-service-id')).code, 4);
    assert.ok(!(await owner.run('iam service-ids')).stdout.includes('pull-absent'));
  });
});
