import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { TestRegistry } from '../support/registry.ts';
import type { Turn } from '../support/transcript.ts';
import { says, startStranger } from './stranger.ts';
import { shows, Terminal, type Typed } from './terminal.ts';

/**
 * Two regions under two names every machine has for itself, the first of them elsewhere too (RFC 5737); one elsewhere
 * only, one nowhere, one without a host.
 */
const REGIONS = {
  default: 'us-south',
  anyHost: false,
  regions: [
    { name: 'us-south', oldName: 'US South', aliases: ['dallas'], hosts: ['192.0.2.9', '127.0.0.1'] },
    { name: 'eu-de', oldName: 'EU Central', aliases: ['eu-central'], hosts: ['localhost'] },
    { name: 'ap-north', aliases: [], hosts: ['192.0.2.1'] },
    { name: 'ghost', aliases: [], hosts: ['ghost.invalid'] },
    { name: 'mute', aliases: [], hosts: [] },
  ],
};

const NAMES = 'us-south (US South), eu-de (EU Central), ap-north, ghost, mute';

describe('cr region-set, target -r', () => {
  let registry: TestRegistry;
  let port: number;
  let shell: Terminal;

  before(async () => {
    port = await freePort();
    const env = {
      TIDEGATE_LISTEN: `127.0.0.1:${port}`,
      TIDEGATE_EXTERNAL_URL: `http://127.0.0.1:${port}`,
    };
    registry = await TestRegistry.start({ regions: REGIONS, env });
  });
  after(() => registry[Symbol.asyncDispose]());

  const bx = (line: string | readonly string[], typed: Typed = {}): Promise<Turn> =>
    shell.run(line, { clock: registry.clock, ...typed });

  const signedIn = async (): Promise<Terminal> => {
    shell = new Terminal();
    await shell.logIn(registry.url, registry.apikey);
    return shell;
  };

  const targeting = (region: string, host: string) => ({
    stdout: [`You are targeting region '${region}', the registry is '${host}:${port}'.`, '', 'OK'],
  });

  test('a region is named by name, alias, old name or host, in capitals or not, and stays targeted', async () => {
    using _ = await signedIn();
    for (const word of ['eu-de', 'eu-central', 'EU Central', 'eu central', 'EU-DE', 'localhost', ' eu-de ']) {
      await bx('cr region-set us-south');
      shows(await bx(['cr', 'region-set', word]), targeting('eu-de', 'localhost'));
      shows(await bx('cr region'), targeting('eu-de', 'localhost'));
      assert.deepEqual(shell.remembered().target, { region: 'eu-de', host: 'localhost' });
    }
  });

  test('a region that the endpoint reaches by itself needs no target', async () => {
    using _ = await signedIn();
    for (const word of ['us-south', 'US South', 'dallas', '127.0.0.1']) {
      await bx('cr region-set eu-de');
      shows(await bx(['cr', 'region-set', word]), targeting('us-south', '127.0.0.1'));
      assert.equal(shell.remembered().target, undefined);
    }
  });

  test('namespaces, images and tokens are those of the region in use; the login stays', async () => {
    using _ = await signedIn();
    await bx('cr namespace-add in-the-south');
    const south: { id: string } = JSON.parse((await bx('cr token-add -o json')).stdout);
    await bx('cr region-set eu-de');
    assert.equal((await bx('cr namespaces -o json')).stdout, '[]\n');
    assert.equal((await bx(`cr token-get ${south.id}`)).code, 4);
    assert.equal((await bx('cr tokens -o json')).stdout, '[]\n');
    await bx('cr namespace-add in-the-middle');
    assert.match((await bx('cr namespaces')).stdout, /^Listing .* in registry 'localhost:\d+'\.\.\.$/m);
    assert.equal((await bx('iam api-keys')).code, 0);
    await bx('cr region-set us-south');
    assert.deepEqual(JSON.parse((await bx('cr namespaces -o json')).stdout), ['in-the-south']);
    assert.equal((await bx(`cr token-get ${south.id}`)).code, 0);
  });

  test('cr api, cr info and target show the API of the region and the server of the login', async () => {
    using _ = await signedIn();
    await bx('cr region-set eu-de');
    const api = `http://localhost:${port}/api`;
    shows(await bx('cr api'), { stdout: [`Registry API endpoint   ${api}`, '', 'OK'] });
    const { stdout } = await bx('cr info');
    assert.match(stdout, new RegExp(`^Container Registry API endpoint +${api}$`, 'm'));
    assert.match(stdout, new RegExp(`^IAM endpoint +${registry.url}/identity$`, 'm'));
    const target = (await bx('target')).stdout;
    assert.match(
      target,
      new RegExp(`^API endpoint: +${registry.url}\nRegion: +eu-de\nRegistry: +localhost:${port}\nAccount: `),
    );
  });

  test('target -r targets too, and shows it', async () => {
    using _ = await signedIn();
    const { stdout, code } = await bx(['target', '-r', 'EU Central']);
    assert.equal(code, 0);
    assert.match(stdout, /^Region: +eu-de$/m);
    assert.equal((await bx('target')).stdout, stdout);
    assert.equal((await bx('target --region elsewhere')).code, 4);
  });

  test('cr login logs in to the host of the region targeted', async () => {
    using _ = await signedIn();
    await bx('cr region-set eu-de');
    const podman = join(shell.home, 'podman');
    writeFileSync(podman, `#!/bin/sh\necho "$@" > ${podman}.args\n/bin/cat > /dev/null\n`);
    chmodSync(podman, 0o755);
    const turn = await bx('cr login --client podman', { env: { PATH: shell.home } });
    assert.equal(turn.code, 0, turn.stderr);
    assert.equal(
      readFileSync(`${podman}.args`, 'utf8'),
      `login --tls-verify=false --username iamrefresh --password-stdin localhost:${port}\n`,
    );
  });

  test('an unknown region ends in 4 and names the known ones; the target stays', async () => {
    using _ = await signedIn();
    await bx('cr region-set eu-de');
    for (const word of ['nowhere', '', 'example.com']) {
      shows(await bx(['cr', 'region-set', word]), {
        code: 4,
        stderr: ['FAILED', `There is no region '${word}'. There are: ${NAMES}.`],
      });
    }
    shows(await bx('cr region'), targeting('eu-de', 'localhost'));
  });

  test('without an argument a terminal shows a list, beginning at the region in use', async () => {
    using _ = await signedIn();
    const down = '\u001b[B';
    const turn = await bx('cr region-set', { answer: `${down}\r` });
    shows({ ...turn, stderr: '' }, targeting('eu-de', 'localhost'));
    assert.match(turn.stderr, /Which region\?/);
    assert.match(turn.stderr, /us-south {3}US South {5}192\.0\.2\.9:\d+/);
    shows({ ...(await bx('cr region-set', { answer: '\r' })), stderr: '' }, targeting('eu-de', 'localhost'));
    assert.equal((await bx('cr region-set', { answer: '\u0003' })).code, 130);
  });

  test('without an argument and without a terminal the regions are named', async () => {
    using _ = await signedIn();
    shows(await bx('cr region-set'), {
      code: 2,
      stderr: ['FAILED', `Name a region, there is no terminal to choose on: ${NAMES}.`],
    });
  });

  test('a host that does not lead to this machine as the endpoint does is refused, and nothing is remembered', async () => {
    using _ = await signedIn();
    for (const [region, host] of [
      ['ap-north', '192.0.2.1'],
      ['ghost', 'ghost.invalid'],
    ] as const) {
      shows(await bx(`cr region-set ${region}`), {
        code: 6,
        stderr: [
          'FAILED',
          `Region '${region}' is reached by the host name ${host}, which does not lead to this machine as ${registry.url} does.`,
          `Add the line '127.0.0.1 ${host}' to this machine's hosts file, or log in to a server that has the region.`,
        ],
      });
      assert.equal(shell.remembered().target, undefined);
    }
  });

  test('a host that leads elsewhere now gets no token: only commands that need the region fail', async () => {
    using _ = await signedIn();
    shell.aim({ region: 'ap-north', host: '192.0.2.1' });
    for (const line of ['cr namespaces -o json', 'cr tokens', 'account-create x']) {
      const turn = await bx(line);
      assert.equal(turn.code, 6, line);
      assert.match(turn.stderr, /does not lead to this machine/);
    }
    assert.equal((await bx('iam api-keys')).code, 0);
    shows(await bx('cr region-set eu-de'), targeting('eu-de', 'localhost'));
  });

  test('a region without a host name cannot be targeted', async () => {
    using _ = await signedIn();
    shows(await bx('cr region-set mute'), {
      code: 1,
      stderr: [
        'FAILED',
        "Region 'mute' has no host name to reach it by. Its operator names one in TIDEGATE_REGIONS_FILE.",
      ],
    });
  });

  test('a target that has left the list counts no more, and region-set sets another', async () => {
    using _ = await signedIn();
    for (const [region, host] of [
      ['gone', 'localhost'],
      ['eu-de', '127.0.0.1'],
    ] as const) {
      shell.aim({ region, host });
      shows(await bx('cr region'), {
        code: 1,
        stderr: [
          'FAILED',
          `http://${host}:${port} has no region. Target one with 'cr region-set': us-south, eu-de, ap-north, ghost, mute.`,
        ],
      });
    }
    assert.match((await bx('target')).stdout, /^Region: +none; target one with 'cr region-set'$/m);
    shows(await bx('cr region-set us-south'), targeting('us-south', '127.0.0.1'));
  });

  test('another login at the same server keeps the region, and so does logging out', async () => {
    using _ = await signedIn();
    await bx('cr region-set eu-de');
    await shell.logIn(registry.url, registry.apikey);
    shows(await bx('cr region'), targeting('eu-de', 'localhost'));
    await bx('logout');
    assert.deepEqual(shell.remembered(), {
      endpoint: registry.url,
      target: { region: 'eu-de', host: 'localhost' },
    });
    await shell.logIn(`localhost:${port}`, registry.apikey);
    assert.equal(shell.remembered().target, undefined);
    shows(await bx('cr region'), targeting('eu-de', 'localhost'));
  });
});

test('logging in where no region answers succeeds and says what to do', async () => {
  const port = await freePort();
  await using registry = await TestRegistry.start({
    regions: {
      default: 'home',
      anyHost: false,
      regions: [{ name: 'home', aliases: [], hosts: ['localhost'] }],
    },
    env: { TIDEGATE_LISTEN: `127.0.0.1:${port}`, TIDEGATE_EXTERNAL_URL: `http://localhost:${port}` },
  });
  using shell = new Terminal();
  const { clock } = registry;
  const turn = await shell.run(['login', '-a', registry.url, '--apikey', registry.apikey], { clock });
  assert.equal(turn.code, 0, turn.stderr);
  assert.match(turn.stdout, /^Region: +none; target one with 'cr region-set'$/m);
  assert.equal((await shell.run('cr namespaces', { clock })).code, 1);
  assert.equal((await shell.run('cr region-set home', { clock })).code, 0);
  assert.equal((await shell.run('cr namespaces', { clock })).code, 0);
});

test('a host that answers for another region, or is not a Tidegate, is not targeted and gets no token', async () => {
  const answers: unknown[] = [{}, []];
  const regions = (...hosts: string[]) => ({
    default: 'here',
    any_host: true,
    regions: [
      { name: 'here', hosts: ['127.0.0.1'], aliases: [], registry: 'x' },
      { name: 'there', hosts, aliases: [], registry: 'y' },
    ],
  });
  answers.push(regions('elsewhere.invalid'));
  for (const answer of answers) {
    const seen: (string | undefined)[] = [];
    await using stranger = await startStranger(({ headers }, response) => {
      if (headers.host?.startsWith('127')) return says(response, 200, regions('localhost'));
      seen.push(headers.authorization);
      says(response, 200, answer);
    });
    using shell = new Terminal();
    shell.pretend(stranger.url);
    const turn = await shell.run('cr region-set there');
    assert.equal(turn.code, 6, turn.stdout);
    assert.match(turn.stderr, /answers, but not (?:as a Tidegate does|for region 'there')/);
    assert.deepEqual(seen, [undefined]);
    assert.equal(shell.remembered().target, undefined);
  }
});
