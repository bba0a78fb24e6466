import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { onNamespace, v2Policy } from '../access/policy-documents.ts';
import { DAY } from '../support/clock.ts';
import { RetentionWorld } from './retained.ts';

const ONE = { images_per_repo: 1, retain_untagged: true };
const RULES = { images_per_repo: -1, retain_untagged: true, rules: [{ older_than_days: 1 }] };

suite('who may do what with retention', () => {
  let world: RetentionWorld;
  let identities: Identities;
  before(async () => {
    world = await RetentionWorld.open();
    identities = new Identities(world.registry);
    await world.registry.namespaceAdd('fish');
    await world.image(5, ['1']);
    await world.image(4, ['2']);
  });
  after(() => world[Symbol.asyncDispose]());

  /** A user with these roles on one namespace. */
  const holderOf = async (namespace: string, ...roles: string[]): Promise<Holder> => {
    const holder = await identities.user();
    const owner = await Caller.login(world.registry);
    for (const role of roles) {
      const policy = v2Policy(holder.iamId, role, world.registry.accountId, onNamespace(namespace));
      assert.equal((await owner.post('/v2/policies', policy)).status, 201);
    }
    return holder;
  };

  /** The statuses of every route about birds, with rights that `caller` has. */
  const statuses = async (apikey: string | undefined, account = world.registry.accountId) => {
    const token = apikey === undefined ? undefined : (await world.registry.login(apikey)).access_token;
    const send = async (method: string, path: string, body?: object): Promise<number> => {
      const response = await world.registry.fetch(path, {
        method,
        headers: {
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
          Account: account,
          ...(body ? { 'Content-Type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      await response.text();
      return response.status;
    };
    const birds = { namespace: 'birds', ...ONE };
    return {
      get: await send('GET', '/api/v1/retentions/birds'),
      runs: await send('GET', '/api/v1/retentions/birds/runs'),
      analyze: await send('POST', '/api/v1/retentions/analyze', birds),
      explain: await send('POST', '/api/v1/retentions/explain', birds),
      set: await send('POST', '/api/v1/retentions', birds),
      run: await send('POST', '/api/v1/retentions/birds/runs', ONE),
    };
  };
  const same = (status: number) => ({
    get: status,
    runs: status,
    analyze: status,
    explain: status,
    set: status,
    run: status,
  });

  test('a Reader reads policies and analyses, and deletes nothing', async () => {
    const { apikey } = await holderOf('birds', 'Reader');
    assert.deepEqual(await statuses(apikey), { ...same(200), set: 403, run: 403 });
  });

  test('Writer alone can neither analyze nor set nor run', async () => {
    const { apikey } = await holderOf('birds', 'Writer');
    // Writer may not list the namespace, so what a Reader may do is absent
    assert.deepEqual(await statuses(apikey), { ...same(404), set: 403 });
  });

  test('another account, anonymous callers and a right on another namespace see nothing and do nothing', async () => {
    const { registry } = world;
    const stranger = await identities.stranger();
    assert.deepEqual(await statuses(stranger.apikey, stranger.accountId), same(404));
    assert.deepEqual(await statuses(stranger.apikey), same(401), 'the header Account is not the token’s');
    assert.deepEqual(await statuses(undefined), same(401));
    const fisher = await holderOf('fish', 'Manager');
    assert.deepEqual(await statuses(fisher.apikey), same(404));
    const listed = await registry.api('GET', '/api/v1/retentions', undefined, fisher.apikey);
    assert.deepEqual(Object.keys((await listed.json()) as object), ['fish']);
    assert.equal((await world.robin.tags()).length, 2, 'nothing went');
  });

  test('the run of one namespace is not shown in another', async () => {
    const { registry } = world;
    const asked = await registry.api('POST', '/api/v1/retentions/fish/runs', ONE);
    assert.equal(asked.status, 202);
    const { id } = (await asked.json()) as { id: string };
    assert.equal((await registry.api('GET', `/api/v1/retentions/birds/runs/${id}`)).status, 404);
    assert.equal((await registry.api('GET', `/api/v1/retentions/fish/runs/${id}`)).status, 200);
  });

  test('the analysis of a Reader lets no policy begin: it must be seen by a caller who may set it', async () => {
    const reader = await holderOf('birds', 'Reader');
    world.registry.clock.advance(2 * DAY);
    assert.equal((await world.set(RULES)).status, 201);
    assert.equal((await world.analysis(RULES, reader.apikey)).length, 2);
    const read = async () =>
      (await (await world.registry.api('GET', '/api/v1/retentions/birds')).json()) as {
        waits_for_analysis?: boolean;
      };
    assert.equal((await read()).waits_for_analysis, true);
    await world.analysis(RULES);
    assert.equal((await read()).waits_for_analysis, undefined);
  });

  test('Reader and Writer together, and a Manager, set and run', async () => {
    const both = await holderOf('birds', 'Reader', 'Writer');
    assert.deepEqual(await statuses(both.apikey), { ...same(200), set: 201, run: 202 });
    await world.ended();
    const manager = await holderOf('birds', 'Manager');
    assert.deepEqual(await statuses(manager.apikey), { ...same(200), set: 201, run: 202 });
    await world.ended();
    assert.deepEqual(await world.robin.tags(), ['2']);
  });

  test('a Writer without the right to list takes a policy away, for that deletes nothing', async () => {
    const writer = await holderOf('birds', 'Writer');
    const body = { namespace: 'birds', images_per_repo: -1, retain_untagged: true };
    const { status } = await world.registry.api('POST', '/api/v1/retentions', body, writer.apikey);
    assert.equal(status, 201);
  });
});

test('a document that is not exactly a policy is refused with a sentence, and changes nothing', async () => {
  await using world = await RetentionWorld.open();
  for (const [terms, what] of [
    [{ images_per_repo: 0 }, /images_per_repo is the number of images to keep/],
    [{ images_per_repo: -2 }, /images_per_repo/],
    [{ images_per_repo: '3' }, /images_per_repo/],
    [{ images_per_repo: 1.5 }, /images_per_repo/],
    [{ images_per_repo: null }, /images_per_repo/],
    [{ retain_untagged: 'yes' }, /retain_untagged/],
    [{ deletion_threshold_days: -1 }, /deletion_threshold_days/],
    [{ images_per_repository: 3 }, /valid/],
    [{ rules: {} }, /rules/],
    [{ rules: [{ olderThanDays: 3 }] }, /rules/],
    [{ rules: [{ older_than_days: 0 }] }, /older_than_days/],
    [{ rules: [{ tags: [] }] }, /tags/],
    [{ rules: [{ tags: ['v[0-9]'] }] }, /rules\[0\]: "v\[0-9\]" is no pattern/],
    [{ rules: [{ untagged: true, tags: ['v*'] }] }, /untagged images or about tags/],
    [{ rules: Array.from({ length: 21 }, () => ({})) }, /rules/],
    [{ rules: Array.from({ length: 6 }, () => ({ tags: Array(10).fill('a*') })) }, /at most 50 patterns/],
  ] as [object, RegExp][]) {
    for (const path of ['/api/v1/retentions', '/api/v1/retentions/analyze', '/api/v1/retentions/explain']) {
      const response = await world.registry.api('POST', path, { namespace: 'birds', ...terms });
      const text = await response.text();
      assert.equal(response.status, 400, `${path} ${JSON.stringify(terms)} ${text}`);
      const { code, message } = JSON.parse(text);
      assert.equal(code, 'CRG0001E');
      assert.match(message, what, JSON.stringify(terms));
    }
    const run = await world.registry.api('POST', '/api/v1/retentions/birds/runs', terms);
    assert.equal(run.status, 400, JSON.stringify(terms));
    await run.text();
  }
  for (const body of [{}, { images_per_repo: 1 }, { namespace: 7 }, { namespace: '' }])
    assert.equal((await world.registry.api('POST', '/api/v1/retentions', body)).status, 400);
  assert.deepEqual(await world.runs(), []);
});
