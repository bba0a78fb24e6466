import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { runCredentialHelper } from '../../src/cli/docker-credentials.ts';
import type { Machine } from '../../src/cli/machine.ts';
import { Terminal, type Typed } from '../cli/terminal.ts';
import { as } from '../identity/people.ts';
import { MINUTE } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { type Turn, transcript } from '../support/transcript.ts';
import { Headless } from './headless.ts';

/** What a person does in the browser: with the address that the client opened, or with what it shows. */
type Person = (url: string) => Promise<void>;

describe('a person logs the command line in with a browser', () => {
  let registry: TestRegistry;

  before(async () => {
    registry = await TestRegistry.start();
  });
  after(() => registry[Symbol.asyncDispose]());

  const owner = async (): Promise<Headless> => {
    const browser = new Headless();
    await browser.signIn(registry.url, { apikey: registry.apikey });
    return browser;
  };

  /** A machine whose browser a person sits at. Waiting moves the registry's clock. */
  const machine = (person: Person | undefined, more: Partial<Machine> = {}): Machine => ({
    name: 'ada-laptop',
    openBrowser: async (url) => {
      if (!person) return false;
      void person(url);
      return true;
    },
    // nothing ends the wait for the browser but its answer
    pause: (milliseconds, signal) =>
      signal
        ? new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        : Promise.resolve(registry.clock.advance(milliseconds)),
    ...more,
  });

  const login = (shell: Terminal, words: string, typed: Typed = {}): Promise<Turn> =>
    shell.run(`login -a ${registry.url} ${words}`, { tty: true, clock: registry.clock, ...typed });

  const allow =
    (browser: Headless, answer = 'allow'): Person =>
    async (url) => {
      await browser.submit(await browser.open(url), { answer });
    };

  const filesIn = (shell: Terminal): string[] =>
    readdirSync(shell.home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => joinPath(entry.parentPath, entry.name));

  /** What docker gets from its credential helper for the registry. */
  const dockerSecret = async (shell: Terminal): Promise<{ Username: string; Secret: string }> => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const streams = {
      stdin: Readable.from([Buffer.from(registry.host)]),
      stdout,
      stderr,
      env: { TIDEGATE_HOME: shell.home, HOME: shell.home },
    };
    assert.equal(await runCredentialHelper(['get'], streams), 0);
    stdout.end();
    return JSON.parse(await text(stdout));
  };

  /** The session works: for commands, for docker through its helper, and it is renewed; the machine is in the list. */
  const worksEverywhere = async (shell: Terminal, client: string): Promise<void> => {
    const { Username, Secret } = await dockerSecret(shell);
    assert.equal(Username, 'iamrefresh');
    assert.ok(await registry.bearer('registry:catalog:*', Username, Secret));
    // the access token has ended, the session has not
    registry.clock.advance(61 * MINUTE);
    const namespaces = await shell.run('cr namespaces', { clock: registry.clock });
    assert.equal(namespaces.code, 0, transcript(namespaces));
    const { session } = shell.remembered();
    const { body } = await as(registry, session?.accessToken ?? '', 'GET', '/v1/sessions');
    const [own] = body.sessions.filter(({ current }: { current: boolean }) => current);
    assert.deepEqual([own.client_id, own.machine_name], [client, 'ada-laptop']);
    const pulls = await shell.run('iam oauth-tokens', { clock: registry.clock });
    assert.equal(pulls.code, 0, transcript(pulls));
  };

  test('--sso opens the page of the server in the browser, and the session works for commands and docker', async () => {
    using shell = new Terminal();
    const browser = await owner();
    const turn = await login(shell, '--sso', { machine: machine(allow(browser)) });
    assert.equal(turn.code, 0, transcript(turn));
    await worksEverywhere(shell, 'tidegate-cli');
  });

  test('F49: files are readable by their owner alone, and neither they nor what is printed nor the last page have a code', async () => {
    using shell = new Terminal();
    const browser = await owner();
    const pages: string[] = [];
    const person: Person = async (url) => {
      const consent = await browser.open(url);
      pages.push((await browser.submit(consent, { answer: 'allow' })).text);
    };
    const turn = await login(shell, '--sso', { machine: machine(person) });
    assert.equal(turn.code, 0, transcript(turn));
    const last = new URL(browser.visited.at(-1) ?? '');
    const code = last.searchParams.get('code') ?? '';
    assert.match(code, /^tdc_/);
    const files = filesIn(shell);
    assert.ok(files.length > 0);
    for (const file of files) assert.equal(statSync(file).mode & 0o777, 0o600, file);
    const written = files.map((file) => readFileSync(file, 'utf8')).join('\n');
    const logged = registry.logged.join('\n');
    for (const [where, said] of Object.entries({
      written,
      logged,
      page: pages.join(),
      shown: turn.stdout + turn.stderr,
    }))
      assert.ok(!said.includes(code), where);
    assert.deepEqual(Object.keys(shell.remembered()), ['endpoint', 'session']);
  });

  test('F46: an answer without the state of the login, or of another issuer, is refused and the login goes on', async () => {
    using shell = new Terminal();
    const browser = await owner();
    const refused: number[] = [];
    const person: Person = async (url) => {
      const { searchParams: asked } = new URL(url);
      const [callback, state] = [asked.get('redirect_uri') ?? '', asked.get('state') ?? ''];
      const iss = `${registry.url}/identity`;
      for (const wrong of [
        { code: 'tdc_stolen', state: 'of-another-login', iss },
        { code: 'tdc_stolen', iss },
        { code: 'tdc_stolen', state },
        { code: 'tdc_stolen', state, iss: 'https://evil.example/identity' },
        { error: 'access_denied', state: 'of-another-login', iss },
        { state, iss },
      ])
        refused.push((await browser.open(`${callback}?${new URLSearchParams(wrong as never)}`)).status);
      refused.push((await browser.open(callback.replace('/callback', '/other'))).status);
      const posted = await browser.post(callback, new URLSearchParams({ code: 'x', state, iss }), {});
      refused.push(posted.status);
      await allow(browser)(url);
    };
    const turn = await login(shell, '--sso', { machine: machine(person) });
    assert.equal(turn.code, 0, transcript(turn));
    assert.deepEqual(refused, [400, 400, 400, 400, 400, 400, 404, 404]);
  });

  test('F46: the port is closed after one good answer', async () => {
    using shell = new Terminal();
    const browser = await owner();
    let callback = '';
    const person: Person = async (url) => {
      callback = new URL(url).searchParams.get('redirect_uri') ?? '';
      await allow(browser)(url);
    };
    assert.equal((await login(shell, '--sso', { machine: machine(person) })).code, 0);
    assert.match(callback, /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    await assert.rejects(fetch(callback), /fetch failed/);
  });

  test('a login that is refused in the browser fails, and keeps the session of before', async () => {
    using shell = new Terminal();
    await shell.logIn(registry.url, registry.apikey);
    const before = shell.remembered();
    const turn = await login(shell, '--sso', { machine: machine(allow(await owner(), 'deny')) });
    assert.equal(turn.code, 5, transcript(turn));
    assert.match(turn.stderr, /The login was refused in the browser\./);
    assert.deepEqual(shell.remembered(), before);
  });

  test('a login that is not allowed within five minutes fails, and its port is closed', async () => {
    using shell = new Terminal();
    let callback = '';
    const waits: number[] = [];
    const patient = machine(async (url) => {
      callback = new URL(url).searchParams.get('redirect_uri') ?? '';
    });
    const turn = await login(shell, '--sso', {
      machine: { ...patient, pause: async (milliseconds) => void waits.push(milliseconds) },
    });
    assert.equal(turn.code, 5, transcript(turn));
    assert.match(turn.stderr, /not allowed in the browser within five minutes/);
    assert.deepEqual(waits, [5 * MINUTE]);
    await assert.rejects(fetch(callback), /fetch failed/);
  });

  /** A person at another machine, who types the code that the client shows into the page that it shows. */
  const elsewhere = (browser: Headless, answer = 'allow') => {
    let screen = '';
    const waits: number[] = [];
    const pause = async (milliseconds: number): Promise<void> => {
      registry.clock.advance(milliseconds);
      waits.push(milliseconds);
      if (waits.length !== 2) return;
      const [, address = '', code = ''] = /\n {2}(http\S+)\n.*\n {2}([A-Z]{4}-[A-Z]{4})\n/.exec(screen) ?? [];
      const form = await browser.open(address);
      await browser.submit(await browser.submit(form, { user_code: code }), { answer });
    };
    const typed: Typed = {
      machine: machine(undefined, { pause }),
      reading: (shown) => {
        screen = shown;
      },
    };
    return { typed, waits };
  };

  test('--device shows an address and a code for another machine, waits as it is told, and the session works', async () => {
    using shell = new Terminal();
    const { typed, waits } = elsewhere(await owner());
    const turn = await login(shell, '--device', typed);
    assert.equal(turn.code, 0, transcript(turn));
    assert.deepEqual(waits, [5000, 5000]);
    await worksEverywhere(shell, 'tidegate-cli');
  });

  test('--sso goes on with another machine where no browser can be opened', async () => {
    using shell = new Terminal();
    const { typed } = elsewhere(await owner());
    const turn = await login(shell, '--sso', typed);
    assert.equal(turn.code, 0, transcript(turn));
    assert.match(turn.stderr, /on any machine:\n {2}http/);
  });

  test('a device login that is refused, or not allowed in ten minutes, fails', async () => {
    using shell = new Terminal();
    const { typed } = elsewhere(await owner(), 'deny');
    const refused = await login(shell, '--device', typed);
    assert.equal(refused.code, 5, transcript(refused));
    assert.match(refused.stderr, /The login was refused in the browser/);
    const late = await login(shell, '--device', { machine: machine(undefined) });
    assert.equal(late.code, 5, transcript(late));
    assert.match(late.stderr, /not allowed in time/);
  });

  test('F45: a passcode of the page logs in once, names its machine, and docker logs in with it', async () => {
    using shell = new Terminal();
    const browser = await owner();
    const made = await browser.submit(await browser.open(`${registry.url}/console/passcode`));
    const [passcode = ''] = /tdc_[\w-]+/.exec(made.text) ?? [];
    const asked = await login(shell, '--passcode -', {
      machine: machine(undefined),
      answers: [['One-time code>', `${passcode}\r`]],
    });
    assert.equal(asked.code, 0, transcript(asked));
    assert.ok(!(asked.stdout + asked.stderr).includes(passcode), 'it is not shown');
    await worksEverywhere(shell, 'bx');
    const again = await login(shell, `--passcode ${passcode}`, { tty: false });
    assert.equal(again.code, 5, transcript(again));
  });

  test('in a build or without a terminal --sso and --device fail before anything is asked, and name the keyless way', async () => {
    using shell = new Terminal();
    const never = machine(async () => assert.fail('a browser was opened'));
    for (const typed of [{ tty: false }, { env: { CI: 'true' } }, { env: { CI: '1' } }])
      for (const way of ['--sso', '--device', '--sso --device']) {
        const turn = await login(shell, way, { machine: never, ...typed });
        assert.equal(turn.code, 2, transcript(turn));
        assert.match(turn.stderr, /keyless/);
        assert.match(turn.stderr, /TIDEGATE_PROFILE/);
      }
    const local = await login(shell, '--sso', {
      machine: machine(allow(await owner())),
      env: { CI: 'false' },
    });
    assert.equal(local.code, 0, transcript(local));
  });

  test('--sso stands beside no other way to log in', async () => {
    using shell = new Terminal();
    for (const words of ['--sso --apikey k', '--sso -u me', '--device -p x', '--device --passcode c']) {
      const turn = await login(shell, words);
      assert.equal(turn.code, 2, transcript(turn));
      assert.match(turn.stderr, /Use either --sso or another way to log in\./);
    }
  });

  test('logout ends the session of a browser login on the server', async () => {
    using shell = new Terminal();
    assert.equal((await login(shell, '--sso', { machine: machine(allow(await owner())) })).code, 0);
    const { session } = shell.remembered();
    assert.equal((await shell.run('logout', { clock: registry.clock })).code, 0);
    assert.equal((await as(registry, session?.accessToken ?? '', 'GET', '/v1/sessions')).status, 401);
  });
});
