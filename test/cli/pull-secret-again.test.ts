import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { parse } from 'yaml';
import { transcript } from '../support/transcript.ts';
import { Owner } from './owner.ts';

describe('pull-secret --create-service-id, run again', () => {
  const owner = Owner.ofTests('birds', 'fishes', 'trees');

  const authOf = (yaml: string): string => {
    const config = JSON.parse(Buffer.from(parse(yaml).data['.dockerconfigjson'], 'base64').toString());
    return config.auths[owner.registry.host].auth;
  };

  const scopeOf = async (auth: string, scope: string): Promise<string | undefined> => {
    const headers = { authorization: `Basic ${auth}` };
    const query = `service=registry&scope=repository:${scope}`;
    const response = await owner.registry.fetch(`/oauth/token?${query}`, { headers });
    return ((await response.json()) as { scope?: string }).scope;
  };

  test('it takes up the service ID and the policy it made, and adds a key; the first secret works on', async () => {
    const first = authOf(await owner.says('pull-secret birds --create-service-id'));
    const turn = await owner.run('pull-secret birds --create-service-id');
    assert.equal(turn.code, 0, transcript(turn));
    assert.match(turn.stderr, /^The service ID 'pull-birds' exists already and gets another API key\.$/m);
    const second = authOf(turn.stdout);
    assert.notEqual(second, first);
    for (const auth of [first, second]) {
      assert.equal(await scopeOf(auth, 'birds/a:pull,push'), 'repository:birds/a:pull');
      assert.equal(await scopeOf(auth, 'fishes/a:pull'), '');
    }
    assert.equal((await owner.json('iam service-ids -n pull-birds')).length, 1);
    assert.equal((await owner.json('iam service-policies pull-birds')).length, 1);
    const keys: { name: string }[] = await owner.json('iam service-api-keys pull-birds');
    assert.deepEqual(keys.map(({ name }) => name).sort(), ['pull-secret', 'pull-secret-2']);
  });

  test('a service ID of that name without a policy is given the policy', async () => {
    await owner.says('iam service-id-create pull-fishes');
    const auth = authOf(await owner.says('pull-secret fishes --create-service-id'));
    assert.equal(await scopeOf(auth, 'fishes/a:pull,push'), 'repository:fishes/a:pull');
    assert.equal((await owner.json('iam service-ids -n pull-fishes')).length, 1);
  });

  test('a service ID of that name that may do anything else is refused, and gets no key', async () => {
    await owner.says('iam service-id-create pull-trees');
    const more =
      '--roles Writer --service-name container-registry --resource-type namespace --resource birds';
    const { id } = await owner.json(`iam service-policy-create pull-trees ${more}`);
    const refused = await owner.run('pull-secret trees --create-service-id');
    assert.equal(refused.code, 1, transcript(refused));
    assert.match(refused.stderr, /'pull-trees' exists already and may do more than pull from 'trees'/);
    assert.match(refused.stderr, /--service-id-name/);
    await owner.says(`iam service-policy-delete pull-trees ${id} -f`);
    await owner.says('iam access-group-create writers');
    await owner.says('iam access-group-service-id-add writers pull-trees');
    assert.equal((await owner.run('pull-secret trees --create-service-id')).code, 1);
    assert.deepEqual(await owner.json('iam service-api-keys pull-trees'), []);
    assert.deepEqual(await owner.json('iam service-policies pull-trees'), []);
    await owner.says('pull-secret trees --create-service-id --service-id-name other');
  });

  test('several service IDs of that name are refused with their IDs', async () => {
    await owner.says('iam service-id-create twin');
    const { id } = await owner.json('iam service-id-create twin -f');
    const refused = await owner.run('pull-secret birds --create-service-id --service-id-name twin');
    assert.equal(refused.code, 1, transcript(refused));
    assert.ok(refused.stderr.includes(id));
  });

  test('where the key cannot be made, nothing that was there before is taken away', async () => {
    const { id } = await owner.json('iam service-id-create pull-many');
    for (let n = 0; n < 20; n++) await owner.says(`iam service-api-key-create k${n} pull-many`);
    const refused = await owner.run('pull-secret birds --create-service-id --service-id-name pull-many');
    assert.notEqual(refused.code, 0);
    assert.equal((await owner.json('iam service-id pull-many')).id, id);
    assert.deepEqual(await owner.json('iam service-policies pull-many'), [], 'the policy is taken back');
  });
});
