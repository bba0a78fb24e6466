import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { Owner } from './owner.ts';
import { Terminal } from './terminal.ts';

describe('iam explain', () => {
  const owner = Owner.ofTests('birds');

  const explained = (...words: string[]) => owner.json(['iam', 'explain', ...words]);

  /** A request that was refused: the id it shows. */
  const refused = async (path: string, scope: string): Promise<string> => {
    const token = await owner.registry.bearer(scope);
    const response = await owner.registry.fetch(path, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(response.status, 401);
    const { errors } = (await response.json()) as { errors: [{ detail: { 'request-id': string } }] };
    return errors[0].detail['request-id'];
  };

  test('says that the owner may push, and why', async () => {
    const found = await explained('--action', 'push', '--resource', 'birds/bluebird');
    assert.equal(found.allowed, true);
    assert.equal(found.because, "Manager, as the account's owner");
    assert.equal(found.action, 'container-registry.image.push');
    assert.equal(found.resource, 'repository birds/bluebird');
  });

  test('says that a namespace does not exist, to an identity that could do something in it', async () => {
    const found = await explained('--action', 'pull', '--resource', 'absent');
    assert.equal(found.allowed, false);
    assert.match(found.because, /the account has no namespace absent here/);
  });

  test('a refused request is explained by the id it shows: the decision then and the decision now', async () => {
    const id = await refused('/v2/birds/bluebird/manifests/1', 'repository:birds/other:pull');
    const found = await explained(id);
    assert.equal(found.refused.because, 'the token was not asked for this');
    assert.equal(found.refused.times, 1);
    assert.equal(found.allowed, true, 'the identity itself may');
    const { stdout } = await owner.run(['iam', 'explain', id]);
    assert.match(stdout, /^Because then +the token was not asked for this$/m);
  });

  test('equal refusals in one minute are one entry, found by the id of each request, also after it was written', async () => {
    owner.registry.clock.advance(60_000);
    const scope = 'repository:birds/other:pull';
    const first = await refused('/v2/birds/twice/manifests/1', scope);
    const second = await refused('/v2/birds/twice/manifests/1', scope);
    assert.equal((await explained(second)).refused.times, 2);
    await owner.registry.restart();
    await owner.shell.logIn(owner.registry.url, owner.registry.apikey);
    assert.deepEqual((await explained(first)).refused, (await explained(second)).refused);
    assert.equal((await explained(first)).refused.times, 2);
  });

  test('after seven days a refusal is forgotten', async () => {
    const id = await refused('/v2/birds/old/manifests/1', 'repository:birds/other:pull');
    owner.registry.clock.advance(7 * 24 * 3_600_000 + 1);
    await owner.shell.logIn(owner.registry.url, owner.registry.apikey);
    assert.equal((await owner.run(['iam', 'explain', id])).code, 4);
  });

  test('a request that was not refused, and one without an identity, is not found', async () => {
    assert.equal((await owner.run('iam explain 00000000000000000000000000000000')).code, 4);
    const challenge = await owner.registry.fetch('/v2/');
    const id = challenge.headers.get('x-request-id');
    if (id) assert.equal((await owner.run(['iam', 'explain', id])).code, 4);
  });

  test('another account learns nothing, and its namespaces look like absent ones', async () => {
    const id = await refused('/v2/birds/bluebird/manifests/9', 'repository:birds/other:pull');
    const made = await owner.run('account-create other -o json');
    const { apikey } = JSON.parse(made.stdout);
    using stranger = new Terminal();
    await stranger.logIn(owner.registry.url, apikey);
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
    assert.equal((await owner.run('iam explain')).code, 2);
    const turn = await owner.run('iam explain --action fly --resource birds');
    assert.equal(turn.code, 1);
    assert.match(turn.stderr, /There is no action fly\./);
  });
});
