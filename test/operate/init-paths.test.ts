import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { writeSettings } from '../../src/admin/init.ts';
import { ConfigError, loadConfig } from '../../src/config/load.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What init writes for these flags. */
const written = (folder: string, flags: Record<string, string>): Record<string, string> => {
  const file = join(folder, 'tidegate.yaml');
  writeSettings({ '--data': join(folder, 'data'), ...flags }, file);
  return parse(readFileSync(file, 'utf8'));
};

/** A file with a content, by its path from the working folder of this process. */
const relativeFile = (folder: string, name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return relative('.', join(folder, name));
};

test('init writes every path whole: those of settings and those of files that hold a secret', () => {
  using folder = temporaryFolder();
  const at = (name: string, content = ''): string => relativeFile(folder.path, name, content);
  const name = { '--external-url': 'https://registry.example.com' };
  const settings = written(folder.path, {
    ...name,
    '--tls-cert': at('c.pem'),
    '--tls-key': at('k.pem'),
    '--regions-file': at('regions.yaml'),
    '--issuers-file': at('issuers.yaml', 'issuers: []\n'),
    '--audit-export-ca': at('ca.pem'),
    '--master-key-file': at('key', Buffer.alloc(32, 1).toString('base64')),
    '--bootstrap-apikey-file': at('apikey', 'k'.repeat(40)),
    '--backup-to': './backups',
    '--backup-root': 's3://bucket/prefix',
  });
  assert.deepEqual(settings, {
    data: join(folder.path, 'data'),
    external_url: 'https://registry.example.com',
    tls_cert: join(folder.path, 'c.pem'),
    tls_key: join(folder.path, 'k.pem'),
    regions_file: join(folder.path, 'regions.yaml'),
    issuers_file: join(folder.path, 'issuers.yaml'),
    audit_export_ca: join(folder.path, 'ca.pem'),
    master_key_file: join(folder.path, 'key'),
    bootstrap_apikey_file: join(folder.path, 'apikey'),
    backup_to: resolve('backups'),
    backup_root: 's3://bucket/prefix',
    listen: '0.0.0.0:443',
  });
});

test('init has the server listen where clients reach it, or their proxy does', () => {
  using folder = temporaryFolder();
  const pair = { '--tls-cert': '/etc/c.pem', '--tls-key': '/etc/k.pem' };
  const listens = (url: string, more: Record<string, string>): string | undefined =>
    written(folder.path, { '--external-url': url, ...more }).listen;
  assert.equal(listens('https://r.example.com:5443', pair), '0.0.0.0:5443');
  assert.equal(listens('https://r.example.com', { '--tls': 'self-signed' }), '0.0.0.0:443');
  assert.equal(listens('http://r.example.com:5000', { '--insecure-http': 'true' }), '0.0.0.0:5000');
  assert.equal(listens('https://r.example.com', { '--trusted-proxies': '192.0.2.1' }), '0.0.0.0:5000');
  assert.equal(listens('https://r.example.com', { '--trusted-proxies': '127.0.0.1' }), undefined);
  assert.equal(listens('https://r.example.com', {}), undefined);
  assert.equal(listens('https://r.example.com', { ...pair, '--listen': '192.0.2.7:1443' }), '192.0.2.7:1443');
  assert.equal(listens('https://localhost:5443', pair), undefined);
});

test('in a settings file, a key with nothing behind it counts as absent, and what is no text is refused by name', () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'tidegate.yaml');
  const load = (text: string) => {
    writeFileSync(file, text);
    return loadConfig({ '--config': file }, {});
  };
  const { config, sources } = load(
    'data:\nlog_level: ~\ntrusted_proxies: [192.0.2.1, 192.0.2.2]\ndrain: 5s\n',
  );
  assert.equal(config.data, './data');
  assert.equal(config.logLevel, 'info');
  assert.deepEqual([sources.data, sources.logLevel, sources.drain], ['default', 'default', 'file']);
  assert.equal(config.trustedProxies?.length, 2);
  for (const [text, key] of [
    ['data: { folder: x }\n', 'data'],
    ['backup_to:\n  s3: bucket\n', 'backup_to'],
    ['trusted_proxies:\n  - 192.0.2.1\n  -\n', 'trusted_proxies'],
    ['trusted_proxies: [[192.0.2.1]]\n', 'trusted_proxies'],
  ] as const)
    assert.throws(
      () => load(text),
      (error: Error) =>
        error instanceof ConfigError && error.message.includes(`${key} must be a text or a list of texts`),
      text,
    );
  assert.throws(() => load('listn:\n'), /unknown key listn/);
});
