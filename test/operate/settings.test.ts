import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConfigError, loadConfig } from '../../src/config/load.ts';
import { loadRegions } from '../../src/config/regions.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runOperator } from './operator.ts';

const refusal = (env: Record<string, string>, flags: Record<string, string> = {}): string => {
  try {
    loadConfig(flags, env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return '';
};

test('flags win over the environment, the environment over the file, the file over defaults', () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'tidegate.yaml');
  writeFileSync(file, 'listen: 127.0.0.1:7001\ndata: /from/file\nlog_level: warn\n');
  const { config, sources } = loadConfig(
    { '--listen': '127.0.0.1:7003', '--config': file },
    { TIDEGATE_LISTEN: '127.0.0.1:7002', TIDEGATE_DATA: '/from/env' },
  );
  assert.equal(config.listen.port, 7003);
  assert.equal(config.data, '/from/env');
  assert.equal(config.logLevel, 'warn');
  assert.equal(config.registryTokenTtl, 24 * 3_600_000);
  assert.deepEqual(
    [sources.listen, sources.data, sources.logLevel, sources.registryTokenTtl, sources.databaseUrl],
    ['flag', 'environment', 'file', 'default', 'unset'],
  );
});

test('a setting that does not exist is refused wherever it stands', () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'tidegate.yaml');
  writeFileSync(file, 'listn: 127.0.0.1:7001\n');
  assert.match(refusal({ TIDEGATE_LISTN: 'x' }), /there is no setting TIDEGATE_LISTN/);
  assert.match(refusal({}, { '--listn': 'x' }), /there is no flag --listn/);
  assert.match(refusal({ TIDEGATE_CONFIG: file }), /unknown key listn/);
});

test('all faults are reported at once, each with what would be right', () => {
  const message = refusal({
    TIDEGATE_LISTEN: '5000',
    TIDEGATE_REGISTRY_TOKEN_TTL: 'soon',
    TIDEGATE_SPARSE_INDEX: 'maybe',
  });
  assert.match(message, /TIDEGATE_LISTEN .*127\.0\.0\.1:5000/);
  assert.match(message, /TIDEGATE_REGISTRY_TOKEN_TTL .*24h/);
  assert.match(message, /TIDEGATE_SPARSE_INDEX .*true or false/);
});

test('plain HTTP beyond loopback is refused without a decision', () => {
  const beyond = { TIDEGATE_LISTEN: '192.0.2.1:5000' };
  assert.match(refusal(beyond), /send secrets in the clear/);
  assert.equal(refusal({ ...beyond, TIDEGATE_INSECURE_HTTP: 'true' }), '');
  assert.equal(refusal({ ...beyond, TIDEGATE_EXTERNAL_URL: 'https://registry.example.com' }), '');
  assert.match(
    refusal({ TIDEGATE_LISTEN: '0.0.0.0:5000', TIDEGATE_INSECURE_HTTP: 'true' }),
    /TIDEGATE_EXTERNAL_URL is required/,
  );
});

test('settings that belong together are refused when one is missing', () => {
  assert.match(refusal({ TIDEGATE_TLS_CERT: 'cert.pem' }), /go together/);
  const pair = { TIDEGATE_TLS_CERT: 'cert.pem', TIDEGATE_TLS_KEY: 'key.pem' };
  assert.match(refusal({ TIDEGATE_TLS: 'self-signed', ...pair }), /set it, or the two/);
  assert.match(refusal({ TIDEGATE_TLS: '/nowhere' }), /TIDEGATE_TLS .*must be self-signed, a folder/);
  const plain = { TIDEGATE_EXTERNAL_URL: 'http://registry.example.com' };
  assert.match(refusal({ TIDEGATE_TLS: 'self-signed', ...plain }), /must begin with https/);
  assert.match(refusal({ TIDEGATE_DATABASE_URL: 'postgres://localhost/x' }), /TIDEGATE_MASTER_KEY_FILE/);
  assert.match(refusal({ TIDEGATE_DATABASE_URL: 'postgres://localhost/x' }), /TIDEGATE_EXTERNAL_URL must be/);
  assert.match(refusal({ TIDEGATE_BOOTSTRAP_APIKEY: 'short' }), /32 to 1024/);
  assert.match(refusal({ TIDEGATE_BLOB_REDIRECT: '1m' }), /set TIDEGATE_BLOBS_URL/);
  const blobs = { TIDEGATE_BLOBS_URL: 's3://bucket' };
  assert.equal(refusal({ TIDEGATE_BLOB_REDIRECT: '5m', ...blobs }), '');
  for (const far of ['6m', '0s', '1d', 'on'])
    assert.match(refusal({ TIDEGATE_BLOB_REDIRECT: far, ...blobs }), /TIDEGATE_BLOB_REDIRECT .*must be/);
});

test('a duration that no date or timer can hold is refused, and the longest is said', () => {
  for (const name of [
    'REGISTRY_TOKEN_TTL',
    'GC_GRACE',
    'TRASH_RETENTION',
    'AUDIT_RETENTION',
    'BACKUP_EVERY',
  ]) {
    assert.equal(refusal({ [`TIDEGATE_${name}`]: '36500d' }), '');
    for (const far of ['36501d', '999999999d', '999999999h'])
      assert.match(refusal({ [`TIDEGATE_${name}`]: far }), new RegExp(`TIDEGATE_${name} .*at most 36500d`));
  }
  // a timer of more than 24 days would end at once, and transfers with it
  assert.equal(refusal({ TIDEGATE_DRAIN: '24h' }), '');
  for (const far of ['25h', '30d'])
    assert.match(refusal({ TIDEGATE_DRAIN: far }), /TIDEGATE_DRAIN .*at most 24h/);
});

test('a proxy is to send files only where there are files and a proxy, below an address that is one', () => {
  const proxy = { TIDEGATE_TRUSTED_PROXIES: '127.0.0.1' };
  const good = 'x-accel:/.tidegate-blobs/';
  assert.equal(refusal({ TIDEGATE_SEND_FILE: good, ...proxy }), '');
  assert.match(refusal({ TIDEGATE_SEND_FILE: good }), /TIDEGATE_TRUSTED_PROXIES: set it/);
  const bucket = { TIDEGATE_BLOBS_URL: 's3://bucket' };
  assert.match(
    refusal({ TIDEGATE_SEND_FILE: good, ...proxy, ...bucket }),
    /TIDEGATE_BLOBS_URL there are none/,
  );
  for (const bad of [
    'on',
    '/files/',
    'x-accel:files/',
    'x-accel:/',
    'x-accel:/a',
    'x-accel:/a/../b/',
    'x-accel:/a b/',
    'x-accel://a/',
  ])
    assert.match(refusal({ TIDEGATE_SEND_FILE: bad, ...proxy }), /TIDEGATE_SEND_FILE .*must be x-accel/, bad);
});

test('secrets are taken out of the environment, and are never in what tidegate config prints', async () => {
  const apikey = 'k'.repeat(40);
  const env: Record<string, string> = {
    TIDEGATE_BOOTSTRAP_APIKEY: apikey,
    TIDEGATE_DATABASE_URL: 'postgres://u:pa55w0rd@h/d',
    TIDEGATE_EXTERNAL_URL: 'https://registry.example.com',
  };
  env.TIDEGATE_MASTER_KEY = Buffer.alloc(32, 1).toString('base64');
  const printed = await runOperator(['config'], { ...env });
  assert.equal(printed.code, 0, printed.stderr);
  assert.match(printed.stdout, /TIDEGATE_BOOTSTRAP_APIKEY = \(set\) {3}\[environment/);
  for (const secret of [apikey, 'pa55w0rd', env.TIDEGATE_MASTER_KEY])
    assert.ok(!printed.stdout.includes(secret));
  const { config } = loadConfig({}, env);
  assert.equal(config.bootstrapApikey, apikey);
  assert.deepEqual(Object.keys(env), ['TIDEGATE_EXTERNAL_URL']);
});

test('a wrong value of a setting always gives a sentence that names the setting', () => {
  const names = [
    'TIDEGATE_LISTEN',
    'TIDEGATE_EXTERNAL_URL',
    'TIDEGATE_TRUSTED_PROXIES',
    'TIDEGATE_DRAIN',
    'TIDEGATE_MASTER_KEY',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.string({ maxLength: 60 }), (name, text) => {
      const message = refusal({ [name]: text });
      assert.ok(message === '' || message.includes('TIDEGATE_'), message);
    }),
  );
});

test('a secret in a file that cannot be used is refused by the name of the file, without its content', () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'key');
  for (const [content, said] of [
    ['', / \(which is empty\), must be 32 bytes/],
    ['no-key-at-all', /, must be 32 bytes/],
  ] as const) {
    writeFileSync(file, content);
    const message = refusal({ TIDEGATE_MASTER_KEY_FILE: file });
    assert.ok(message.includes(`given in ${file}`), message);
    assert.match(message, said);
    assert.ok(!message.includes('no-key-at-all'));
  }
});

test('a wrong regions file is refused, and the fault is named', () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'regions.yaml');
  const read = (text: string) => {
    writeFileSync(file, text);
    return loadRegions(file);
  };
  const good = read(
    'default: us-south\nregions:\n  - { name: us-south, old_name: US South, hosts: [US.icr.io] }\n',
  );
  assert.deepEqual(good.regions, [
    { name: 'us-south', oldName: 'US South', aliases: [], hosts: ['us.icr.io'] },
  ]);
  assert.equal(good.anyHost, false);
  assert.throws(() => read('regions: []'), /list `regions`/);
  assert.throws(() => read('default: x\nregions: [{ name: y }]'), /`default` must name/);
  assert.throws(
    () => read('default: x\nregions: [{ name: x, hosts: [a.b] }, { name: y, hosts: [a.b] }]'),
    /host a\.b is there twice/,
  );
  assert.throws(() => read('default: x\nregions: [{ name: x, host: a }]'), /unknown key host/);
  assert.throws(() => read('default: x\nregions: [{ name: x, hosts: ["a.b:5000"] }]'), /hosts have no port/);
  const longest = 'x'.repeat(63);
  assert.equal(read(`default: ${longest}\nregions: [{ name: ${longest} }]`).default, longest);
  assert.throws(
    () => read(`default: ${longest}y\nregions: [{ name: ${longest}y }]`),
    /has 64 characters; folders and S3 prefixes take 63/,
  );
  assert.throws(() => loadRegions(join(folder.path, 'absent.yaml')), /cannot be used/);
});
