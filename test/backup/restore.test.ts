import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { runOperator, temporaryFolder } from '../operate/operator.ts';
import { basic } from '../support/registry.ts';
import { RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { backUp } from './back-up.ts';
import { pullImage, pushImage } from './images.ts';

const json = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

suite('tidegate restore', () => {
  const scratch = temporaryFolder();
  const target = join(scratch.path, 'backups');
  let old: RegistryProcess;
  let images: { repository: string; digest: string }[];
  /** What was given out before the backup, and must have ended after a restore. */
  let before_: { access: string; refresh: string; bearer: string; account: string; upload: string };
  let serviceKey: string;
  let registryToken: string;
  let keyId: string;
  let userKey: { id: string; apikey: string };
  let snapshot: string;

  before(async () => {
    old = await startRegistryProcess({ env: { TIDEGATE_BACKUP_ROOT: scratch.path } });
    await old.namespaceAdd('birds');
    images = [];
    for (const [at, size] of [10, 5_000_000, 70_000, 1].entries()) {
      const repository = `birds/r${at % 2}`;
      images.push({ repository, digest: await pushImage(old, repository, `t${at}`, { size }) });
    }
    const signedIn = await fetch(`${old.url}/identity/token`, {
      method: 'POST',
      headers: { Authorization: basic('bx', 'bx') },
      body: new URLSearchParams({
        grant_type: 'urn:ibm:params:oauth:grant-type:apikey',
        apikey: old.apikey,
        response_type: 'cloud_iam',
      }),
    });
    const tokens = (await signedIn.json()) as { access_token: string; refresh_token: string };
    const bearer = await fetch(`${old.url}/oauth/token?service=${old.host}&scope=repository:birds/r0:pull`, {
      headers: { Authorization: basic('iamapikey', old.apikey) },
    });
    const upload = await fetch(`${old.url}/v2/birds/r0/blobs/uploads/`, {
      method: 'POST',
      headers: { Authorization: basic('iamapikey', old.apikey) },
    });
    const { accountId, iamId } = await old.signIn();
    before_ = {
      access: tokens.access_token,
      refresh: tokens.refresh_token,
      bearer: ((await bearer.json()) as { token: string }).token,
      account: accountId,
      upload: new URL(upload.headers.get('location') ?? '', old.url).pathname,
    };
    const made = await old.request(
      '/v1/apikeys',
      json({ name: 'second', iam_id: iamId, account_id: accountId, store_value: false }),
    );
    userKey = (await made.json()) as typeof userKey;
    assert.ok(userKey.apikey, JSON.stringify(userKey));
    const service = await old.request('/v1/serviceids', json({ name: 'ci', account_id: accountId }));
    const { iam_id: serviceIam } = (await service.json()) as { iam_id: string };
    const serviceMade = await old.request(
      '/v1/apikeys',
      json({ name: 'ci', iam_id: serviceIam, account_id: accountId }),
    );
    ({ apikey: serviceKey, id: keyId } = (await serviceMade.json()) as { apikey: string; id: string });
    registryToken = '';
    snapshot = await backUp(old, target);
  });
  after(async () => {
    await old[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });

  /** An empty place with a copy of the master key. */
  const newPlace = (key = join(old.dataDir, 'master.key')): RegistryProcess => {
    const place = new RegistryProcess({ env: { TIDEGATE_BOOTSTRAP_APIKEY: undefined } });
    copyFileSync(key, join(place.dataDir, 'master.key'));
    return place;
  };
  const restore = (place: RegistryProcess, ...more: string[]) =>
    runOperator(['restore', '--from', target, '-f', '--data', place.dataDir, ...more]);

  test('O14: all images of the backup pull by digest, and verify finds nothing', async () => {
    await using place = newPlace();
    const outcome = await restore(place);
    assert.equal(outcome.code, 0, outcome.stderr);
    const verified = await runOperator(['verify', '--data', place.dataDir]);
    assert.match(verified.stdout, /8 blobs .* 4 manifests read, 0 faults/);
    assert.equal(verified.code, 0);
    await place.start();
    for (const { repository, digest } of images) await pullImage(place, old.apikey, repository, digest);
    // and it goes on as a registry
    await pushImage(place, 'birds/new', 'x', { apikey: old.apikey });
  });

  test('O12: access and refresh tokens, docker bearers and uploads of before have ended; API keys work', async () => {
    await using place = newPlace();
    const outcome = await restore(place);
    assert.equal(outcome.code, 0, outcome.stderr);
    await place.start();
    const ask = async (path: string, authorization: string, init: RequestInit = {}): Promise<number> => {
      const answer = await fetch(place.url + path, {
        ...init,
        headers: { Authorization: authorization, Account: before_.account, ...init.headers },
      });
      await answer.text();
      return answer.status;
    };
    assert.equal(await ask('/v1/apikeys', `Bearer ${before_.access}`), 401);
    assert.equal(await ask('/api/v1/namespaces', `Bearer ${before_.access}`), 401);
    assert.equal(await ask('/v2/birds/r0/tags/list', `Bearer ${before_.bearer}`), 401);
    assert.equal(await ask('/v2/birds/r0/tags/list', basic('iambearer', before_.access)), 401);
    const refreshed = await fetch(`${place.url}/identity/token`, {
      method: 'POST',
      headers: { Authorization: basic('bx', 'bx') },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: before_.refresh }),
    });
    assert.ok(
      refreshed.status === 400 || refreshed.status === 401,
      `${refreshed.status} ${await refreshed.text()}`,
    );
    assert.equal(await ask(before_.upload, basic('iamapikey', old.apikey)), 404);
    for (const key of [old.apikey, userKey.apikey]) {
      assert.equal(await ask('/v2/birds/r0/tags/list', basic('iamapikey', key)), 200);
      await place.signIn(key);
    }
    await place.signIn(serviceKey);
    void registryToken;
  });

  test('O13: without a journal, a key that was deleted after the backup works again, and the report names it', async () => {
    await using place = newPlace();
    const outcome = await restore(place);
    assert.match(outcome.stdout, /There is no current revocation journal/);
    assert.match(outcome.stdout, new RegExp(`API key {2}${keyId} {2}"ci"`));
    assert.match(outcome.stdout, new RegExp(`API key {2}${userKey.id} {2}"second"`));
    await using other = newPlace();
    const machine = await restore(other, '-o', 'json');
    const report = JSON.parse(machine.stdout);
    assert.deepEqual(report.credentials.map(({ name }: { name: string }) => name).sort(), [
      'ci',
      'owner',
      'second',
    ]);
    assert.equal(report.generation, 1);
    assert.equal(report.journal.current, false);
  });

  test("O13: --revived=disable disables users' own keys, never the owner's last one, and no service ID's", async () => {
    await using place = newPlace();
    const outcome = await restore(place, '--revived=disable');
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /API keys of users that were disabled: 1/);
    await place.start();
    await place.signIn(old.apikey);
    await place.signIn(serviceKey);
    await assert.rejects(place.signIn(userKey.apikey), /sign in: 40\d/);
  });

  test('O9: a folder that holds anything but the master key is refused, and stays as it is', async () => {
    for (const name of [
      'tidegate.db',
      'tidegate.db-wal',
      'tidegate.db-shm',
      'blobs',
      'owner-apikey',
      'notes.txt',
    ]) {
      await using place = newPlace();
      const path = join(place.dataDir, name);
      if (name === 'blobs') mkdirSync(path);
      else writeFileSync(path, 'mine');
      const outcome = await restore(place);
      assert.equal(outcome.code, 1);
      assert.match(
        outcome.stderr,
        name === 'tidegate.db'
          ? /is not empty: it has the database/
          : new RegExp(`is not empty: it has ${name}\\.`),
      );
      assert.deepEqual(readdirSync(place.dataDir).sort(), ['master.key', name].sort());
      if (name !== 'blobs') assert.equal(readFileSync(path, 'utf8'), 'mine');
    }
  });

  test('O9: a place that an installation uses is refused, running or not', async () => {
    await using place = newPlace();
    await place.start();
    assert.match((await restore(place)).stderr, /is not empty/);
    await place.kill('SIGTERM');
    assert.match((await restore(place)).stderr, /is not empty/);
  });

  test('O11: another master key is refused before anything is written, and so is none', async () => {
    await using place = new RegistryProcess({});
    const none = await restore(place);
    assert.match(none.stderr, /a backup does not hold the master key: put the copy that you keep of it at/);
    assert.deepEqual(readdirSync(place.dataDir), []);
    writeFileSync(join(place.dataDir, 'master.key'), randomBytes(32).toString('base64'));
    const wrong = await restore(place);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /the master key given \(\w+\) is not the one of the backup/);
    assert.deepEqual(readdirSync(place.dataDir), ['master.key']);
  });

  test('a restore that was killed can be run again; until its end no server starts there', async () => {
    await using place = newPlace();
    for (const killAt of [/Table restored: accounts/, /Table restored: manifests/, /Blobs restored/]) {
      const killed = await runOperator(
        ['restore', '--from', target, '-f', '--data', place.dataDir],
        {},
        async (child) => {
          let heard = '';
          child.stdout?.on('data', (text: string) => {
            heard += text;
            if (killAt.test(heard)) child.kill('SIGKILL');
          });
        },
      );
      assert.equal(killed.code, null, killed.stderr);
      await assert.rejects(place.start(), /unfinished target of tidegate restore; run that again/);
    }
    const last = await restore(place);
    assert.equal(last.code, 0, last.stderr);
    await place.start();
    for (const { repository, digest } of images) await pullImage(place, old.apikey, repository, digest);
    await place.kill('SIGTERM');
    const again = await restore(place);
    assert.match(again.stderr, /is not empty/);
  });

  test('the unfinished place of one backup is refused to another', async () => {
    await using place = newPlace();
    const killed = await runOperator(
      ['restore', '--from', target, '-f', '--data', place.dataDir],
      {},
      async (child) => {
        child.stdout?.once('data', () => child.kill('SIGKILL'));
      },
    );
    assert.equal(killed.code, null);
    const second = await backUp(old, target);
    const other = await restore(place, '--snapshot', second);
    assert.match(
      other.stderr,
      new RegExp(`is the unfinished target of tidegate restore --snapshot ${snapshot}; run that again`),
    );
    assert.equal((await restore(place, '--snapshot', snapshot)).code, 0);
  });

  test('without -f and without a terminal it does nothing and says so', async () => {
    await using place = newPlace();
    const outcome = await runOperator(['restore', '--from', target, '--data', place.dataDir]);
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /needs a confirmation and there is no terminal to ask on; use -f/);
    assert.deepEqual(readdirSync(place.dataDir), ['master.key']);
  });

  test('arguments that make no sense are refused with the usage, and a place without backups by its name', async () => {
    for (const args of [
      [],
      ['--from', target, 'word'],
      ['--from', target, '--revived=maybe'],
      ['--from', target, '-o', 'xml'],
    ])
      assert.match((await runOperator(['restore', ...args])).stderr, /usage: tidegate restore --from/);
    const absent = join(scratch.path, 'absent');
    await using place = newPlace();
    const none = await runOperator(['restore', '--from', absent, '-f', '--data', place.dataDir]);
    assert.match(none.stderr, /there are no backups in/);
    assert.equal(existsSync(absent), false);
    const unknown = await restore(place, '--snapshot', '20200101T000000Z-abcdef01');
    assert.match(unknown.stderr, /no complete backup 20200101T000000Z-abcdef01 in .*backup list shows them/);
  });
});
