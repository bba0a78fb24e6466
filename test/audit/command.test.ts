import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import type { AuditEvent } from '../../src/wire/audit.ts';
import { Owner } from '../cli/owner.ts';
import { TestRepository } from '../spec/repository.ts';
import { DAY, HOUR } from '../support/clock.ts';
import { basic } from '../support/registry.ts';

const CLIENT = join(import.meta.dirname, '../cli/client-program.ts');

describe('tidegate audit', () => {
  const owner = Owner.ofTests('birds');

  test('one command each says who pushed, who pulled last, and what a key touched', async () => {
    const { registry } = owner;
    const app = new TestRepository(registry, 'birds/app');
    const { id, apikey } = await registry.createKey('leaked');
    const headers = { Authorization: basic('iamapikey', apikey) };
    await app.pushImage('1.0');
    await app.request('GET', 'manifests/1.0', { headers });
    registry.clock.advance(1000);
    await app.request('DELETE', 'manifests/1.0', { headers });
    await registry.restart();
    await owner.shell.logIn(registry.url, registry.apikey);

    const pushed = await owner.says('audit --repository birds/app --action push');
    assert.match(
      pushed,
      /^2026-\S+ \S+ +container-registry\.image\.push +birds\/app:1\.0 +IBMid-\S+ +ApiKey-/m,
    );
    const pulled = await owner.says('audit --repository birds/app --action pull -n 1');
    assert.match(pulled, new RegExp(`image\\.pull +birds/app:1\\.0 .*${id}`));
    const touched: AuditEvent[] = await owner.json(`audit --credential ${id}`);
    assert.deepEqual(
      touched.map(({ action }) => action.split('.').at(-1)),
      ['untag', 'pull'],
    );
    assert.match(await owner.says('audit --credential ApiKey-none'), /There are no such events/);
  });

  test('durations and dates narrow the list, and ndjson is an event a line', async () => {
    const { registry } = owner;
    registry.clock.advance(DAY);
    await registry.createKey('today');
    registry.clock.advance(HOUR);
    await owner.shell.logIn(registry.url, registry.apikey);
    const lines = (await owner.says('audit --since 2h --action iam-identity.* -o ndjson')).trim().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as AuditEvent).target.name),
      ['today'],
    );
    const until: AuditEvent[] = await owner.json('audit --until 2h --action iam-identity.user-apikey.create');
    assert.ok(until.every(({ target }) => target.name !== 'today'));
    for (const wrong of ['audit --since soon', 'audit -n 0', 'audit --outcome none', 'audit nothing'])
      assert.equal((await owner.run(wrong)).code, 2, wrong);
  });

  test('the settings of pulls are shown and changed', async () => {
    assert.match(await owner.says('audit settings'), /Pulls +minute/);
    assert.deepEqual(await owner.json('audit settings --pulls each'), { pulls: 'each' });
    assert.match(await owner.says('audit settings'), /Pulls +each/);
  });

  test('--follow shows what comes, each event once', async () => {
    const { registry, shell } = owner;
    const args = [
      'audit',
      '--follow',
      '-n',
      '1',
      '-o',
      'ndjson',
      '--action',
      'iam-identity.serviceid.create',
    ];
    const client = spawn(process.execPath, [CLIENT, ...args], {
      env: { ...process.env, TIDEGATE_HOME: shell.home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
      await registry.api('POST', '/v1/serviceids', { account_id: registry.accountId, name: 'first' });
      const seen: string[] = [];
      const made = ['first'];
      while (seen.length < 4) {
        const { value, done } = await lines.next();
        assert.ok(!done, 'it ended by itself');
        const { target } = JSON.parse(value) as AuditEvent;
        seen.push(target.name ?? '');
        const name = `s${seen.length}`;
        made.push(name);
        await registry.api('POST', '/v1/serviceids', { account_id: registry.accountId, name });
      }
      assert.deepEqual(seen, made.slice(0, 4));
    } finally {
      client.kill();
      await once(client, 'exit');
    }
  });
});
