import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError, loadConfig } from '../../src/config/load.ts';
import { loadRegions } from '../../src/config/regions.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runOperator } from './operator.ts';

const refusal = (env: Record<string, string>): string => {
  try {
    loadConfig({}, env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return '';
};

test('a network whose width is missing or is no number is refused, and is never the whole Internet', () => {
  for (const name of ['TIDEGATE_WEBHOOKS_ALLOW', 'TIDEGATE_TRUSTED_PROXIES']) {
    for (const wrong of [
      '10.20.0.0/',
      'fd00::/',
      '10.0.0.0/8/',
      '10.0.0.0/33',
      '10.0.0.0/-1',
      '10.0.0.0/1e1',
    ])
      assert.match(refusal({ [name]: wrong }), new RegExp(`${name} .*10\\.0\\.0\\.0/8`), `${name}=${wrong}`);
    for (const good of ['10.20.0.0/16', '10.20.0.1', 'fd00::/8', '0.0.0.0/0'])
      assert.equal(refusal({ [name]: good }), '', good);
  }
});

test('a settings file that is no YAML is refused by line and column, and no value of it is shown', async () => {
  using folder = temporaryFolder();
  const key = Buffer.alloc(32, 7).toString('base64');
  const file = join(folder.path, 'tidegate.yaml');
  for (const wrong of [
    `data: ./data\nmaster_key: ${key}: x\n`,
    `data: ./data\nmaster_key: "${key}\n`,
    `data: ./data\nmaster_key: *${key}\n`,
    `data: ./data\n? ${key}\n`,
    `master_key:${key}\n`,
    `data: ./data\nmaster_key: ${key}\n]\n`,
  ]) {
    writeFileSync(file, wrong);
    const message = refusal({ TIDEGATE_CONFIG: file });
    assert.match(message, /the configuration file/, wrong);
    assert.ok(!message.includes(key), message);
  }
  // a warning of the parser goes to standard error, and no error comes of it
  writeFileSync(file, `%${key}\n---\nlog_level: warn\n`);
  const { code, stdout, stderr } = await runOperator(['config', '--config', file]);
  assert.equal(code, 0, stderr);
  assert.ok(!`${stdout}${stderr}`.includes(key), stderr);
  writeFileSync(file, `data: ./data\nmaster_key: ${key}: x\n`);
  assert.match(refusal({ TIDEGATE_CONFIG: file }), /line 2, column \d+ is no YAML/);
  for (const name of ['TIDEGATE_ISSUERS_FILE', 'TIDEGATE_COMPUTE_ISSUERS_FILE']) {
    const message = refusal({ [name]: file });
    assert.match(message, new RegExp(`${name} .*line 2`));
    assert.ok(!message.includes(key));
  }
  assert.throws(
    () => loadRegions(file),
    ({ message }: Error) => /line 2/.test(message) && !message.includes(key),
  );
});

test('an address with credentials in it is refused, and tidegate config prints none', async () => {
  const wrong: Record<string, readonly string[]> = {
    TIDEGATE_BLOBS_URL: [
      's3://AKIA:verysecret@bucket',
      's3://bucket?endpoint=https://AKIA:verysecret@s3.example.com',
      's3://bucket?public_endpoint=https://AKIA:verysecret@s3.example.com',
      'https://AKIA:verysecret@s3.example.com/bucket',
    ],
    TIDEGATE_BACKUP_TO: ['s3://bucket/x?endpoint=https://AKIA:verysecret@s3.example.com'],
    TIDEGATE_BACKUP_ROOT: ['s3://bucket/x?endpoint=https://:verysecret@s3.example.com'],
    TIDEGATE_EXTERNAL_URL: ['https://:verysecret@registry.example.com'],
    TIDEGATE_AUDIT_EXPORT: ['syslog+tls://u:verysecret@logs.example.com'],
  };
  for (const [name, values] of Object.entries(wrong))
    for (const value of values) {
      const message = refusal({ [name]: value });
      assert.match(message, new RegExp(`^${name} .*must be`), value);
      assert.ok(!message.includes('verysecret'), message);
    }
  const [, first = ''] = wrong.TIDEGATE_BLOBS_URL ?? [];
  const { code, stdout, stderr } = await runOperator(['config'], { TIDEGATE_BLOBS_URL: first });
  assert.notEqual(code, 0);
  assert.ok(!`${stdout}${stderr}`.includes('verysecret'));
});

test('backups in a loop are no schedule: a minute is the shortest', () => {
  for (const wrong of ['0s', '0d', '59s'])
    assert.match(refusal({ TIDEGATE_BACKUP_EVERY: wrong }), /TIDEGATE_BACKUP_EVERY .*at least 1m/);
  assert.equal(refusal({ TIDEGATE_BACKUP_EVERY: '60s' }), '');
});
