import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formed } from '../../src/webhooks/forms/forms.ts';
import { newSecret } from '../../src/webhooks/forms/secret.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { fencedBlocks } from './fenced.ts';

const guide = (name: string) =>
  fencedBlocks(readFileSync(join(import.meta.dirname, `../../docs/guides/${name}`), 'utf8'));

/** The script of the guide, as the guide writes it. */
const scriptIn = (home: string): string => {
  const block = guide('webhooks.md').find(({ language }) => language === 'sh');
  assert.ok(block);
  execFileSync('/bin/bash', ['-e'], { input: block.lines.join('\n'), env: { ...process.env, HOME: home } });
  return join(home, 'verify.sh');
};

test('the script of the guide takes what was signed, with either secret of a rotation, and refuses anything else', () => {
  const home = temporaryFolder().path;
  const script = scriptIn(home);
  const secret = newSecret();
  const secretFile = join(home, 'secret');
  writeFileSync(secretFile, `${secret}\n`);
  const event = {
    id: 'Event-1',
    accountId: 'a'.repeat(32),
    at: 0,
    kind: 'webhook.test',
    says: 'ä "한글"',
    actor: { name: 'system' },
  } as const;
  const signed = (at: number, ...secrets: string[]) =>
    formed({ form: 'standard' }, event, { at, secrets, registryAddress: 'https://registry.example.com' });
  const verdict = ({ headers, body }: ReturnType<typeof signed>, change: Record<string, string> = {}) => {
    const all: Record<string, string> = { ...headers, ...change };
    const words = ['id', 'timestamp', 'signature'].map((name) => all[`webhook-${name}`] ?? '');
    return spawnSync(script, [secretFile, ...words], { input: all.body ?? body }).status;
  };
  const now = Date.now();
  assert.equal(verdict(signed(now, secret)), 0);
  assert.equal(verdict(signed(now, newSecret(), secret)), 0);
  assert.equal(verdict(signed(now, secret, newSecret())), 0);
  assert.equal(verdict(signed(now, newSecret())), 1, 'another secret');
  assert.equal(verdict(signed(now, secret), { body: '{}' }), 1, 'another body');
  assert.equal(verdict(signed(now, secret), { 'webhook-id': 'Event-2' }), 1, 'another id');
  assert.equal(verdict(signed(now - 600_000, secret)), 1, 'it is old');
  assert.equal(verdict(signed(now + 600_000, secret)), 1, 'it is of the future');
  assert.equal(verdict(signed(now, secret), { 'webhook-signature': '' }), 1, 'no signature');
});
