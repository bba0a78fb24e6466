import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import type { AuditEvent } from '../../src/wire/audit.ts';
import { Owner } from '../cli/owner.ts';
import { makeCertificate } from '../support/certificate.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { SealedLog } from './sealed-log.ts';
import { SyslogServer } from './syslog-receiver.ts';

const folder = temporaryFolder().path;

const JOB = 'export-audit-log';

const eventsIn = (file: string): AuditEvent[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The numbers in a file; they have to be each one from the first to the last. */
const numbersIn = (file: string, from = 1): number[] => {
  const numbers = eventsIn(file).map(({ sequence = 0 }) => sequence);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => from + index),
  );
  return numbers;
};

describe('tidegate audit export', () => {
  const owner = Owner.ofTests('birds');
  const file = join(folder, 'cli.ndjson');
  const more = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) await owner.registry.createKey(`k${index}`);
  };
  const all = async (): Promise<string> => owner.says(`audit export --to ${file} --account all`);

  test('O25: run again, it goes on where the file ends: nothing is lost, and nothing comes twice', async () => {
    await more(5);
    assert.match(await all(), /events were added/);
    const first = numbersIn(file).length;
    assert.match(await all(), /0 events were added/);
    await more(3);
    await all();
    assert.ok(numbersIn(file).length > first);
    // as if it had been killed in the middle of a line
    const whole = readFileSync(file, 'utf8');
    writeFileSync(file, whole.slice(0, -100));
    await all();
    assert.equal(readFileSync(file, 'utf8'), whole);
  });

  test('another file goes on behind the first with --after', async () => {
    const said = await all();
    const [, after = ''] = /--after (\d+)\./.exec(said) ?? [];
    await more(2);
    const next = join(folder, 'next.ndjson');
    await owner.says(`audit export --to ${next} --account all --after ${after}`);
    numbersIn(next, Number(after) + 1);
    assert.equal((await owner.run(`audit export --to ${next} --after soon`)).code, 2);
  });

  test('a file of something else is left as it is', async () => {
    const other = join(folder, 'other.txt');
    for (const text of ['hello\n', 'hello', '{"sequence":"x"}\n', '\n']) {
      writeFileSync(other, text);
      assert.equal((await owner.run(`audit export --to ${other}`)).code, 2, text);
      assert.equal(readFileSync(other, 'utf8'), text);
    }
  });

  test('filters narrow it, and an account exports its own events only', async () => {
    const own = join(folder, 'own.ndjson');
    await owner.says(`audit export --to ${own} --action iam-identity.user-apikey.create`);
    const events = eventsIn(own);
    assert.ok(events.length > 5);
    assert.deepEqual([...new Set(events.map(({ account }) => account))], [owner.registry.accountId]);
  });
});

describe('export by the server into a file', () => {
  test('O25: it goes on after a restart, a cut line and a rotation: nothing is lost, and nothing comes twice in a file', async () => {
    const file = join(folder, 'server.ndjson');
    await using log = await SealedLog.open({ TIDEGATE_AUDIT_EXPORT: `file:${file}` });
    const run = () => log.registry.runJob(JOB);
    await log.make(10);
    await run();
    const first = numbersIn(file).length;
    await log.restart();
    await log.make(300);
    await run();
    await run();
    assert.ok(numbersIn(file).length >= first + 300);
    // killed after it wrote, before it noted how far it was; and in the middle of a line
    await log.rows((db) => db.updateTable('audit_exports').set({ number: 3 }).execute());
    appendFileSync(file, '{"id":"Event-0');
    await log.make(2);
    await run();
    const last = numbersIn(file).at(-1) ?? 0;
    renameSync(file, `${file}.1`);
    await log.make(2);
    await run();
    numbersIn(file, last + 1);
  });

  test('a file that cannot be written holds nothing up, is told once, and is gone on with later', async () => {
    const file = join(folder, 'absent', 'audit.ndjson');
    await using log = await SealedLog.open({ TIDEGATE_AUDIT_EXPORT: `file:${file}` });
    await log.make(2);
    await log.registry.runJob(JOB);
    await log.registry.runJob(JOB);
    const told = log.registry.logged.filter((line) => line.includes('cannot be exported'));
    assert.equal(told.length, 1);
    const metrics = await (await log.registry.api('GET', '/metrics')).text();
    assert.match(metrics, /^tidegate_audit_export_lag_events [1-9]/m);
  });
});

describe('export by the server to syslog', () => {
  const certificate = makeCertificate(folder);
  const open = async (
    port: number,
    { ca = certificate.certFile, host = 'localhost' }: { ca?: string; host?: string } = {},
  ) =>
    SealedLog.open({
      TIDEGATE_AUDIT_EXPORT: `syslog+tls://${host}:${port}`,
      TIDEGATE_AUDIT_EXPORT_CA: ca,
    });

  test('O26: messages of RFC 5424 in frames of RFC 5425 parse, with line feeds and letters beyond ASCII in events', async () => {
    await using server = await SyslogServer.open(certificate);
    await using log = await open(server.port);
    const name = 'zwei\nZeilen, 한국어, \u0007 and 💥';
    const send = (method: string, path: string, body?: object) =>
      log.owner.send(method, path, body, { 'User-Agent': 'agent/1' });
    await send('POST', '/v1/serviceids', { account_id: log.registry.accountId, name });
    await send('POST', '/v1/serviceids', { account_id: 'x', name });
    await log.restart();
    await log.registry.runJob(JOB);
    assert.ok(server.messages.length >= 3);
    for (const message of server.messages) {
      assert.equal(message.facility, 13);
      assert.ok([2, 4, 6].includes(message.severity));
      assert.equal(message.app, 'tidegate');
      assert.match(message.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.match(message.text, /^[\x20-\x7e]+$/);
      assert.ok(message.octets <= 2048);
    }
    const made = server.messages.find(({ event }) => event.action === 'iam-identity.serviceid.create');
    assert.equal(made?.event.target.name, name);
    assert.equal(made?.event.initiator.host.agent, 'agent/1');
    const { body } = await log.owner.get('/api/v1/audit/events?order=sequence&account=all&limit=1');
    assert.deepEqual(server.messages[0]?.event, body.events[0]);
  });

  test('O26: no message has more than 2048 octets: what changed is left out first', async () => {
    await using server = await SyslogServer.open(certificate);
    await using log = await open(server.port);
    await log.make(3);
    await log.seal();
    const set = (number: number, values: object) =>
      log.rows((db) => db.updateTable('audit_events').set(values).where('number', '=', number).execute());
    const long = '한'.repeat(200);
    await set(2, { changed: JSON.stringify({ roles: { from: Array(20).fill(long) } }) });
    await set(3, { reason: long, target_name: long, reference: long, target: long, claims: '{"sub":"x"}' });
    await log.registry.runJob(JOB);
    const [, changed, everything] = server.messages;
    assert.ok(server.messages.every(({ octets }) => octets <= 2048));
    assert.equal(changed?.event.requestData, undefined);
    assert.equal(changed?.event.initiator.host.address, '127.0.0.1');
    assert.equal(everything?.event.sequence, 3);
  });

  test('O25: what comes while the receiver is down is sent when it is back; nothing is lost', async () => {
    const port = await freePort();
    await using log = await open(port);
    await log.make(4);
    await log.registry.runJob(JOB);
    await log.make(250);
    await log.registry.runJob(JOB);
    assert.equal(log.registry.logged.filter((line) => line.includes('cannot be exported')).length, 1);
    await using server = await SyslogServer.open(certificate, port);
    await log.registry.runJob(JOB);
    const { numbers } = server;
    assert.ok(numbers.length > 254);
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    );
    await log.registry.runJob(JOB);
    assert.equal(server.numbers.length, numbers.length);
    assert.ok(log.registry.logged.some((line) => line.includes('exported again')));
  });

  test('O25: a receiver that dies in the middle gets again what it may not have', async () => {
    await using server = await SyslogServer.open(certificate);
    await using log = await open(server.port);
    const sent = async (): Promise<number> => {
      const row = await log.rows((db) => db.selectFrom('audit_exports').select('number').executeTakeFirst());
      return row?.number ?? 0;
    };
    await log.registry.runJob(JOB);
    const first = await sent();
    server.diesAfter = 20_000;
    await log.make(200);
    await log.registry.runJob(JOB);
    assert.equal(await sent(), first);
    const before = server.numbers.length;
    server.diesAfter = undefined;
    await log.registry.runJob(JOB);
    const numbers = server.numbers.slice(before);
    assert.ok(numbers.length >= 200);
    assert.equal(numbers[0], first + 1);
  });

  test('O25: what a receiver does not say goodbye for is sent again, unless it never says it', async () => {
    await using server = await SyslogServer.open(certificate);
    await using log = await open(server.port);
    server.isSilent = true;
    await log.make(3);
    for (let turn = 0; turn < 4; turn++) await log.registry.runJob(JOB);
    assert.ok(log.registry.logged.some((line) => line.includes('without saying that it has read all')));
    assert.ok(server.numbers.filter((number) => number === 1).length >= 2);
    const count = server.numbers.length;
    await log.registry.runJob(JOB);
    assert.equal(server.numbers.length, count);
  });

  test('a receiver that ends no connection does not hold up the end of the server: nothing new is taken meanwhile', async () => {
    await using server = await SyslogServer.open(certificate);
    server.isOpenEnded = true;
    const port = await freePort();
    const log = await SealedLog.open({
      TIDEGATE_AUDIT_EXPORT: `syslog+tls://localhost:${server.port}`,
      TIDEGATE_AUDIT_EXPORT_CA: certificate.certFile,
      TIDEGATE_OPS_LISTEN: `127.0.0.1:${port}`,
    });
    await log.make(1);
    // the runner's own run: it waits for the goodbye now
    await until('the events are there', () => server.messages.length > 0);
    const { registry } = log;
    const { url } = registry;
    const ended = registry[Symbol.asyncDispose]();
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    assert.deepEqual(
      [ready.status, await ready.json()],
      [503, { status: 'unavailable', failed: ['draining'] }],
    );
    await assert.rejects(fetch(`${url}/healthz`), 'a new connection is refused');
    await ended;
    assert.ok(!registry.logged.some((line) => /did not end in time|cannot be exported/.test(line)));
  });

  test('a receiver whose certificate is not vouched for, or is of another name, gets nothing', async () => {
    await using server = await SyslogServer.open(certificate);
    const other = mkdtempSync(join(folder, 'other-'));
    const stranger = makeCertificate(other);
    for (const options of [{ ca: stranger.certFile }, { host: 'ip6-localhost.invalid' }]) {
      await using log = await open(server.port, options);
      await log.make(1);
      await log.registry.runJob(JOB);
      assert.ok(log.registry.logged.some((line) => line.includes('cannot be exported')));
    }
    assert.equal(server.messages.length, 0);
  });
});

test('P7: without TIDEGATE_AUDIT_EXPORT there is no export, and no target but a file and syslog over TLS', async () => {
  await using log = await SealedLog.open();
  await assert.rejects(log.registry.runJob(JOB), /there is no job/);
  const wrong = [
    'udp://host:514',
    'syslog://host:514',
    'syslog+tls://',
    'syslog+tls://user:secret@host',
    'syslog+tls://host/path',
    'file:relative',
    'https://host',
  ];
  for (const target of wrong)
    assert.throws(
      () => loadConfig({}, { TIDEGATE_DATA: folder, TIDEGATE_AUDIT_EXPORT: target }),
      /must be file:\/path or syslog\+tls/,
      target,
    );
});
