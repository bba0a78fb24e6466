import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { allowedTarget } from '../../src/backup/target/allowed.ts';
import { Identities } from '../access/identities.ts';
import { RawConnection } from '../spec/raw-connection.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { BackedUp } from './backups.ts';

const DOORS: readonly (readonly [method: string, path: string, body?: object])[] = [
  ['GET', '/api/v1/backups'],
  ['POST', '/api/v1/backups', { to: 'theirs' }],
  ['GET', '/api/v1/backups/some-id'],
  ['GET', '/api/v1/backups/snapshots?target=first'],
  ['POST', '/api/v1/backups/verify', { target: 'first' }],
  ['POST', '/api/v1/backups/prune', { target: 'first', keep: 1 }],
  ['POST', '/api/v1/backups/key', { key: '0123456789abcdef' }],
];

suite('who may work with backups', () => {
  let backup: BackedUp;
  before(async () => {
    backup = await BackedUp.start();
    await backup.taken();
  });
  after(() => backup[Symbol.asyncDispose]());

  const refused = async (apikey: string, account: string): Promise<void> => {
    const { registry } = backup;
    const { access_token: token } = await registry.login(apikey);
    const headers = { Authorization: `Bearer ${token}`, Account: account };
    for (const [method, path] of DOORS) {
      const unsent =
        method === 'GET' ? {} : { 'Content-Type': 'application/json', 'Content-Length': 100_000 };
      await using connection = await RawConnection.open(registry.url);
      connection.sendHead(method, path, { ...unsent, ...headers });
      const { status } = await connection.answer(method);
      assert.equal(status, 403, `${method} ${path}`);
    }
    assert.deepEqual(readdirSync(backup.root), ['first']);
  };

  test('an Administrator of another account is refused at every door, before a byte of a body is read', async () => {
    const { registry } = backup;
    const answer = await registry.api('POST', '/api/v1/accounts', { name: 'other' });
    const { apikey, id } = (await answer.json()) as { apikey: string; id: string };
    await refused(apikey, id);
    await refused(apikey, registry.accountId);
  });

  test('an identity of the first account without the role of an Administrator is refused the same way', async () => {
    const { apikey } = await new Identities(backup.registry).serviceId();
    await refused(apikey, backup.registry.accountId);
  });

  test('an anonymous caller is 401 at every door, before a byte of a body is read', async () => {
    for (const [method, path] of DOORS) {
      const unsent =
        method === 'GET' ? {} : { 'Content-Type': 'application/json', 'Content-Length': 100_000 };
      await using connection = await RawConnection.open(backup.registry.url);
      connection.sendHead(method, path, unsent);
      assert.equal((await connection.answer(method)).status, 401, `${method} ${path}`);
    }
  });

  test('a backup that an operator began is an event of the audit log, and so is a pruning', async () => {
    await backup.prune({ keep: 5 });
    const answer = await backup.registry.api('GET', '/api/v1/audit/events?action=tidegate.backup.*');
    const { events } = (await answer.json()) as { events: { action: string; outcome: string }[] };
    const actions = events.map(({ action }) => action);
    assert.ok(
      actions.includes('tidegate.backup.create') && actions.includes('tidegate.backup.prune'),
      String(actions),
    );
  });
});

test('a folder outside TIDEGATE_BACKUP_ROOT, a way out of it and a symbolic link are refused, and nothing is made there', async () => {
  await using backup = await BackedUp.start();
  const elsewhere = temporaryFolder().path;
  symlinkSync(elsewhere, join(backup.root, 'link'));
  mkdirSync(join(backup.root, 'folder'));
  symlinkSync(elsewhere, join(backup.root, 'folder/link'));
  const places = [
    elsewhere,
    `../${elsewhere.split('/').at(-1)}`,
    'folder/../../x',
    join(backup.root, '../x'),
    'link',
    'link/below',
    'folder/link',
    join(backup.root, 'folder/link/below'),
    `${backup.root}-beside`,
    's3://bucket/prefix',
    's3://bucket/prefix?endpoint=http://169.254.169.254',
    'file:///etc',
    'https://user:verysecret@host/',
    's3://AKIA:verysecret@bucket/prefix',
    'a\0b',
  ];
  for (const to of places) {
    const answer = await backup.registry.api('POST', '/api/v1/backups', { to });
    const text = await answer.text();
    assert.equal(answer.status, 400, `${to}: ${text}`);
    assert.ok(!text.includes('verysecret'), text);
    const listed = await backup.registry.api(
      'GET',
      `/api/v1/backups/snapshots?target=${encodeURIComponent(to)}`,
    );
    assert.equal(listed.status, 400, `${to}: ${await listed.text()}`);
    for (const path of ['verify', 'prune']) {
      const asked = await backup.registry.api('POST', `/api/v1/backups/${path}`, { target: to, keep: 1 });
      assert.equal(asked.status, 400, `${path} ${to}: ${await asked.text()}`);
    }
  }
  assert.deepEqual(readdirSync(elsewhere), []);
  assert.equal(backup.registry.logged.join('\n').includes('verysecret'), false);
});

test('a target in the data folder is refused: it would be lost with what it is a copy of', async () => {
  const data = join(temporaryFolder().path, 'data');
  mkdirSync(data);
  const places = { root: join(data, '..'), to: undefined, data };
  for (const where of [data, join(data, 'backups'), join(data, 'blobs')])
    await assert.rejects(allowedTarget(where, places), /lies in the data folder/);
  symlinkSync(data, `${data}-link`);
  await assert.rejects(
    allowedTarget(`${data}-link`, { ...places, to: `${data}-link` }),
    /lies in the data folder/,
  );
});

test('in a bucket an operator reaches what is below the prefix of TIDEGATE_BACKUP_ROOT, at its endpoint alone', async () => {
  const root = 's3://bucket/backups?endpoint=http://127.0.0.1:9000&path_style=true';
  const places = { root, to: undefined, data: '/data' };
  const { search } = new URL(root);
  assert.equal(
    await allowedTarget('s3://bucket/backups/nightly', places),
    `s3://bucket/backups/nightly${search}`,
  );
  assert.equal(await allowedTarget(`s3://bucket/backups${search}`, places), `s3://bucket/backups${search}`);
  for (const where of [
    's3://other/backups',
    's3://bucket/backups-of-others',
    's3://bucket/',
    's3://bucket/backups/../x',
    's3://bucket/backups/%2e%2e/x',
    's3://bucket/backups?endpoint=http://evil.example',
    's3://key:secret@bucket/backups',
    '/tmp/x',
  ])
    await assert.rejects(allowedTarget(where, places), /TIDEGATE_BACKUP_ROOT/, where);
});

test('of two backups at the same time one is made, and the other is told with 409; neither is pruned meanwhile', async () => {
  await using backup = await BackedUp.start();
  const { registry } = backup;
  const begin = (to: string) => registry.api('POST', '/api/v1/backups', { to });
  const answers = await Promise.all([begin('first'), begin('first'), begin('second')]);
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [202, 409, 409]);
  const made = answers.find(({ status }) => status === 202);
  assert.ok(made);
  const { id } = (await made.json()) as { id: string };
  assert.equal((await backup.ended(id)).outcome, 'done');
  await backup.taken();
});

test('one check of backups goes on at a time, others are told with 409; after it the next one is let in', async () => {
  await using backup = await BackedUp.start();
  await backup.taken();
  const verify = async (): Promise<number> => {
    const answer = await backup.registry.api('POST', '/api/v1/backups/verify', { target: 'first' });
    await answer.text();
    return answer.status;
  };
  const seen = new Set<number>();
  await until('a check was refused while another went on', async () => {
    for (const status of await Promise.all([verify(), verify(), verify(), verify()])) seen.add(status);
    return seen.has(409);
  });
  assert.deepEqual([...seen].sort(), [200, 409]);
  assert.equal(await verify(), 200);
});

test('without a target the one of the settings counts; without either the answer says what to name', async () => {
  await using backup = await BackedUp.start();
  const answer = await backup.registry.api('POST', '/api/v1/backups', {});
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /TIDEGATE_BACKUP_TO/);
  const to = join(backup.root, 'of-the-settings');
  await using other = await BackedUp.start({ env: { TIDEGATE_BACKUP_TO: to } });
  const begun = await other.registry.api('POST', '/api/v1/backups', {});
  const { id } = (await begun.json()) as { id: string };
  const run = await other.ended(id);
  assert.deepEqual([run.outcome, run.target], ['done', to]);
});

test('a confirmed copy of the master key is remembered; a copy of another key is refused', async () => {
  await using backup = await BackedUp.start();
  const status = async () =>
    (await (await backup.registry.api('GET', '/api/v1/backups')).json()) as {
      key: { id: string; confirmed: boolean };
    };
  const { key } = await status();
  assert.equal(key.confirmed, false);
  const wrong = await backup.registry.api('POST', '/api/v1/backups/key', { key: '0123456789abcdef' });
  assert.equal(wrong.status, 400);
  assert.equal((await status()).key.confirmed, false);
  assert.equal((await backup.registry.api('POST', '/api/v1/backups/key', { key: key.id })).status, 204);
  assert.equal((await status()).key.confirmed, true);
});
