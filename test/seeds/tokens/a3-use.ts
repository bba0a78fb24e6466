import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GROUPS } from '../../../src/cli/tables.ts';
import { HOUR } from '../../support/clock.ts';
import { refused, succeeded, transcript } from '../../support/transcript.ts';
import type { Check } from '../check.ts';
import { CLIENTS, DENIED, WRONG_CREDENTIALS } from '../holder.ts';
import { HOST, type PageLab } from '../page-lab.ts';
import { basic, request } from '../request.ts';

/** The page's list: a registry for each of four regions. */
const HOSTS = [
  ['US South', 'registry.ng.bluemix.net'],
  ['UK South', 'registry.eu-gb.bluemix.net'],
  ['EU Central', 'registry.eu-de.bluemix.net'],
  ['AP South', 'registry.au-syd.bluemix.net'],
] as const;

/** Every `bx cr` command with a word for each argument it wants. */
const commandLines = (GROUPS.find(({ name }) => name === 'cr')?.commands ?? []).map(
  ({ name, args = [] }) => `bx cr ${[name, ...args.map(() => 'something')].join(' ')}`,
);

/** A3: using a token. */
export const use = (lab: PageLab, check: Check): void => {
  check(
    'A22: bx login asks for a user name or an API key and logs in; without it every bx cr command says what is missing',
    async () => {
      const shell = lab.newShell();
      assert.ok(commandLines.length > 10);
      for (const line of commandLines) {
        const turn = refused(await shell.types(line), /Not logged in\. Use 'bx login/);
        assert.equal(turn.code, 3, transcript(turn));
      }
      await shell.logIn(lab.server.apikey);
      succeeded(await shell.types('bx logout'));
      const guess = [
        [/Email>/, 'somebody@example.com'],
        [/Password>/, 'wrong'],
      ] as const;
      refused(await shell.converses('bx login', guess), /log in with an API key: --apikey KEY/);
      const dialogue = [
        [/Email>/, ''],
        [/API key>/, lab.server.apikey],
      ] as const;
      const login = succeeded(await shell.converses('bx login', dialogue));
      assert.ok(!login.stdout.includes(lab.server.apikey), 'the key does not appear on the screen');
      succeeded(await shell.types('bx cr token-list'));
    },
  );

  check(
    'A23: bx cr token-list lists all tokens of the account with their IDs, also those that others made',
    async () => {
      const owner = await lab.owner();
      const made = succeeded(await owner.types('bx iam api-key-create second -o json'));
      const colleague = lab.newShell();
      await colleague.logIn(JSON.parse(made.stdout).apikey);
      const ids = [(await owner.addToken()).id, (await colleague.addToken('--non-expiring')).id];
      for (const shell of [owner, colleague]) {
        const listed = (await shell.tokens()).map(({ id }) => id);
        assert.ok(
          ids.every((id) => listed.includes(id)),
          `${ids} in ${listed}`,
        );
      }
    },
  );

  check('A24: bx cr token-get shows, as Token, the value that token-add printed', async () => {
    const owner = await lab.owner();
    const { id, value } = await owner.addToken();
    const { stdout } = succeeded(await owner.types(`bx cr token-get ${id}`));
    assert.equal(/^Token +(\S+)$/m.exec(stdout)?.[1], value);
  });

  check(
    'A25: token-get gives the same value again, after a restart of the server and after a month',
    async () => {
      const { id, value } = await (await lab.owner()).addToken('--non-expiring');
      const read = async (): Promise<string> =>
        succeeded(await (await lab.owner()).types(`bx cr token-get -q ${id}`)).stdout;
      assert.equal(await read(), `${value}\n`);
      assert.equal(await read(), `${value}\n`);
      await lab.server.restart();
      lab.advance(30 * 24 * HOUR);
      assert.equal(await read(), `${value}\n`);
    },
  );

  for (const client of CLIENTS) {
    check(`A26: ${client} login -u token -p <token_value> <registry_url>: Login Succeeded`, async () => {
      const { value } = await (await lab.owner()).addToken();
      await using holder = lab.holder(client);
      assert.match(succeeded(await holder.login(HOST, value)).stdout, /^Login Succeeded/m);
    });
  }

  for (const [region, host] of HOSTS) {
    check(`A27: a token of ${region} logs in at ${host}, where push and pull work`, async () => {
      const shell = lab.newShell();
      await shell.logIn(lab.server.apikey);
      succeeded(await shell.types(`bx cr region-set '${region}'`));
      const namespace = await shell.addNamespace();
      const { value } = await shell.addToken('--readwrite');
      await using holder = lab.holder();
      assert.match(succeeded(await holder.login(host, value)).stdout, /^Login Succeeded$/m);
      succeeded(await holder.push(`${host}/${namespace}/hello:1`));
      succeeded(await holder.pull(`${host}/${namespace}/hello:1`));
    });
  }

  check('A28: the user name is the word token: its id, an address or another name are refused', async () => {
    const { id, value } = await (await lab.owner()).addToken();
    await using holder = lab.holder();
    for (const user of [id, 'owner@example.com', 'Token', 'tokens']) {
      refused(await holder.login(HOST, value, user), /authentication method is not supported/);
    }
    for (const user of ['iamapikey', 'iambearer', 'iamrefresh']) {
      refused(await holder.login(HOST, value, user), WRONG_CREDENTIALS);
    }
    succeeded(await holder.login(HOST, value, 'token'));
  });

  check('A29: a wrong value is refused with 401: random, truncated, tampered with, empty', async () => {
    const { value } = await (await lab.owner()).addToken();
    const signatureAt = value.lastIndexOf('.') + 1;
    const other = value[signatureAt] === 'A' ? 'B' : 'A';
    const tampered = value.slice(0, signatureAt) + other + value.slice(signatureAt + 1);
    await using holder = lab.holder();
    for (const wrong of ['bm8gdG9rZW4', value.slice(0, -1), tampered, '']) {
      const headers = { Authorization: basic('token', wrong) };
      assert.equal((await request(lab.lab, HOST, 'GET /oauth/token', { headers })).status, 401);
      // docker would ask for a password that is not there
      if (wrong) refused(await holder.login(HOST, wrong), WRONG_CREDENTIALS);
    }
  });

  check('A30: after the login push and pull ask no more, in a new shell too', async () => {
    const reference = await lab.published();
    const { value } = await (await lab.owner()).addToken('--readwrite');
    await using holder = await lab.loggedIn(value);
    succeeded(await holder.push(`${reference}-mine`));
    succeeded(await holder.pull(reference));
    const kept = JSON.parse(readFileSync(join(holder.room.outside, '.docker/config.json'), 'utf8'));
    const auth = Buffer.from(`token:${value}`).toString('base64');
    assert.deepEqual(kept.auths, { [HOST]: { auth } });
    const newShell = ['env', `DOCKER_HOST=${lab.engine.socket}`, 'sh', '-lc', `docker pull ${reference}`];
    succeeded(await holder.room.run(newShell));
  });

  for (const client of CLIENTS) {
    check(`A31: with ${client}, read-only pulls and cannot push, read-write does both`, async () => {
      const owner = await lab.owner();
      const reference = await lab.published();
      await using reader = await lab.loggedIn((await owner.addToken()).value, client);
      succeeded(await reader.pull(reference));
      refused(await reader.push(`${reference}-read`), DENIED);
      await using writer = await lab.loggedIn((await owner.addToken('--readwrite')).value, client);
      succeeded(await writer.push(`${reference}-written`));
      succeeded(await writer.pull(`${reference}-written`));
    });
  }
};
