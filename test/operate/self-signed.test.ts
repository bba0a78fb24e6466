import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { DataFolder } from '../../src/config/data-folder.ts';
import { SelfSigned } from '../../src/machine/certificate/self-signed.ts';
import { silentLog } from '../../src/observe/log.ts';
import { DAY, MovableClock } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const HOSTS = [
  'registry.example.com',
  'localhost',
  '127.0.0.1',
  '192.0.2.7',
  '::1',
  '2001:db8::7',
  '2001:db8:0:0:1::',
  '::ffff:192.0.2.7',
  `${'a'.repeat(63)}.${'b'.repeat(63)}.example`,
];
const YEAR = 365 * DAY;

/** A data folder without a server, and what opens the certificates in it. */
const place = () => {
  const folder = temporaryFolder();
  const clock = new MovableClock();
  const data = DataFolder.open(folder.path, { lock: false });
  return {
    clock,
    path: folder.path,
    open: (hosts: readonly string[] = HOSTS) =>
      SelfSigned.open({ folder: data, hosts, clock, log: silentLog() }),
    text: (name: string) => readFileSync(join(folder.path, name), 'utf8'),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
};

/** What openssl, which made neither, says of a certificate at a time. */
const verify = (folder: string, ca: string, at: number, ...more: string[]) => {
  const files = ['-CAfile', join(folder, ca), join(folder, 'tls.pem')];
  const time = ['-attime', String(Math.floor(at / 1000))];
  const args = ['verify', '-x509_strict', '-purpose', 'sslserver', ...time, ...more, ...files];
  const { status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  return { isGood: status === 0, says: stdout + stderr };
};

const nameOption = (host: string) => (/^[\d.]+$|:/.test(host) ? '-verify_ip' : '-verify_hostname');

test('openssl accepts the certificate strictly, for each name and address of the server and for no other', async () => {
  using folder = place();
  await folder.open();
  const now = folder.clock.now();
  for (const host of HOSTS) {
    const { isGood, says } = verify(folder.path, 'ca.pem', now, nameOption(host), host);
    assert.ok(isGood, `${host}: ${says}`);
  }
  for (const host of ['example.com', '192.0.2.8', '2001:db8::8'])
    assert.match(verify(folder.path, 'ca.pem', now, nameOption(host), host).says, /mismatch/, host);
  const text = execFileSync('openssl', ['x509', '-in', join(folder.path, 'ca.pem'), '-noout', '-text'], {
    encoding: 'utf8',
  });
  assert.match(text, /CA:TRUE, pathlen:0/);
  assert.match(text, /Certificate Sign, CRL Sign/);
});

test('only the owner of the data folder can read the keys and certificates', async () => {
  using folder = place();
  await folder.open();
  for (const name of ['ca.pem', 'ca-key.pem', 'tls.pem'])
    assert.equal(statSync(join(folder.path, name)).mode & 0o777, 0o600, name);
});

test('a second start changes nothing; another name brings another certificate of the same CA', async () => {
  using folder = place();
  const first = await folder.open();
  assert.ok(first.authority.isNew);
  const [ca, server] = [folder.text('ca.pem'), folder.text('tls.pem')];
  assert.equal(first.authority.fingerprint, new X509Certificate(ca).fingerprint256);
  const second = await folder.open();
  assert.deepEqual([folder.text('ca.pem'), folder.text('tls.pem')], [ca, server]);
  assert.equal(second.authority.isNew, false);
  await folder.open(['other.example.com']);
  assert.equal(folder.text('ca.pem'), ca);
  const now = folder.clock.now();
  assert.ok(verify(folder.path, 'ca.pem', now, '-verify_hostname', 'other.example.com').isGood);
  assert.ok(!verify(folder.path, 'ca.pem', now, '-verify_hostname', 'registry.example.com').isGood);
});

test('a year before the CA ends its certificate is made again: clients that trust the old one trust what follows', async () => {
  using folder = place();
  const made = await folder.open();
  const old = folder.text('ca.pem');
  writeFileSync(join(folder.path, 'old.pem'), old);
  for (let years = 0; years < 9; years += 1) {
    folder.clock.advance(YEAR - DAY);
    await made.job.run(new AbortController().signal);
    assert.equal(folder.text('ca.pem'), old, `after ${years + 1} years`);
  }
  folder.clock.advance(10 * DAY);
  await made.job.run(new AbortController().signal);
  assert.notEqual(folder.text('ca.pem'), old);
  const now = folder.clock.now();
  for (const ca of ['old.pem', 'ca.pem']) assert.ok(verify(folder.path, ca, now).isGood, ca);
});

test('a damaged certificate is made again; a damaged key of the CA is named, and nothing is written over it', async () => {
  using folder = place();
  await folder.open();
  const ca = folder.text('ca.pem');
  const [certificate = ''] = folder.text('tls.pem').split('-----BEGIN PRIVATE KEY-----');
  for (const damaged of ['', 'x', certificate]) {
    writeFileSync(join(folder.path, 'tls.pem'), damaged);
    await folder.open();
    assert.ok(verify(folder.path, 'ca.pem', folder.clock.now()).isGood);
    assert.match(folder.text('tls.pem'), /PRIVATE KEY/);
  }
  writeFileSync(join(folder.path, 'ca-key.pem'), 'x');
  await assert.rejects(folder.open(), /ca-key\.pem is damaged/);
  assert.equal(folder.text('ca-key.pem'), 'x');
  rmSync(join(folder.path, 'ca-key.pem'));
  await folder.open();
  assert.notEqual(folder.text('ca.pem'), ca, 'a certificate of a lost key vouches for nothing');
  assert.ok(verify(folder.path, 'ca.pem', folder.clock.now()).isGood);
});

/** The certificate that a new connection is shown. */
const shown = async (registry: TestRegistry): Promise<X509Certificate> => {
  const { hostname: host, port } = new URL(registry.url);
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  assert.ok(certificate);
  return certificate;
};

test('the certificate is renewed while the server runs: 30 days before it ends, new connections are shown the next one', async () => {
  await using registry = await TestRegistry.start({ env: { TIDEGATE_TLS: 'self-signed' } });
  assert.match(registry.url, /^https:/);
  const first = await shown(registry);
  registry.clock.advance(59 * DAY);
  await registry.runJob('renew-certificate');
  registry.clock.advance(2 * DAY);
  await registry.runJob('renew-certificate');
  await until(
    'the next certificate is shown',
    async () => (await shown(registry)).serialNumber !== first.serialNumber,
  );
  const next = await shown(registry);
  const ca = new X509Certificate(readFileSync(join(registry.data, 'ca.pem')));
  assert.ok(next.verify(ca.publicKey) && first.verify(ca.publicKey));
  assert.ok(next.validToDate.getTime() >= registry.clock.now() + 89 * DAY);
});

test('a folder with tls.crt and tls.key, or one file with both, is served, and read again when it changes', async () => {
  using folder = place();
  await folder.open(['localhost']);
  const whole = join(folder.path, 'tls.pem');
  const split = (): void => {
    const text = readFileSync(whole, 'utf8');
    const at = text.indexOf('-----BEGIN PRIVATE KEY-----');
    writeFileSync(join(folder.path, 'tls.key'), text.slice(at));
    writeFileSync(join(folder.path, 'tls.crt'), text.slice(0, at));
  };
  split();
  const serial = (): string => new X509Certificate(readFileSync(whole)).serialNumber;
  await using one = await TestRegistry.start({ env: { TIDEGATE_TLS: folder.path } });
  await using other = await TestRegistry.start({ env: { TIDEGATE_TLS: whole } });
  assert.equal((await shown(one)).serialNumber, serial());
  const before = serial();
  await folder.open(['localhost', 'other.example.com']);
  split();
  assert.notEqual(serial(), before);
  for (const registry of [one, other])
    await until('it is read again', async () => (await shown(registry)).serialNumber === serial());
});
