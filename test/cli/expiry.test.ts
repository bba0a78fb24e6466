import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { HOUR, MINUTE } from '../support/clock.ts';
import { transcript } from '../support/transcript.ts';
import { Owner } from './owner.ts';
import { says, startStranger } from './stranger.ts';
import { Terminal } from './terminal.ts';

/** The clock of the registry stands at 2026-01-15T12:00:00Z. */
describe('when a key or a token ends', () => {
  const owner = Owner.ofTests();

  const expiryOf = async (...words: string[]): Promise<number> => {
    const { id } = await owner.json(['cr', 'token-add', ...words]);
    const tokens: { _id: string; expiry: number }[] = await owner.json('cr tokens');
    return (tokens.find(({ _id }) => _id === id)?.expiry ?? 0) * 1000;
  };

  test('--expires-at gives a token a date, to the second', async () => {
    for (const [text, at] of [
      ['2026-02-01', '2026-02-01T00:00:00Z'],
      ['2026-01-15T12:30Z', '2026-01-15T12:30:00Z'],
      ['2026-01-15T12:30:07Z', '2026-01-15T12:30:07Z'],
      ['2026-01-15T12:30:07.000Z', '2026-01-15T12:30:07Z'],
      ['2026-01-15T12:30+0000', '2026-01-15T12:30:00Z'],
      ['2026-01-15T14:30+02:00', '2026-01-15T12:30:00Z'],
      ['2026-01-15T12:30', '2026-01-15T12:30:00Z'],
    ] as const)
      assert.equal(await expiryOf('--expires-at', text), Date.parse(at), text);
  });

  test('--expires-in gives a key a lifetime, which ends with a full minute and is not shorter than asked', async () => {
    const { clock } = owner.registry;
    for (const [family, words] of [
      ['api-key', []],
      ['service-api-key', ['robin']],
    ] as const) {
      if (words.length > 0) await owner.says('iam service-id-create robin');
      const create = (name: string, ...more: string[]) =>
        owner.json(['iam', `${family}-create`, name, ...words, ...more]);
      assert.equal((await create('a', '--expires-in', '30d')).expires_at, '2026-02-14T12:00+0000');
      assert.equal((await create('b', '--expires-in', '90s')).expires_at, '2026-01-15T12:02+0000');
      assert.equal((await create('c', '--expires-at', '2026-02-01')).expires_at, '2026-02-01T00:00+0000');
    }
    const { apikey } = await owner.json('iam api-key-create short --expires-in 1h');
    await owner.registry.login(apikey);
    clock.advance(HOUR);
    await assert.rejects(owner.registry.login(apikey));
    clock.advance(-HOUR);
  });

  test('a date in the past, a text that is not a date, and both options together are refused without a call', async () => {
    owner.registry.logged.length = 0;
    for (const command of ['iam api-key-create k', 'cr token-add']) {
      for (const [words, complaint] of [
        ['--expires-at 2026-01-15T12:00Z', "'2026-01-15T12:00Z' is in the past"],
        ['--expires-at 2026-01-15T11:59Z', "'2026-01-15T11:59Z' is in the past"],
        ['--expires-at tomorrow', "'tomorrow' is not a date. Give one such as 2027-01-31"],
        ['--expires-at 2026-02-30', "'2026-02-30' is not a date"],
        ['--expires-at 1', "'1' is not a date"],
        ['--expires-in 1y', "'1y' is not a duration. Give one such as 90s, 15m, 24h or 30d."],
        ['--expires-in 1h --expires-at 2027-01-31', 'Use either --expires-in or --expires-at.'],
      ] as const) {
        const turn = await owner.run(`${command} ${words}`);
        assert.equal(turn.code, 2, transcript(turn));
        assert.ok(turn.stderr.startsWith(`FAILED\n${complaint}`), turn.stderr);
      }
    }
    const both = await owner.run('cr token-add --non-expiring --expires-at 2027-01-31');
    assert.equal(both.stderr, 'FAILED\nUse either --non-expiring or --expires-at.\n');
    const long = await owner.run('cr token-add --expires-at 2036-01-15');
    assert.match(long.stderr, /^FAILED\nA token lives for 3650d at most/);
    assert.ok(!owner.registry.logged.some((line) => /apikeys|api\/v1\/tokens/.test(line)));
  });

  test('token-list shows when a token ends, in UTC, and the namespace it reaches', async () => {
    await owner.registry.namespaceAdd('birds');
    const ids = new Map<string, string>();
    for (const [name, words] of [
      ['forever', '--non-expiring'],
      ['hour', '--expires-in 1h --namespace birds'],
    ] as const)
      ids.set(name, (await owner.json(`cr token-add --description ${name} ${words}`)).id);
    const lines = (await owner.says('cr tokens')).split('\n');
    assert.match(lines[2] ?? '', /^TOKEN ID +READONLY +EXPIRY +NAMESPACE +DESCRIPTION$/);
    const row = (name: string) => lines.find((line) => line.endsWith(`   ${name}`))?.split(/ {3,}/);
    const at = '2026-01-15T13:00:00Z';
    assert.deepEqual(row('forever'), [ids.get('forever'), 'true', 'never', '(all)', 'forever']);
    assert.deepEqual(row('hour'), [ids.get('hour'), 'true', at, 'birds', 'hour']);
    // programs read seconds, as IBM's documents say
    const hour = await owner.says(['cr', 'tokens', '--format', '{{.ID}} {{.Expiry}}']);
    assert.ok(hour.includes(`${ids.get('hour')} ${(owner.registry.clock.now() + 60 * MINUTE) / 1000}\n`));
  });
});

test('a token whose namespace is gone is not shown as one for all namespaces', async () => {
  const token = {
    ...{ _id: 'a', owner: '', token: '', secondary_owner: 'lost', readonly: true, revoked: false },
    ...{ expiry: 0, encrypted_token: '', namespace: '' },
  };
  await using server = await startStranger((_, response) => says(response, 200, { tokens: [token] }));
  using shell = new Terminal();
  shell.pretend(server.url);
  assert.match((await shell.run('cr tokens')).stdout, /^a +true +never +\(deleted\) +lost$/m);
});
