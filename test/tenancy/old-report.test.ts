import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { Caller } from '../access/caller.ts';
import { Identities } from '../access/identities.ts';
import { TestRepository } from '../spec/repository.ts';
import { TestRegistry } from '../support/registry.ts';

describe('the report of vulnerabilities that clients before Vulnerability Advisor v4 ask for', () => {
  let registry: TestRegistry;
  before(async () => {
    registry = await TestRegistry.start();
    await registry.namespaceAdd('birds');
    await new TestRepository(registry, 'birds/nested/robin').pushImage('1');
  });
  after(() => registry[Symbol.asyncDispose]());

  const about = (name: string): string => `/api/v1/images/${name}/vulnerabilities?all=true&advisory=false`;

  test('it knows nothing and calls nothing compliant, for a name with bare slashes and an encoded one', async () => {
    const name = `${registry.host}/birds/nested/robin:1`;
    for (const path of [about(name), about(encodeURIComponent(name)), about('birds/nested/robin:1')]) {
      const response = await registry.api('GET', path);
      assert.equal(response.status, 200, path);
      // biome-ignore lint/suspicious/noExplicitAny: whatever the door answers
      const body = (await response.json()) as any;
      assert.deepEqual([body.metadata.namespace, body.metadata.complete], ['birds', false]);
      assert.ok(!Number.isNaN(Date.parse(body.metadata.crawled_time)));
      assert.equal(body.summary.compliance.compliant, false);
      assert.equal(body.summary.malware.compliant, false);
      assert.deepEqual(body.detail, { compliance: [], vulnerability: [] });
    }
  });

  test('an image that is not there is 404, another account’s is refused, and so is who is not logged in', async () => {
    assert.equal((await registry.api('GET', about('birds/nested/robin:2'))).status, 404);
    const stranger = await new Identities(registry).stranger();
    const caller = await Caller.login(registry, stranger.apikey);
    const headers = { Account: stranger.accountId };
    for (const name of ['birds/nested/robin:1', 'wren/none:1'])
      assert.equal((await caller.send('GET', about(name), undefined, headers)).status, 404, name);
    assert.equal((await Caller.bearing(registry).get(about('birds/nested/robin:1'))).status, 401);
    assert.equal((await registry.api('GET', about('Birds:1'))).status, 400);
  });
});
