import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { onNamespace } from '../access/policy-documents.ts';
import { TestRepository } from '../spec/repository.ts';
import { TestRegistry } from '../support/registry.ts';

const REPORT = '/va/api/v4/report';

const NOTHING = {
  configuration_issue_count: 0,
  exempt_configuration_issue_count: 0,
  exempt_issue_count: 0,
  exempt_vulnerability_count: 0,
  issue_count: 0,
  scan_time: 0,
  status: 'UNSCANNED',
  vulnerability_count: 0,
};

describe('reports of vulnerabilities', () => {
  let registry: TestRegistry;
  let owner: Caller;
  let stranger: Holder;
  let reader: Caller;
  let writer: Caller;
  let digest: string;

  const about = (name: string, below = ''): string => `${REPORT}/image${below}/${encodeURIComponent(name)}`;

  before(async () => {
    registry = await TestRegistry.start();
    const identities = new Identities(registry);
    owner = await Caller.login(registry);
    stranger = await identities.stranger();
    for (const name of ['birds', 'fish']) await registry.namespaceAdd(name);
    for (const [repository, tags] of [
      ['birds/a', ['1', 'latest']],
      ['birds/b/c', ['1']],
      ['fish/cod', ['v1']],
    ] as const)
      for (const tag of tags) {
        const image = await new TestRepository(registry, repository).pushImage(tag);
        if (repository === 'birds/a') digest = image.descriptor.digest;
      }
    const limited = async (role: string): Promise<Caller> => {
      const holder = await identities.holding(role, onNamespace('birds'));
      return Caller.login(registry, holder.apikey);
    };
    [reader, writer] = [await limited('Reader'), await limited('Writer')];
  });
  after(() => registry[Symbol.asyncDispose]());

  const namesIn = async (query = '', caller = owner): Promise<string[]> => {
    const [reports, counts] = [
      await caller.get(`${REPORT}/account${query}`),
      await caller.get(`${REPORT}/account/status${query}`),
    ];
    assert.deepEqual([reports.status, counts.status], [200, 200], JSON.stringify(reports.body));
    const names = Object.keys(reports.body.assessments);
    assert.deepEqual(
      counts.body.images.map(({ name }: { name: string }) => name),
      names,
    );
    // those of one repository come by digest
    return names.map((name) => name.replace(`${registry.host}/`, '')).sort();
  };

  test('an image is UNSCANNED, by tag, by digest and as latest, with the host and without it', async () => {
    const report = {
      configuration_issues: [],
      id: digest,
      os_distribution: {},
      scan_time: 0,
      status: 'UNSCANNED',
      vulnerabilities: [],
    };
    for (const name of [
      'birds/a:latest',
      'birds/a',
      `birds/a@${digest}`,
      `${registry.host}/birds/a:latest`,
    ]) {
      const found = await owner.get(about(name));
      assert.deepEqual([found.status, found.body], [200, report], name);
      const counts = await owner.get(about(name, '/status'));
      assert.deepEqual([counts.status, counts.body], [200, NOTHING], name);
    }
  });

  test('the lists have each tag by its whole name, with when it was made', async () => {
    assert.deepEqual(await namesIn(), ['birds/a:1', 'birds/a:latest', 'birds/b/c:1', 'fish/cod:v1']);
    const { body } = await owner.get(`${REPORT}/account/status`);
    const { created_time: createdAt, name: _name, ...counts } = body.images[0];
    assert.deepEqual(counts, NOTHING);
    assert.equal(createdAt, Math.floor(registry.clock.now() / 1000));
    const { body: reports } = await owner.get(`${REPORT}/account`);
    assert.equal(reports.assessments[`${registry.host}/birds/a:latest`].id, digest);
  });

  test('a list is restricted to a repository or a namespace, or to the images that are not private: none', async () => {
    assert.deepEqual(await namesIn('?repository=birds/b/c'), ['birds/b/c:1']);
    assert.deepEqual(await namesIn(`?repository=${registry.host}/birds/b/c`), ['birds/b/c:1']);
    assert.deepEqual(await namesIn('?repository=fish'), ['fish/cod:v1']);
    assert.deepEqual(await namesIn('?repository=fish/none'), []);
    assert.deepEqual(await namesIn('?includePrivate=false&includeIBM=true'), []);
    assert.equal((await namesIn('?repository=&includePrivate=true')).length, 4);
  });

  test('a Reader of one namespace sees its reports and no others; a Writer sees none', async () => {
    assert.deepEqual(await namesIn('', reader), ['birds/a:1', 'birds/a:latest', 'birds/b/c:1']);
    assert.equal((await reader.get(about('birds/a:1'))).status, 200);
    assert.deepEqual(await namesIn('', writer), []);
    for (const below of ['', '/status']) {
      assert.equal((await reader.get(about('fish/cod:v1', below))).status, 404);
      assert.equal((await writer.get(about('birds/a:1', below))).status, 404);
    }
  });

  test('a right on one tag shows the report of that tag, and of no other and of no digest', async () => {
    const on = { ...onNamespace('birds'), tag: '1' };
    const holder = await new Identities(registry).holding('Reader', on);
    const caller = await Caller.login(registry, holder.apikey);
    assert.equal((await caller.get(about('birds/a:1'))).status, 200);
    for (const name of ['birds/a:latest', 'birds/a', `birds/a@${digest}`])
      assert.equal((await caller.get(about(name))).status, 404, name);
    assert.deepEqual(await namesIn('', caller), ['birds/a:1', 'birds/b/c:1']);
  });

  test('what is there and closed, what is another account’s, and what is not there are told alike', async () => {
    const other = await Caller.login(registry, stranger.apikey);
    const told = async (caller: Caller, name: string) => {
      const { status, body } = await caller.get(about(name));
      return [status, body.code, body.message.replace(name, 'NAME')];
    };
    const absent = await told(other, 'wren/none:1');
    assert.deepEqual(absent, [
      404,
      'CRG0004E',
      'there is no image NAME whose report you may see; you need the role Reader on its namespace',
    ]);
    for (const name of ['birds/a:1', 'birds/none:1', `birds/a@${digest}`])
      assert.deepEqual(await told(other, name), absent, name);
    for (const name of ['fish/cod:v1', 'fish/none:1', 'wren/none:1'])
      assert.deepEqual(await told(reader, name), absent, name);
    for (const name of ['birds/none:1', 'birds/a:none', `birds/b/c@${digest}`])
      assert.deepEqual(await told(owner, name), absent, name);
    assert.deepEqual(await namesIn('', other), []);
  });

  test('the account is the token’s, whatever the header Account says', async () => {
    const headers = { Account: 'testString' };
    assert.equal((await owner.send('GET', about('birds/a:1'), undefined, headers)).status, 200);
    const other = await Caller.login(registry, stranger.apikey);
    const claimed = { Account: registry.accountId };
    assert.equal((await other.send('GET', about('birds/a:1'), undefined, claimed)).status, 404);
    const listed = await other.send('GET', `${REPORT}/account`, undefined, claimed);
    assert.deepEqual(listed.body, { assessments: {} });
  });

  test('who is not logged in gets no report', async () => {
    const anonymous = Caller.bearing(registry);
    for (const path of [
      `${REPORT}/account`,
      `${REPORT}/account/status`,
      about('birds/a:1'),
      about('x', '/status'),
    ])
      assert.equal((await anonymous.get(path)).status, 401, path);
  });

  test('an image with more tags than a page has one report for each of them', async () => {
    await registry.namespaceAdd('flock');
    const repository = new TestRepository(registry, 'flock/many');
    const { bytes, descriptor } = await repository.pushImage('t000');
    const tags = Array.from({ length: 450 }, (_, n) => `t${String(n).padStart(3, '0')}`);
    for (let at = 0; at < tags.length; at += 90) {
      const query = tags
        .slice(at, at + 90)
        .map((tag) => `tag=${tag}`)
        .join('&');
      assert.equal((await repository.putManifest(`${descriptor.digest}?${query}`, bytes)).status, 201);
    }
    assert.deepEqual(
      await namesIn('?repository=flock'),
      tags.map((tag) => `flock/many:${tag}`),
    );
  });

  test('a name that is none is 400 with a code and a sentence', async () => {
    for (const [path, says] of [
      [about('birds'), /"birds" is not an image/],
      [about('*'), /"\*" is not an image/],
      [about('Birds/a'), /not an image name/],
      [about('birds/a:', '/status'), /not an image name/],
      [about('us.icr.io/birds/a:1'), /The name is of "us\.icr\.io"/],
      [about(`birds/${'a'.repeat(700)}`), /params\/name/],
      [`${REPORT}/account?repository=Birds`, /not the name of a resource/],
      [`${REPORT}/account/status?includePrivate=perhaps`, /querystring\/includePrivate/],
      [`${REPORT}/account?repository=${'a'.repeat(700)}`, /querystring\/repository/],
    ] as const) {
      const { status, body } = await owner.get(path);
      assert.deepEqual([status, body.code], [400, 'CRG0001E'], path);
      assert.match(body.message, says);
    }
  });
});
