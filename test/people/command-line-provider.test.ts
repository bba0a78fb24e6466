import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Machine } from '../../src/cli/machine.ts';
import { Terminal } from '../cli/terminal.ts';
import { as, grant, read } from '../identity/people.ts';
import { HOUR } from '../support/clock.ts';
import { needs } from '../support/component.ts';
import { type DockerEngine, dockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { succeeded, transcript } from '../support/transcript.ts';
import { Headless } from './headless.ts';
import { PeopleLab } from './people-lab.ts';

const SIGN_UP = {
  label: 'Company',
  people: { sign_up: { account: '{account}', email_domains: ['example.com'] } },
};

/** Each way to log in, with a shell that used it. */
const WAYS = ['loopback', 'device', 'passcode'] as const;
type Way = (typeof WAYS)[number];

describe('a person of the company logs the command line in', () => {
  let lab: PeopleLab;
  const shells = new Map<Way, Terminal>();

  before(async () => {
    lab = await PeopleLab.start({ company: SIGN_UP });
  });
  after(async () => {
    for (const shell of shells.values()) shell[Symbol.dispose]();
    await lab[Symbol.asyncDispose]();
  });

  const at = (path: string): string => new URL(path, lab.registry.url).href;

  const machine = (way: Way, person: (url: string) => Promise<unknown>): Machine => {
    let asked = false;
    return {
      name: `${way}-machine`,
      openBrowser: async (url) => {
        void person(url);
        return true;
      },
      pause: async (milliseconds, signal) => {
        if (signal)
          return new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason)),
          );
        lab.registry.clock.advance(milliseconds);
        if (!asked) await person('');
        asked = true;
      },
    };
  };

  const login = async (
    way: Way,
    words: readonly string[],
    person: (url: string, screen: () => string) => Promise<unknown>,
  ): Promise<void> => {
    const shell = new Terminal();
    shells.set(way, shell);
    let screen = '';
    const turn = await shell.run(['login', '-a', lab.registry.url, ...words], {
      tty: true,
      clock: lab.registry.clock,
      machine: machine(way, (url) => person(url, () => screen)),
      reading: (shown) => {
        screen = shown;
      },
    });
    assert.equal(turn.code, 0, transcript(turn));
  };

  const ann = new Headless();

  test('on the same machine: the page sends them to the provider, and they come back to it', async () => {
    await login('loopback', ['--sso'], async (url) => {
      const consent = await ann.throughProvider(await ann.open(url), 'Company', 'ann');
      assert.match(consent.text, /ann@example\.com/);
      await ann.submit(consent, { answer: 'allow' });
    });
  });

  test('on a machine without a browser: the code leads them to the provider and back', async () => {
    const elsewhere = new Headless();
    await login('device', ['--device'], async (_url, screen) => {
      const [, address = '', code = ''] =
        /\n {2}(http\S+)\n.*\n {2}([A-Z]{4}-[A-Z]{4})\n/.exec(screen()) ?? [];
      const begun = await elsewhere.open(`${address}?user_code=${code}`);
      const form = await elsewhere.throughProvider(begun, 'Company', 'ann');
      assert.ok(form.text.includes(`value="${code}"`), form.text);
      const asked = await elsewhere.submit(form);
      assert.match(asked.text, /device-machine/);
      await elsewhere.submit(asked, { answer: 'allow' });
    });
  });

  test("by a one-time passcode of the page that IBM's clients name", async () => {
    const page = await ann.open(at('/identity/passcode'));
    const made = await ann.submit(page);
    const [passcode = ''] = /tdc_[\w-]+/.exec(made.text) ?? [];
    await login('passcode', ['--passcode', passcode], async () => assert.fail('no browser is needed'));
  });

  test('F49: files are their own, and nothing of the provider is in them or in what a token says', async () => {
    for (const [way, shell] of shells) {
      const files = readdirSync(shell.home).map((name) => join(shell.home, name));
      assert.deepEqual(files, [shell.configFile], way);
      assert.equal(statSync(shell.configFile).mode & 0o777, 0o600);
      const { session } = shell.remembered();
      const [, payload = ''] = (session?.accessToken ?? '').split('.');
      const texts = [readFileSync(shell.configFile, 'utf8'), Buffer.from(payload, 'base64url').toString()];
      for (const text of texts)
        for (const secret of [lab.provider.issuer, lab.provider.client.secret, 'id_token', 'birds'])
          assert.ok(!text.includes(secret), `${way}: ${secret}`);
      assert.match(session?.refreshToken ?? '', /^tdr_/);
    }
  });

  test('the list of sessions names each machine', async () => {
    const { session } = shells.get('loopback')?.remembered() ?? {};
    const { body } = await as(lab.registry, session?.accessToken ?? '', 'GET', '/v1/sessions');
    const machines = body.sessions
      .map((each: { machine_name?: string }) => each.machine_name)
      .filter(Boolean);
    assert.deepEqual(machines.toSorted(), ['device-machine', 'loopback-machine', 'passcode-machine']);
  });

  test('the real docker logs in with what each of them got', needs(dockerEngine), async () => {
    await using engine: DockerEngine = await startDockerEngine('overlay2');
    for (const [way, shell] of shells) {
      const stdin = shell.remembered().session?.refreshToken ?? '';
      const words = ['login', '--username', 'iamrefresh', '--password-stdin', lab.registry.host];
      const turn = succeeded(await engine.docker(words, { stdin }));
      assert.match(turn.stdout, /Login Succeeded/, way);
    }
  });

  test('a login that a person allowed is forgotten when the operator resets the user', async () => {
    const bob = new Headless();
    await bob.throughProvider(await bob.open(at('/console/device')), 'Company', 'bob');
    const fields = { client_id: 'tidegate-cli' };
    const { body: begun } = await read(
      await lab.registry.fetch('/identity/device_authorization', {
        method: 'POST',
        body: new URLSearchParams(fields),
      }),
    );
    const form = await bob.open(begun.verification_uri_complete);
    const allowed = await bob.submit(await bob.submit(form), { answer: 'allow' });
    assert.match(allowed.text, /The login is allowed/);
    const [event] = (
      await read(await lab.registry.api('GET', '/api/v1/audit/events?action=iam-identity.user-device.allow'))
    ).body.events;
    const reset = await lab.registry.api('POST', '/api/v1/users/reset', { user: event.initiator.id });
    assert.equal(reset.status, 200, await reset.text());
    const { body } = await grant(lab.registry, {
      ...fields,
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: begun.device_code,
    });
    assert.equal(body.error, 'invalid_grant', JSON.stringify(body));
  });

  test('once the provider does not know them any more, each of these logins ends within the bound, docker too', async () => {
    const works = async (shell: Terminal): Promise<string> => {
      const { session } = shell.remembered();
      const query = new URLSearchParams({ service: 'registry' });
      const docker = await lab.registry.fetch(`/oauth/token?${query}`, {
        headers: {
          Authorization: `Basic ${Buffer.from(`iamrefresh:${session?.refreshToken}`).toString('base64')}`,
        },
      });
      await docker.body?.cancel();
      const { code } = await shell.run('cr namespaces', { clock: lab.registry.clock });
      return `docker ${docker.status}, command ${code}`;
    };
    for (const [way, shell] of shells) assert.equal(await works(shell), 'docker 200, command 0', way);
    const aWhile = async (): Promise<void> => {
      lab.registry.clock.advance(HOUR / 2);
      await lab.registry.runJob('check-federated-identities');
    };
    await aWhile();
    for (const [way, shell] of shells) assert.equal(await works(shell), 'docker 200, command 0', way);
    await lab.provider.setUser('ann', undefined);
    await aWhile();
    for (const [way, shell] of shells) assert.equal(await works(shell), 'docker 401, command 3', way);
  });
});
