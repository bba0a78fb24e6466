import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { until } from '../database/postgres-server.ts';
import { runOperator } from '../operate/operator.ts';
import { basic } from '../support/registry.ts';
import type { RegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { backUp } from './back-up.ts';
import { RestoredWorld } from './restored-world.ts';

suite('what a restore ends, and what stays revoked', () => {
  const scratch = temporaryFolder();
  /** The target as one without a journal has it. */
  const bare = join(scratch.path, 'bare');
  let world: RestoredWorld;

  before(async () => {
    world = await RestoredWorld.make();
    cpSync(world.target, bare, { recursive: true });
    rmSync(join(bare, 'journal'), { recursive: true, force: true });
  });
  after(async () => {
    await world[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });

  const statusOf = async (
    place: RegistryProcess,
    path: string,
    authorization: string,
    init: RequestInit = {},
  ): Promise<number> => {
    const headers = { Authorization: authorization, Account: world.given.account };
    const answer = await fetch(place.url + path, { ...init, headers });
    await answer.arrayBuffer();
    return answer.status;
  };
  const TAGS = '/v2/birds/r0/tags/list';
  const batches = (): string[] => {
    const folder = join(world.target, 'journal');
    return existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : [];
  };

  test('O12: access and refresh tokens, docker bearers and uploads of before are 401 or unknown; API keys and registry tokens work', async () => {
    await using place = world.newPlace();
    const outcome = await world.restore(place);
    assert.equal(outcome.code, 0, outcome.stderr);
    await place.start();
    const { given, old } = world;
    for (const path of ['/v1/apikeys', '/api/v1/namespaces', '/api/v1/backups'])
      assert.equal(await statusOf(place, path, `Bearer ${given.access}`), 401, path);
    assert.equal(await statusOf(place, TAGS, `Bearer ${given.bearer}`), 401);
    assert.equal(await statusOf(place, TAGS, basic('iambearer', given.access)), 401);
    const refreshed = await fetch(`${place.url}/identity/token`, {
      method: 'POST',
      headers: { Authorization: basic('bx', 'bx') },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: given.refresh }),
    });
    assert.ok([400, 401].includes(refreshed.status), `${refreshed.status} ${await refreshed.text()}`);
    assert.equal(await statusOf(place, given.upload, basic('iamapikey', old.apikey)), 404);
    for (const key of [old.apikey, given.second.apikey]) {
      assert.equal(await statusOf(place, TAGS, basic('iamapikey', key)), 200);
      await place.signIn(key);
    }
    await place.signIn(given.service.apikey);
    assert.equal(await statusOf(place, TAGS, basic('token', given.registryToken)), 200);
    // the same server of before still takes them, so they had not ended by themselves
    assert.equal(await statusOf(old, TAGS, `Bearer ${given.bearer}`), 200);
    assert.equal(await statusOf(old, '/v1/apikeys', `Bearer ${given.access}`), 200);
  });

  test('O13: without a journal, what was deleted after the backup works again, and the report names it', async () => {
    await using place = world.newPlace();
    const outcome = await world.restore(place, [], bare);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /There is no current revocation journal: the target has no journal/);
    const { second, service } = world.given;
    assert.match(outcome.stdout, new RegExp(`API key {2}${service.id} {2}"ci"`));
    assert.match(outcome.stdout, new RegExp(`API key {2}${second.id} {2}"second"`));
    assert.match(outcome.stdout, /registry token {2}\S+ {2}"robot"/);
    await using other = world.newPlace();
    const report = JSON.parse((await world.restore(other, ['-o', 'json'], bare)).stdout);
    assert.deepEqual(report.credentials.map(({ name }: { name: string }) => name).sort(), [
      'ci',
      'owner',
      'robot',
      'second',
    ]);
    assert.equal(report.snapshot, world.snapshot);
    assert.equal(report.generation, 1);
    assert.equal(report.journal.current, false);
  });

  test("O13: without a journal, --revived=disable disables users' own keys, never the owner's last one, and no service ID's", async () => {
    await using place = world.newPlace();
    const outcome = await world.restore(place, ['--revived=disable'], bare);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /API keys of users that were disabled: 1/);
    await place.start();
    await place.signIn(world.old.apikey);
    await place.signIn(world.given.service.apikey);
    await assert.rejects(place.signIn(world.given.second.apikey), /sign in: 40\d/);
  });

  test('O13: --revived=disable disables whatever the journal tells, and the report says until when that is', async () => {
    await using place = world.newPlace();
    const outcome = await world.restore(place, ['--revived=disable']);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /API keys of users that were disabled: 1/);
    assert.match(outcome.stdout, /What was revoked until \S+Z stays revoked .* That is \d+ seconds ago/);
    await place.start();
    await place.signIn(world.old.apikey);
    await assert.rejects(place.signIn(world.given.second.apikey), /sign in: 40\d/);
  });

  test('O13: with the journal, API keys and a registry token that were deleted after the backup are refused', async () => {
    const { given, old, target } = world;
    const before_ = batches().length;
    for (const { id } of [given.second, given.service]) {
      const gone = await old.request(`/v1/apikeys/${id}`, { method: 'DELETE' });
      assert.equal(gone.status, 204);
    }
    const listed = await old.request('/api/v1/tokens');
    const { tokens } = (await listed.json()) as { tokens: { id: string; _id?: string }[] };
    const [token] = tokens;
    const removed = await old.request(`/api/v1/tokens/${token?.id ?? token?._id}`, { method: 'DELETE' });
    assert.ok(removed.ok, await removed.text());
    await until(() => batches().length > before_, 'the journal has a batch');
    await until(async () => (await coverage()).removed >= 3, 'the journal tells all three');
    await using place = world.newPlace();
    const outcome = await world.restore(place);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /What was revoked until \S+Z stays revoked \(3 rows removed, /);
    assert.doesNotMatch(outcome.stdout, /that were disabled/);
    assert.doesNotMatch(outcome.stdout, new RegExp(`${given.second.id}|${given.service.id}|robot`));
    await place.start();
    await place.signIn(old.apikey);
    for (const { apikey } of [given.second, given.service])
      await assert.rejects(place.signIn(apikey), /sign in: 40\d/);
    assert.equal(await statusOf(place, TAGS, basic('token', given.registryToken)), 401);
    // from the backup after it, nothing is replayed any more
    await backUp(old, target);
    await using later = world.newPlace();
    assert.match((await world.restore(later)).stdout, /stays revoked \(0 rows removed/);
  });

  /** What a restore into a place that is thrown away says of the journal. */
  const coverage = async (): Promise<{ removed: number }> => {
    await using place = world.newPlace();
    const outcome = await world.restore(place, ['-o', 'json', '--snapshot', world.snapshot]);
    return JSON.parse(outcome.stdout).journal;
  };

  test('O13: a signing key that was retired after the backup stays retired, and the purpose has a new one', async () => {
    const { old, target } = world;
    const made = await old.request('/api/v1/tokens?description=late&permanent=true', { method: 'POST' });
    const { token } = (await made.json()) as { token: string };
    const snapshot = await backUp(old, target);
    assert.equal(await statusOf(old, TAGS, basic('token', token)), 200);
    await old.kill('SIGTERM');
    const keys = await runOperator(['keys', 'list'], old.settings);
    const [, key = ''] = /^(\S+) .*registry-token/m.exec(keys.stdout) ?? [];
    assert.ok(key, keys.stdout);
    const retired = await runOperator(['keys', 'retire', key], old.settings);
    assert.equal(retired.code, 0, retired.stderr);
    await old.start();
    const told = async (): Promise<boolean> => {
      await using place = world.newPlace();
      const outcome = await world.restore(place, ['-o', 'json', '--snapshot', snapshot]);
      return JSON.parse(outcome.stdout).journal.changed > 0;
    };
    await until(told, 'the journal tells it');
    await using place = world.newPlace();
    assert.equal((await world.restore(place, ['--snapshot', snapshot])).code, 0);
    await place.start();
    assert.equal(await statusOf(place, TAGS, basic('token', token)), 401);
    const { accessToken, accountId } = await place.signIn(old.apikey);
    const headers = { Authorization: `Bearer ${accessToken}`, Account: accountId };
    const again = await fetch(`${place.url}/api/v1/tokens?description=new&permanent=true`, {
      method: 'POST',
      headers,
    });
    const fresh = (await again.json()) as { token: string };
    assert.equal(again.status, 200, JSON.stringify(fresh));
    assert.equal(await statusOf(place, TAGS, basic('token', fresh.token)), 200);
  });
});
