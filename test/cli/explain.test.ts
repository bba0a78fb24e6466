import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { transcript } from '../support/transcript.ts';
import { Terminal } from './terminal.ts';

describe('iam explain', () => {
  let registry: TestRegistry;
  const shell = new Terminal();

  before(async () => {
    registry = await TestRegistry.start();
    await registry.namespaceAdd('birds');
    await shell.logIn(registry.url, registry.apikey);
  });
  after(async () => {
    shell[Symbol.dispose]();
    await registry[Symbol.asyncDispose]();
  });

  const explained = async (...words: string[]) => {
    const turn = await shell.run(['iam', 'explain', ...words, '-o', 'json']);
    assert.equal(turn.code, 0, transcript(turn));
    return JSON.parse(turn.stdout);
  };

  /** A request that was refused: the id it shows. */
  const refused = async (path: string, scope: string): Promise<string> => {
    const token = await registry.bearer(scope);
    const response = await registry.fetch(path, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(response.status, 401);
    const { errors } = (await response.json()) as { errors: [{ detail: { 'request-id': string } }] };
    return errors[0].detail['request-id'];
  };

  test('says that the owner may push, and by what right', async () => {
    const found = await explained('--action', 'push', '--resource', 'birds/bluebird');
    assert.equal(found.allowed, true);
    assert.equal(found.because, "Manager, as the account's owner");
    assert.equal(found.action, 'container-registry.image.push');
    assert.equal(found.resource, 'repository birds/bluebird');
  });

  test('says that there is no such namespace, to whoever could do something in it', async () => {
    const found = await explained('--action', 'pull', '--resource', 'absent');
    assert.equal(found.allowed, false);
    assert.match(found.because, /the account has no namespace absent here/);
  });

  test('a refused request is explained by the id it shows: then and now', async () => {
    const id = await refused('/v2/birds/bluebird/manifests/1', 'repository:birds/other:pull');
    const found = await explained(id);
    assert.equal(found.refused.because, 'the token was not asked for this');
    assert.equal(found.refused.times, 1);
    assert.equal(found.allowed, true, 'the identity itself may');
    const { stdout } = await shell.run(['iam', 'explain', id]);
    assert.match(stdout, /^Because then +the token was not asked for this$/m);
  });

  test('the same refusal in the same minute is one, found by each of its requests, also after it was written', async () => {
    registry.clock.advance(60_000);
    const scope = 'repository:birds/other:pull';
    const first = await refused('/v2/birds/twice/manifests/1', scope);
    const second = await refused('/v2/birds/twice/manifests/1', scope);
    assert.equal((await explained(second)).refused.times, 2);
    await registry.restart();
    await shell.logIn(registry.url, registry.apikey);
    assert.deepEqual((await explained(first)).refused, (await explained(second)).refused);
    assert.equal((await explained(first)).refused.times, 2);
  });

  test('after seven days a refusal is forgotten', async () => {
    const id = await refused('/v2/birds/old/manifests/1', 'repository:birds/other:pull');
    registry.clock.advance(7 * 24 * 3_600_000 + 1);
    await shell.logIn(registry.url, registry.apikey);
    assert.equal((await shell.run(['iam', 'explain', id])).code, 4);
  });

  test('what was not refused, and what is nobody’s, is not there', async () => {
    assert.equal((await shell.run('iam explain 00000000000000000000000000000000')).code, 4);
    const challenge = await registry.fetch('/v2/');
    const id = challenge.headers.get('x-request-id');
    if (id) assert.equal((await shell.run(['iam', 'explain', id])).code, 4);
  });

  test('another account is told nothing, and a namespace of it looks like an absent one', async () => {
    const id = await refused('/v2/birds/bluebird/manifests/9', 'repository:birds/other:pull');
    const made = await shell.run('account-create other -o json');
    const { apikey } = JSON.parse(made.stdout);
    using stranger = new Terminal();
    await stranger.logIn(registry.url, apikey);
    assert.equal((await stranger.run(['iam', 'explain', id])).code, 4);
    const answers = [];
    for (const namespace of ['birds', 'absent']) {
      const turn = await stranger.run([
        'iam',
        'explain',
        '--action',
        'pull',
        '--resource',
        namespace,
        '-o',
        'json',
      ]);
      answers.push(turn.stdout.replaceAll(namespace, '<namespace>'));
    }
    assert.equal(answers[0], answers[1]);
  });

  test('a person who is not in the account, an unknown action and an incomplete question are errors', async () => {
    assert.equal((await shell.run('iam explain')).code, 2);
    const turn = await shell.run('iam explain --action fly --resource birds');
    assert.equal(turn.code, 1);
    assert.match(turn.stderr, /There is no action fly\./);
  });
});
