import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { refused, succeeded } from '../../support/transcript.ts';
import { Robot } from '../access/automation.ts';
import type { Check } from '../check.ts';
import { CLIENTS, DENIED, WRONG_CREDENTIALS } from '../holder.ts';
import { HOST, type PageLab } from '../page-lab.ts';
import { request } from '../request.ts';
import type { Shell } from '../shell.ts';

/** An access token of whoever is logged in there, as a request header. */
const authorizationOf = async (shell: Shell): Promise<{ Authorization: string }> => {
  const { stdout } = succeeded(await shell.types('bx iam oauth-tokens -o json'));
  return { Authorization: JSON.parse(stdout).iam_token };
};

/** What `kubectl create secret docker-registry` makes of a host, a user and a password. */
const pullSecret = (host: string, username: string, password: string): string => {
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  return JSON.stringify({ auths: { [host]: { username, password, email: 'any@example.com', auth } } });
};

/** C: what both pages on one server imply. */
export const mixed = (lab: PageLab, check: Check): void => {
  check(
    'C64: what is pushed through us.icr.io is pulled through registry.ng.bluemix.net, each with its own login',
    async () => {
      const owner = await lab.owner();
      const namespace = await owner.addNamespace();
      const { value } = await owner.addToken('--readwrite');
      await using holder = lab.holder();
      succeeded(await holder.login('us.icr.io', value));
      succeeded(await holder.push(`us.icr.io/${namespace}/hello:1`));
      refused(await holder.pull(`registry.ng.bluemix.net/${namespace}/hello:1`), DENIED);
      succeeded(await holder.login('registry.ng.bluemix.net', value));
      succeeded(await holder.pull(`registry.ng.bluemix.net/${namespace}/hello:1`));
    },
  );

  check(
    'C65: tokens ignore policies: who may only read by policy, or nothing at all, pushes with a read-write token',
    async () => {
      const reference = await lab.published();
      const owner = await lab.owner();
      const { value } = await owner.addToken('--readwrite');
      const reader = await Robot.make(owner);
      await reader.grant('Reader');
      const stranger = await lab.newAccount('Strangers');
      await using holder = lab.holder();
      for (const { apikey } of [reader.key, stranger]) {
        succeeded(await holder.login(HOST, apikey, 'iamapikey'));
        refused(await holder.push(`${reference}-by-key`), DENIED);
      }
      succeeded(await holder.login(HOST, value));
      succeeded(await holder.push(`${reference}-by-token`));
    },
  );

  check(
    'C66: who is not Administrator of the account, a token included, creates, lists, reads and removes no token of it',
    async () => {
      const owner = await lab.owner();
      const token = await owner.addToken('--non-expiring');
      const { stdout } = succeeded(await owner.types('bx target'));
      const [, account = ''] = /^Account: +(\S+)$/m.exec(stdout) ?? [];
      const { shell } = await lab.newAccount('Onlookers');
      const manager = await Robot.make(owner);
      await manager.grant('Manager');
      const member = lab.newShell();
      await member.logIn(manager.key.apikey);
      const lines = [
        'POST /api/v1/tokens',
        'GET /api/v1/tokens',
        `GET /api/v1/tokens/${token.id}`,
        `DELETE /api/v1/tokens/${token.id}`,
      ];
      const itself = { Authorization: `Bearer ${token.value}` };
      for (const authorization of [await authorizationOf(shell), await authorizationOf(member), itself]) {
        for (const line of lines) {
          const headers = { ...authorization, Account: account };
          const { status } = await request(lab.lab, HOST, line, { headers });
          assert.ok([401, 403].includes(status), `${line}: ${status}`);
        }
      }
      refused(await member.types('bx cr token-add'), /not authorized/);
      refused(await shell.types(`bx cr token-get ${token.id}`), /^FAILED/m);
      refused(await shell.types(`bx cr token-rm -f ${token.id}`), /^FAILED/m);
      assert.deepEqual(await shell.tokens(), []);
      assert.ok(await owner.listed(token));
    },
  );

  check(
    'C67: new tokens can be switched off (410 CRT0002E) while those there are work, and all can be',
    async () => {
      const { shell, id } = await lab.newAccount('Leavers');
      const namespace = await shell.addNamespace();
      const { value } = await shell.addToken('--readwrite');
      await using holder = await lab.loggedIn(value);
      const reference = `${HOST}/${namespace}/hello:1`;
      succeeded(await holder.push(reference));

      succeeded(await shell.types('bx cr token-settings --registry-tokens no_new'));
      const headers = { ...(await authorizationOf(shell)), Account: id };
      const answer = await request(lab.lab, HOST, 'POST /api/v1/tokens', { headers });
      assert.equal(answer.status, 410);
      assert.equal(JSON.parse(answer.body).code, 'CRT0002E');
      refused(await shell.types('bx cr token-add'), /creation of registry tokens is discontinued/);
      succeeded(await holder.pull(reference));
      succeeded(await holder.login(HOST, value));

      succeeded(await shell.types('bx cr token-settings --registry-tokens disabled'));
      refused(await holder.pull(reference), /registry tokens are switched off/);
      refused(await holder.login(HOST, value), /registry tokens are switched off/);

      succeeded(await shell.types('bx cr token-settings --registry-tokens enabled'));
      succeeded(await holder.login(HOST, value));
    },
  );

  for (const user of ['token', 'iamapikey'] as const) {
    check(
      `C68: a pull secret of type dockerconfigjson works for ${user}, with skopeo and docker`,
      async () => {
        const reference = await lab.published();
        const secret = user === 'token' ? (await (await lab.owner()).addToken()).value : lab.server.apikey;
        const file = pullSecret(HOST, user, secret);
        await using skopeo = lab.holder('skopeo');
        skopeo.room.write('secret.json', file);
        const copy = [`docker://${reference}`, 'oci:pulled:1'];
        refused(await skopeo.run(['copy', ...copy]), DENIED);
        succeeded(await skopeo.run(['copy', '--src-authfile', 'secret.json', ...copy]));
        await using docker = lab.holder();
        refused(await docker.pull(reference), DENIED);
        mkdirSync(join(docker.room.outside, 'mounted'));
        writeFileSync(join(docker.room.outside, 'mounted/config.json'), file);
        succeeded(await docker.run(['--config', 'mounted', 'pull', reference]));
      },
    );
  }

  for (const client of CLIENTS) {
    check(`C69: ${client} login --password-stdin works, and ps never shows the value`, async () => {
      const { value } = await (await lab.owner()).addToken();
      await using holder = lab.holder(client);
      holder.room.write('value', value);
      // the password comes late, so that there is time to look
      const password = 'until [ -e go ]; do sleep 0.05; done; cat value';
      const line = `{ ${password}; } | ${client} login -u token --password-stdin ${HOST}`;
      const login = holder.room.run(['sh', '-c', line], { env: { DOCKER_HOST: lab.engine.socket } });
      const isWaiting = () => running.some((each) => each.startsWith(`${client} login`));
      let running: string[] = [];
      for (const deadline = Date.now() + 10_000; !isWaiting() && Date.now() < deadline; await sleep(5)) {
        running = lab.lab.commandLines();
      }
      assert.ok(isWaiting(), `${client} does not run`);
      holder.room.write('go', '');
      succeeded(await login);
      assert.ok(
        running.some((line) => line.includes('lab-server.ts')),
        'the server is among them',
      );
      for (const line of [...running, ...lab.lab.commandLines()]) assert.ok(!line.includes(value), line);
    });
  }

  check('C69: the server’s log has the requests and none of the secrets', async () => {
    const owner = await lab.owner();
    const { id, value } = await owner.addToken('--readwrite');
    await using holder = await lab.loggedIn(value);
    await holder.pull(await lab.published());
    succeeded(await owner.types(`bx cr token-get ${id}`));
    succeeded(await owner.types(`bx cr token-rm -f ${value}`));
    refused(await holder.login(HOST, value), WRONG_CREDENTIALS);
    await lab.server.restart(); // what it logs may wait in memory; an orderly end writes it
    const logs = lab.server.logs();
    assert.ok(logs.includes(id));
    for (const secret of lab.secrets) {
      assert.ok(!logs.includes(secret));
      assert.ok(!logs.includes(secret.slice(secret.lastIndexOf('.') + 1)), 'a signature alone');
      for (const user of ['token', 'iamapikey']) {
        assert.ok(!logs.includes(Buffer.from(`${user}:${secret}`).toString('base64').slice(20, -4)));
      }
    }
  });
};
