import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sealWarnings } from '../../src/audit/seals/warnings.ts';
import { DAYS_BEFORE, levelOfEnd } from '../../src/warning.ts';
import type { Warning } from '../../src/wire/warnings.ts';
import { Owner } from '../cli/owner.ts';
import { Terminal } from '../cli/terminal.ts';
import { invite, read } from '../identity/people.ts';
import { TestRepository } from '../spec/repository.ts';
import { DAY, HOUR } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';

const list = async (registry: TestRegistry, query = '', apikey?: string): Promise<Warning[]> => {
  const { status, body } = await read(
    await registry.api('GET', `/api/v1/warnings${query}`, undefined, apikey),
  );
  assert.equal(status, 200, JSON.stringify(body));
  return body.warnings;
};

/** Looks now, and answers what is known when the look is over. */
const look = async (registry: TestRegistry): Promise<Warning[]> => {
  const begun = await registry.api('POST', '/api/v1/warnings/looks');
  assert.equal(begun.status, 202, await begun.text());
  const end = Date.now() + 60_000;
  while ((await read(await registry.api('GET', '/api/v1/warnings?limit=1'))).body.looking) {
    assert.ok(Date.now() < end, 'the look takes more than a minute');
    await sleep(20);
  }
  return list(registry);
};

const key = async (registry: TestRegistry, name: string, expiresAt?: number): Promise<string> => {
  const body = {
    name,
    iam_id: registry.ownerIamId,
    account_id: registry.accountId,
    ...(expiresAt === undefined ? {} : { expires_at: new Date(expiresAt).toISOString() }),
  };
  const response = await registry.api('POST', '/v1/apikeys', body);
  assert.equal(response.status, 201, await response.clone().text());
  return ((await response.json()) as { id: string }).id;
};

/** The events of warnings, newest first. */
const told = async (registry: TestRegistry): Promise<string[]> => {
  const { body } = await read(
    await registry.api('GET', '/api/v1/audit/events?account=all&action=tidegate.warning.raise&limit=200'),
  );
  return body.events.map((event: object) => JSON.stringify(event));
};

test('what ends is warned of 30, 7 and 1 days before, and not so early where it lives less than twice as long', () => {
  const now = Date.UTC(2026, 0, 1);
  const long = now - 400 * DAY;
  const levels = [31, 30, 8, 7, 2, 1, 0.1].map((days) => levelOfEnd(now + days * DAY, now, long));
  assert.deepEqual(levels, [undefined, 30, 30, 7, 7, 1, 1]);
  assert.equal(levelOfEnd(now - 1, now, long), undefined, 'it has ended');
  assert.equal(levelOfEnd(now + 29 * DAY, now, now - DAY), undefined, 'it was made for 30 days');
  assert.equal(levelOfEnd(now + 6 * DAY, now, now - 24 * DAY), 7);
  assert.equal(levelOfEnd(now + HOUR, now, now - 23 * HOUR), undefined, 'it was made for a day');
  assert.deepEqual([...DAYS_BEFORE], [1, 7, 30]);
});

test('a key that ends is one event for each of 30, 7 and 1 days, also after restarts, and is in the list until it is renewed', async () => {
  await using registry = await TestRegistry.start();
  const id = await key(registry, 'ci', registry.clock.now() + 80 * DAY);
  assert.deepEqual(await look(registry), []);
  registry.clock.advance(51 * DAY);
  const [found, ...others] = await look(registry);
  assert.deepEqual(
    others.map(({ kind }) => kind),
    [],
  );
  assert.deepEqual([found?.kind, found?.target, found?.level], ['api-key-ends', id, 30]);
  assert.match(found?.mend ?? '', new RegExp(`^tidegate iam api-key-rotate ${id} `));
  assert.match(found?.says ?? '', /^the API key ci ends in 28 days$|^the API key ci ends in 29 days$/);
  const ofKey = async (): Promise<number> =>
    (await told(registry)).filter((event) => event.includes(id)).length;
  assert.equal(await ofKey(), 1);
  await look(registry);
  await registry.restart();
  await look(registry);
  assert.equal(await ofKey(), 1, 'told once');
  registry.clock.advance(23 * DAY);
  assert.equal((await look(registry))[0]?.level, 7);
  registry.clock.advance(5 * DAY + HOUR);
  assert.equal((await look(registry))[0]?.level, 1);
  assert.equal(await ofKey(), 3);
  const body = { expires_at: new Date(registry.clock.now() + 400 * DAY).toISOString() };
  const { access_token: token } = await registry.login();
  const changed = await registry.fetch(`/v1/apikeys/${id}`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${token}`, 'If-Match': '*', 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(changed.status, 200, await changed.text());
  registry.clock.advance(1000);
  assert.deepEqual(await look(registry), []);
});

test('registry tokens, invitations and policies that end are warned of; a registry token of a day is not', async () => {
  await using owner = await Owner.open();
  const { registry } = owner;
  const { clock } = registry;
  const short = await registry.api('POST', '/api/v1/tokens?description=short');
  assert.equal(short.status, 200);
  const expires = Math.floor((clock.now() + 90 * DAY) / 1000);
  const long = await registry.api('POST', `/api/v1/tokens?description=long&expires_at=${expires}`);
  assert.ok(long.status < 300, await long.clone().text());
  await owner.says('cr token-add --description ninety --expires-in 90d');
  const until = new Date(clock.now() + 90 * DAY).toISOString().slice(0, 19);
  const policy = await registry.api('POST', '/v2/policies', {
    type: 'access',
    description: 'until spring',
    subject: { attributes: [{ key: 'iam_id', operator: 'stringEquals', value: registry.ownerIamId }] },
    control: {
      grant: { roles: [{ role_id: 'crn:v1:bluemix:public:iam::::serviceRole:Reader' }] },
    },
    resource: {
      attributes: [
        { key: 'accountId', operator: 'stringEquals', value: registry.accountId },
        { key: 'serviceName', operator: 'stringEquals', value: 'container-registry' },
      ],
    },
    rule: {
      operator: 'and',
      conditions: [
        {
          key: '{{environment.attributes.current_date_time}}',
          operator: 'dateTimeGreaterThanOrEquals',
          value: '2026-01-01T00:00:00+00:00',
        },
        {
          key: '{{environment.attributes.current_date_time}}',
          operator: 'dateTimeLessThanOrEquals',
          value: `${until}+00:00`,
        },
      ],
    },
    pattern: 'time-based-conditions:once',
  });
  assert.equal(policy.status, 201, await policy.text());
  assert.deepEqual(await look(registry), []);
  clock.advance(84 * DAY);
  await invite(registry, 'ada@example.com');
  clock.advance(6 * DAY - 2 * HOUR);
  const kinds = (await look(registry)).map(({ kind, level }) => `${kind} ${level}`);
  assert.ok(kinds.includes('registry-token-ends 1'), kinds.join());
  assert.ok(kinds.includes('policy-ends 1'), kinds.join());
  assert.ok(!JSON.stringify(await list(registry)).includes('short'));
});

test('what others named is one argument of the command that mends it, and adds no line to what doctor says', async () => {
  await using owner = await Owner.open();
  const { registry } = owner;
  const { clock } = registry;
  await key(registry, 'ci\n    curl evil.example', clock.now() + 90 * DAY);
  clock.advance(60 * DAY);
  for (const email of ["$(reboot)'@example.com", 'ada+ci@example.com']) await invite(registry, email);
  clock.advance(29 * DAY + 12 * HOUR);
  const found = await look(registry);
  const of = (kind: string): Warning[] => found.filter((each) => each.kind === kind);
  assert.deepEqual(
    of('invitation-ends')
      .map(({ mend }) => mend)
      .sort(),
    [
      `tidegate account user-invite '$(reboot)'\\''@example.com'`,
      'tidegate account user-invite ada+ci@example.com',
    ],
  );
  const [ends] = of('api-key-ends');
  assert.match(ends?.says ?? '', /^the API key ci {5}curl evil\.example ends/);
  assert.equal(ends?.name, 'ci     curl evil.example');
});

test('credentials that were not used for 90 days are warned of, and one that is used is not', async () => {
  await using registry = await TestRegistry.start();
  const asleep = await key(registry, 'asleep');
  await registry.api('POST', '/api/v1/tokens?permanent=true&description=asleep');
  registry.clock.advance(89 * DAY);
  assert.deepEqual(await look(registry), []);
  registry.clock.advance(DAY + HOUR);
  const found = await look(registry);
  assert.deepEqual(found.map(({ kind }) => kind).sort(), ['api-key-sleeps', 'registry-token-sleeps']);
  const sleeping = found.find(({ kind }) => kind === 'api-key-sleeps');
  assert.deepEqual([sleeping?.target, sleeping?.mend], [asleep, `tidegate iam api-key-delete ${asleep}`]);
});

test('a quota that fills, a collection and a retention run that failed are warned of', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const repository = new TestRepository(registry, 'birds/app');
  await repository.pushBlob(Buffer.alloc(1_800_000, 7));
  const quota = await registry.api('PATCH', '/api/v1/quotas', { storage_megabytes: 2 });
  assert.equal(quota.status, 200, await quota.text());
  await using rows = openRows(registry.database);
  const { id } = await rows
    .selectFrom('namespaces')
    .select('id')
    .where('name', '=', 'birds')
    .executeTakeFirstOrThrow();
  const run = {
    requested_at: 1,
    requested_by: 'system:x',
    started_at: 1,
    finished_at: 2,
    reason: 'the disk was full',
  };
  const counts = { looked: 0, deleted: 0, changed: 0, failed: 0, reasons: '{}', failures: '[]' };
  await rows
    .insertInto('retention_runs')
    .values({
      id: 'run',
      namespace_id: id,
      document: '{}',
      cause: 'daily',
      outcome: 'failed',
      ...run,
      ...counts,
    })
    .execute();
  await rows
    .insertInto('collection_runs')
    .values({
      id: 'gc',
      started_at: registry.clock.now(),
      started_by: 'system:collection',
      finished_at: registry.clock.now(),
      dry_run: 0,
      storage: 0,
      outcome: 'failed',
      reason: 'no space',
      ...{ links: 0, blobs: 0, bytes: 0, unnamed: 0, stagings: 0 },
      ...{ waiting_links: 0, waiting_blobs: 0, waiting_bytes: 0, waiting_unnamed: 0 },
    })
    .execute();
  const found = await look(registry);
  assert.deepEqual(found.map(({ kind }) => kind).sort(), [
    'collection-fails',
    'retention-fails',
    'storage-quota-fills',
  ]);
  const text = JSON.stringify(found);
  for (const words of ['the disk was full', 'no space', '% of what may be stored'])
    assert.ok(text.includes(words), text);
  const collection = found.find(({ kind }) => kind === 'collection-fails');
  assert.equal(collection?.account_id, undefined, "the installation's");
});

test("an account's Administrators see the warnings of their account, the operator those of all and of the installation, other callers none", async () => {
  await using registry = await TestRegistry.start();
  const made = await read(await registry.api('POST', '/api/v1/accounts', { name: 'Tenant' }));
  const tenant = { apikey: made.body.apikey, account: made.body.account_id };
  const ask = async (apikey: string, query = ''): Promise<Response> => {
    const { access_token: token } = await registry.login(apikey);
    return registry.fetch(`/api/v1/warnings${query}`, { headers: { Authorization: `Bearer ${token}` } });
  };
  await key(registry, 'forgotten');
  const member = await read(
    await registry.fetch('/v1/serviceids/', {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${(await registry.login(tenant.apikey)).access_token}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({ account_id: tenant.account, name: 'ci', apikey: { name: 'nightly' } }),
    }),
  );
  registry.clock.advance(91 * DAY);
  const everything = await look(registry);
  const ofTenant = everything.filter(({ account_id }) => account_id === tenant.account);
  assert.ok(ofTenant.length > 0 && ofTenant.length < everything.length, JSON.stringify(everything));
  const own = (await read(await ask(tenant.apikey))).body.warnings;
  assert.deepEqual(own, ofTenant);
  const name = everything.find(({ name }) => name === 'nightly');
  assert.match(name?.mend ?? '', /^tidegate iam service-api-key-delete ApiKey-\S+ ServiceId-\S+$/);
  for (const query of [`?account=${registry.accountId}`, '?account=all'])
    assert.equal((await ask(tenant.apikey, query)).status, 403, query);
  assert.equal((await ask(member.body.apikey.apikey)).status, 403, 'no Administrator');
  assert.equal((await registry.fetch('/api/v1/warnings')).status, 401);
  const begun = await registry.fetch('/api/v1/warnings/looks', {
    method: 'POST',
    headers: { Authorization: `Bearer ${(await registry.login(tenant.apikey)).access_token}` },
  });
  assert.equal(begun.status, 403);
  const ofFirst = await list(registry, `?account=${registry.accountId}`);
  assert.deepEqual(
    ofFirst.map(({ name }) => name),
    ['forgotten'],
  );
  const [first] = (await read(await ask(registry.apikey, '?limit=1'))).body.warnings;
  assert.deepEqual(first, everything[0]);
});

test('doctor says what, when and the command that mends it, with exit code 1, and 0 when nothing needs attention', async () => {
  await using owner = await Owner.open();
  const { registry } = owner;
  const calm = await owner.run('doctor --fresh');
  assert.equal(calm.code, 0, calm.stderr);
  assert.match(calm.stdout, /Nothing needs attention, as of 2026-01-15T12:00Z\./);
  const id = await key(registry, 'ci', registry.clock.now() + 60 * DAY);
  registry.clock.advance(59 * DAY);
  await owner.shell.logIn(registry.url, registry.apikey);
  const turn = await owner.run('doctor --fresh');
  assert.equal(turn.code, 1);
  assert.match(
    turn.stdout,
    /the API key ci ends in 2[34] hours {3}\(at 2026-03-16T12:00Z, account [0-9a-f]{32}\)/,
  );
  assert.match(turn.stdout, new RegExp(`^ {4}tidegate iam api-key-rotate ${id} --grace 24h`, 'm'));
  assert.match(turn.stderr, /1 thing needs attention/);
  const json = await owner.run('doctor -o json');
  assert.equal(json.code, 1);
  assert.equal(JSON.parse(json.stdout).warnings[0].target, id);
  using stranger = new Terminal();
  const { apikey } = await owner.json('account-create others');
  await stranger.logIn(registry.url, apikey);
  assert.equal((await stranger.run('doctor', { clock: registry.clock })).code, 0);
  assert.equal((await stranger.run('doctor --account all', { clock: registry.clock })).code, 5);
});

test('events that are not sealed for five minutes are warned of, with the time since when', async () => {
  const now = Date.UTC(2026, 0, 1, 12);
  const found = async (late: number) => {
    const [source] = sealWarnings({ waited: async () => late });
    assert.ok(source);
    return (await source.find(now, undefined)).warnings;
  };
  assert.deepEqual(await found(4 * 60_000), []);
  const [warning] = await found(10 * 60_000);
  assert.equal(warning?.kind, 'audit-seal-fails');
  assert.match(warning?.says ?? '', /since 2026-01-01T11:50:00\.000Z are not sealed/);
});
