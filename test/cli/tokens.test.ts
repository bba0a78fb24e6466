import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { HOUR } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import type { Turn } from '../support/transcript.ts';
import { Owner } from './owner.ts';
import { shows, Terminal, type Typed } from './terminal.ts';

interface Listed {
  readonly _id: string;
  readonly secondary_owner: string;
  readonly readonly: boolean;
  readonly expiry: number;
  readonly namespace?: string;
}

const UNKNOWN = '11111111-1111-5111-8111-111111111111';
const DAY = 24 * 3600;

describe('cr token-*', () => {
  const owner = Owner.ofTests();

  const bx = (line: string | readonly string[], typed: Typed = {}): Promise<Turn> => owner.run(line, typed);

  const added = (...words: string[]): Promise<{ id: string; token: string }> =>
    owner.json(['cr', 'token-add', ...words]);

  const listed = (): Promise<Listed[]> => owner.json('cr tokens');

  const find = async (id: string): Promise<Listed | undefined> =>
    (await listed()).find((token) => token._id === id);

  const nowInSeconds = () => Math.floor(owner.registry.clock.now() / 1000);

  /** What docker login answers to a registry token. */
  const login = async (token: string): Promise<number> =>
    (await owner.registry.fetch('/oauth/token', { headers: { Authorization: basic('token', token) } }))
      .status;

  test('token-add as in IBM’s page of 2017 shows identifier and value, and the value logs in', async () => {
    const turn = await bx([
      'cr',
      'token-add',
      '--description',
      'This is a token',
      '--non-expiring',
      '--readwrite',
    ]);
    const token = /^Token {14}(\S+)$/m.exec(turn.stdout)?.[1] ?? '';
    const id = /^Token identifier {3}(\S+)$/m.exec(turn.stdout)?.[1] ?? '';
    shows(turn, {
      stdout: [
        'Requesting a registry token...',
        '',
        'Token identifier   <uuid>',
        `Token              ${token}`,
        '',
        'OK',
      ],
    });
    assert.equal(await login(token), 200);
    assert.equal(await login(id), 401);
    const { readonly, expiry, secondary_owner } = (await find(id)) ?? assert.fail();
    assert.deepEqual([readonly, expiry, secondary_owner], [false, 0, 'This is a token']);
  });

  test('without options a token pulls only, for 24 hours, and has no description', async () => {
    const { id } = await added();
    const { readonly, expiry, secondary_owner } = (await find(id)) ?? assert.fail();
    assert.deepEqual([readonly, expiry, secondary_owner], [true, nowInSeconds() + DAY, '']);
  });

  test('each option changes one property only', async () => {
    for (const [words, readonly, expiry] of [
      [['--readwrite'], false, nowInSeconds() + DAY],
      [['--non-expiring'], true, 0],
      [['--expires-in', '90s'], true, nowInSeconds() + 90],
      [['--expires-in', '30d', '--readwrite'], false, nowInSeconds() + 30 * DAY],
    ] as const) {
      const token = (await find((await added(...words)).id)) ?? assert.fail();
      assert.deepEqual([token.readonly, token.expiry], [readonly, expiry], words.join(' '));
    }
  });

  test('of an option given twice the last one counts', async () => {
    const { id } = await added('--description', 'first', '--expires-in', '1h', '--description', 'last');
    assert.equal((await find(id))?.secondary_owner, 'last');
    const other = await added('--expires-in', '1h', '--expires-in', '2h');
    assert.equal((await find(other.id))?.expiry, nowInSeconds() + 2 * 3600);
  });

  test('-q prints the value and nothing else', async () => {
    for (const quiet of ['-q', '--quiet']) {
      const turn = await bx(`cr token-add ${quiet}`);
      assert.equal(turn.stderr, '');
      assert.match(turn.stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
      assert.equal(await login(turn.stdout.trim()), 200);
    }
  });

  test('--namespace limits the token to one namespace, which must exist', async () => {
    await owner.registry.namespaceAdd('narrow');
    assert.equal((await find((await added('--namespace', 'narrow')).id))?.namespace, 'narrow');
    const turn = await bx('cr token-add --namespace nothere');
    assert.equal(turn.code, 4);
    assert.match(turn.stderr, /^FAILED\n.*nothere/);
  });

  test('a text that is not a lifetime is refused before the server is asked', async () => {
    const before = (await listed()).length;
    for (const duration of ['', '0s', '24', 'h', '1.5h', '-1h', '1w', '1h30m']) {
      shows(await bx(['cr', 'token-add', `--expires-in=${duration}`]), {
        code: 2,
        stderr: ['FAILED', `'${duration}' is not a duration. Give one such as 90s, 15m, 24h or 30d.`],
      });
    }
    shows(await bx('cr token-add --expires-in 3651d'), {
      code: 2,
      stderr: ['FAILED', 'A token lives for 3650d at most, or until it is removed with --non-expiring.'],
    });
    shows(await bx('cr token-add --expires-in 1h --non-expiring'), {
      code: 2,
      stderr: ['FAILED', 'Use either --non-expiring or --expires-in.'],
    });
    assert.equal((await listed()).length, before);
  });

  test('token-list and its alias show a row for each token, the identifier first', async () => {
    const { id } = await added('--description', 'grep for me');
    for (const command of ['token-list', 'tokens']) {
      const { stdout, code } = await bx(`cr ${command}`);
      assert.equal(code, 0);
      const lines = stdout.split('\n');
      assert.equal(lines[0], 'Listing registry tokens...');
      assert.match(lines[2] ?? '', /^TOKEN ID {31}READONLY {3}EXPIRY +NAMESPACE +DESCRIPTION$/);
      const row = lines.find((line) => line.endsWith('   grep for me')) ?? '';
      assert.deepEqual(row.split(/ {2,}/), [id, 'true', '2026-01-16T12:00:00Z', '(all)', 'grep for me']);
    }
  });

  test('lists never contain values', async () => {
    const { token } = await added('--description', 'secret');
    for (const line of ['cr tokens', 'cr tokens -o json', 'cr tokens --format {{.}}']) {
      assert.ok(!(await bx(line)).stdout.includes(token.slice(0, 40)), line);
    }
  });

  test('--format prints each token through the template of the IBM reference', async () => {
    const { id } = await added('--description', 'demo');
    const template =
      '{{ if eq .ReadOnly true}}{{.ID}} - {{.Expiry}} - {{.ReadOnly}} - {{.Description}}{{ end }}';
    const { stdout, code } = await bx(['cr', 'token-list', '--format', template]);
    assert.equal(code, 0);
    assert.ok(stdout.split('\n').includes(`${id} - ${nowInSeconds() + DAY} - true - demo`), stdout);
    assert.doesNotMatch(stdout, /false|Listing|OK/);
    const permanent = await added('--non-expiring');
    const never = await bx(['cr', 'tokens', '--format', '{{if eq .Expiry 0}}{{.ID}}{{end}}']);
    assert.ok(never.stdout.split('\n').includes(permanent.id));
  });

  test('any description is shown in one row', async () => {
    const description = 'two\nlines, 한글, %2F & "quotes" \u001b[2J';
    const { id } = await added('--description', description);
    assert.equal((await find(id))?.secondary_owner, description);
    const { stdout } = await bx('cr tokens');
    assert.match(stdout, new RegExp(`^${id} .*two lines, 한글, %2F & "quotes" \ufffd\\[2J$`, 'm'));
  });

  test('token-get shows the same value each time', async () => {
    const { id, token } = await added();
    const shown = [
      `Getting registry token '<uuid>'...`,
      '',
      'Token identifier   <uuid>',
      `Token              ${token}`,
      '',
      'OK',
    ];
    shows(await bx(`cr token-get ${id}`), { stdout: shown });
    shows(await bx(`cr token-get ${id.toUpperCase()}`), { stdout: shown });
    shows(await bx(`cr token-get ${id} -q`), { stdout: [token] });
    assert.deepEqual(JSON.parse((await bx(`cr token-get ${id} -o json`)).stdout), { id, token });
  });

  test('token-rm asks about each token, and only a yes removes it', async () => {
    const [kept, gone] = [await added(), await added()];
    const turn = await bx(`cr token-rm ${kept.id} ${gone.id}`, {
      answers: [
        [`Remove registry token '${kept.id}'?`, 'n\r'],
        [`Remove registry token '${gone.id}'?`, 'y\r'],
      ],
    });
    assert.equal(turn.code, 1);
    assert.equal(
      turn.stdout,
      `Removing registry token '${gone.id}'...\n\nSuccessfully removed registry token '${gone.id}'\n`,
    );
    assert.match(turn.stderr, /FAILED\nRemoved: 1\. Kept: 1\.\n$/);
    assert.deepEqual([await login(kept.token), await login(gone.token)], [200, 401]);
    const declined = await bx(`cr token-rm ${kept.id}`, { answer: '\r' });
    assert.equal(declined.code, 1);
    assert.match(declined.stderr, /FAILED\nNothing was changed\.\n$/);
    assert.equal((await bx(`cr token-rm ${kept.id}`)).code, 2);
    assert.equal(await login(kept.token), 200);
  });

  test('-f removes without a question, by identifier or by value, each once', async () => {
    const [one, two, other] = [await added(), await added(), await added()];
    shows(await bx(['cr', 'token-rm', '-f', one.id, two.token, one.token, ` ${one.id}\n`]), {
      stdout: [
        "Removing registry token '<uuid>'...",
        '',
        "Successfully removed registry token '<uuid>'",
        '',
        "Removing registry token '<uuid>'...",
        '',
        "Successfully removed registry token '<uuid>'",
        '',
        'OK',
      ],
    });
    for (const { id, token } of [one, two]) {
      assert.equal(await find(id), undefined);
      assert.equal(await login(token), 401);
      assert.equal((await bx(`cr token-get ${id}`)).code, 4);
    }
    assert.equal(await login(other.token), 200);
  });

  test('a value is not sent to the server: its identifier is', async () => {
    const { id, token } = await added();
    owner.registry.logged.length = 0;
    assert.equal((await bx(['cr', 'token-get', token])).code, 0);
    const removed = await bx(['cr', 'token-rm', '-f', token]);
    const heard = owner.registry.logged.join('\n');
    assert.ok(heard.includes(`/api/v1/tokens/${id}`), heard);
    for (const part of token.split('.')) assert.ok(!(heard + removed.stdout).includes(part), part);
  });

  test('a token that does not exist ends in 4, and the other tokens are removed all the same', async () => {
    const { id, token } = await added();
    const turn = await bx(`cr token-rm -f ${UNKNOWN} ${id}`);
    assert.equal(turn.code, 4);
    assert.match(turn.stderr, new RegExp(`^FAILED\n.*${UNKNOWN}.*\n\\(CRG0004E, request \\w+\\)\n$`));
    assert.equal(await login(token), 401);
    for (const line of [`cr token-rm -f ${UNKNOWN}`, `cr token-get ${UNKNOWN}`, `cr token-rm -f ${id}`]) {
      assert.equal((await bx(line)).code, 4, line);
    }
  });

  test('a text that is neither identifier nor value is not sent and not repeated: it may be a damaged value', async () => {
    const { token } = await added();
    const [head = '', claims = ''] = token.split('.');
    const foreign = `${head}.${Buffer.from('{"jti":"secret"}').toString('base64url')}.x`;
    const words = ['nonsense', '', '..', token.slice(0, 60), `${head}.${claims}`, `${head}.e30.x`, foreign];
    owner.registry.logged.length = 0;
    for (const word of words) {
      for (const command of ['token-get', 'token-rm']) {
        shows(await bx(['cr', command, ...(command === 'token-rm' ? ['-f'] : []), word]), {
          code: 2,
          stderr: [
            'FAILED',
            "A token is named by its identifier, as 'cr token-list' shows it, or by its whole value. What was given is neither.",
          ],
        });
      }
    }
    assert.deepEqual(owner.registry.logged, []);
  });

  test('one word that is not a token stops the removal of all', async () => {
    const { token } = await added();
    assert.equal((await bx(['cr', 'token-rm', '-f', token, 'nonsense'])).code, 2);
    assert.equal(await login(token), 200);
  });

  test('settings: no_new refuses new tokens only, disabled refuses all tokens, enabled allows them again', async () => {
    const { token } = await added();
    const settings = (mode: string, meaning: string) => ({
      stdout: [
        'Changing the settings of registry tokens...',
        '',
        `Registry tokens   ${mode}   (${meaning})`,
        '',
        'OK',
      ],
    });
    const set = (mode: string) => bx(`cr token-settings --registry-tokens ${mode}`);
    shows(await set('no_new'), settings('no_new', 'no token can be created; existing ones work'));
    const refused = await bx('cr token-add');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^FAILED\nThe creation of registry tokens is discontinued.*\n\(CRT0002E, /);
    assert.equal(await login(token), 200);
    shows(await set('disabled'), settings('disabled', 'no token works; none is removed'));
    assert.equal(await login(token), 401);
    shows(await set('enabled'), settings('enabled', 'tokens can be created and used'));
    assert.equal(await login(token), 200);
    const { stdout } = await bx('cr token-settings');
    assert.match(stdout, /^Getting the settings of registry tokens\.\.\.\n\nRegistry tokens {3}enabled /);
    assert.deepEqual(JSON.parse((await bx('cr token-settings -o json')).stdout), {
      iam_authz: true,
      private_only: false,
      registry_tokens: 'enabled',
    });
    assert.equal((await set('off')).code, 2);
  });
});

test('an expired token leaves the list at once, and token-get ends in 4', async () => {
  await using registry = await TestRegistry.start();
  using shell = new Terminal();
  const bx = (line: string) => shell.run(line, { clock: registry.clock });
  await shell.logIn(registry.url, registry.apikey);
  const { id }: { id: string } = JSON.parse((await bx('cr token-add --expires-in 1h -o json')).stdout);
  const ids = async () => (await bx('cr tokens --format {{.ID}}')).stdout;
  registry.clock.advance(HOUR - 1000);
  assert.equal(await ids(), `${id}\n`);
  registry.clock.advance(1000);
  assert.equal(await ids(), '');
  assert.equal((await bx(`cr token-get ${id}`)).code, 4);
  shows(await bx('cr tokens'), {
    stdout: [
      'Listing registry tokens...',
      '',
      'TOKEN ID   READONLY   EXPIRY   NAMESPACE   DESCRIPTION',
      '',
      'OK',
    ],
  });
});

test('an account sees and removes its own tokens only', async () => {
  await using registry = await TestRegistry.start();
  using owner = new Terminal();
  using stranger = new Terminal();
  const { clock } = registry;
  await owner.logIn(registry.url, registry.apikey);
  const made = await owner.run('account-create strangers -o json', { clock });
  await stranger.logIn(registry.url, (JSON.parse(made.stdout) as { apikey: string }).apikey);
  const { id }: { id: string } = JSON.parse((await owner.run('cr token-add -o json', { clock })).stdout);
  assert.equal((await stranger.run('cr tokens -o json', { clock })).stdout, '[]\n');
  assert.equal((await stranger.run(`cr token-get ${id}`, { clock })).code, 4);
  assert.equal((await stranger.run(`cr token-rm -f ${id}`, { clock })).code, 4);
  assert.equal((await owner.run(`cr token-get ${id} -q`, { clock })).code, 0);
});
