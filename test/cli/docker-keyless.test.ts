import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, describe, test } from 'node:test';
import { runCredentialHelper } from '../../src/cli/docker-credentials.ts';
import { KeylessLab } from '../identity/keyless-lab.ts';
import { AUDIENCE } from '../identity/platform.ts';
import { MINUTE } from '../support/clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('docker-credential-tidegate in a build', () => {
  let lab: KeylessLab;
  let host: string;
  let profile: string;
  /** GitHub's address for tokens of a job, and what it was asked. */
  let github: Server;
  let asked: string[];
  let isDown: boolean;
  let home: string;

  before(async () => {
    lab = await KeylessLab.start();
    host = new URL(lab.registry.url).host;
    github = createServer(async (request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      if (isDown) return void response.writeHead(503).end();
      response.end(JSON.stringify({ value: await lab.token() }));
    });
    await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(async () => {
    ({ id: profile } = await lab.profile());
    home = temporaryFolder().path;
    asked = [];
    isDown = false;
  });
  after(async () => {
    github.closeAllConnections();
    github.close();
    await lab[Symbol.asyncDispose]();
  });

  const build = (job = 'of-this-job'): Record<string, string> => ({
    TIDEGATE_REGISTRY: host,
    TIDEGATE_PROFILE: profile,
    TIDEGATE_AUDIENCE: AUDIENCE,
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}/token?api-version=2`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: job,
  });

  const helper = async (
    action: string,
    stdin: string,
    env: Record<string, string>,
  ): Promise<{ code: number; stdout: string }> => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const streams = {
      stdin: Readable.from([Buffer.from(stdin)]),
      stdout,
      stderr,
      env: { TIDEGATE_HOME: home, ...env },
    };
    const code = await runCredentialHelper([action], streams, lab.registry.clock);
    stdout.end();
    stderr.end();
    assert.equal(await text(stderr), '');
    return { code, stdout: await text(stdout) };
  };

  const got = async (env = build()): Promise<{ Username: string; Secret: string }> =>
    JSON.parse((await helper('get', host, env)).stdout);

  const sessions = async (): Promise<unknown[]> =>
    (await lab.owner('GET', `/v1/sessions?iam_id=iam-${profile}`)).body.sessions;

  test('F56: it logs a GitHub job in without a login step: the pair is good for a push', async () => {
    const { Username, Secret } = await got();
    assert.equal(Username, 'iambearer');
    assert.equal(await lab.push(await lab.bearer(Username, Secret)), 202);
    assert.deepEqual(asked, [
      `/token?api-version=2&audience=${encodeURIComponent(AUDIENCE)} Bearer of-this-job`,
    ]);
    assert.equal((await helper('list', 'unused', build())).stdout, `{"${host}":"iambearer"}\n`);
  });

  test('F56: the token of GitLab, of CircleCI or of a file does the same', async () => {
    const file = join(home, 'token');
    writeFileSync(file, `${await lab.token()}\n`);
    const { ACTIONS_ID_TOKEN_REQUEST_URL: _, ...plain } = build();
    for (const env of [
      { ...plain, TIDEGATE_ID_TOKEN: await lab.token() },
      { ...plain, CIRCLE_OIDC_TOKEN_V2: await lab.token() },
      { ...plain, TIDEGATE_ID_TOKEN_FILE: file },
    ]) {
      const { Username, Secret } = await got(env);
      assert.equal(await lab.dockerLogin(Username, Secret), 200);
    }
    assert.deepEqual(asked, []);
  });

  test('F59: twenty programs that ask at once make one login', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => got()));
    assert.equal(new Set(all.map(({ Secret }) => Secret)).size, 1);
    assert.deepEqual([asked.length, (await sessions()).length], [1, 1]);
  });

  test('F59: a lock that a killed program left is taken over', async () => {
    await got();
    const lock = join(home, 'docker-logins.json.lock');
    writeFileSync(lock, '');
    utimesSync(lock, 0, 0);
    rmSync(join(home, 'docker-logins.json'));
    await got();
    assert.equal(asked.length, 2);
  });

  test('F60: a login that is kept is given without any request, and also where the folder cannot be written', async () => {
    const { Secret } = await got();
    asked.length = 0;
    isDown = true;
    assert.equal((await got()).Secret, Secret);
    assert.deepEqual(asked, []);
    isDown = false;
    const file = join(home, 'file');
    writeFileSync(file, '');
    const nowhere = { ...build(), TIDEGATE_HOME: join(file, 'below-a-file') };
    assert.notEqual((await got(nowhere)).Secret, Secret);
    assert.equal(asked.length, 1);
  });

  test('a login is renewed when half of its life is over; while that fails the old one is given as long as it lasts', async () => {
    const { Secret } = await got();
    lab.registry.clock.advance(29 * MINUTE);
    assert.equal((await got()).Secret, Secret);
    lab.registry.clock.advance(2 * MINUTE);
    isDown = true;
    assert.equal((await got()).Secret, Secret);
    isDown = false;
    const renewed = await got();
    assert.notEqual(renewed.Secret, Secret);
    assert.equal(await lab.dockerLogin(renewed.Username, renewed.Secret), 200);
    isDown = true;
    lab.registry.clock.advance(60 * MINUTE);
    const failed = await helper('get', host, build());
    assert.deepEqual([failed.code, failed.stdout.split('\n').length], [1, 2]);
    assert.match(failed.stdout, /answered 503 to the request for a token/);
  });

  test('a login is of one job and one profile: another job of the same machine makes its own', async () => {
    const { Secret } = await got();
    assert.notEqual((await got(build('of-another-job'))).Secret, Secret);
    const { id } = await lab.profile();
    assert.notEqual((await got({ ...build(), TIDEGATE_PROFILE: id })).Secret, Secret);
  });

  test('F57: a refused token, a missing token and half of the settings are told in one line', async () => {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: _, ...plain } = build();
    const foreign = await lab.token({ repository_id: '1' });
    const told: [Record<string, string>, RegExp][] = [
      [{ ...plain, TIDEGATE_ID_TOKEN: foreign }, /does not trust/],
      [plain, /no token of a platform.*id-token: write/],
      [{ TIDEGATE_REGISTRY: host }, /both TIDEGATE_REGISTRY and TIDEGATE_PROFILE/],
      [{ ...build(), TIDEGATE_REGISTRY: 'http://reg.example.com' }, /not encrypted/],
    ];
    for (const [env, says] of told) {
      const server = env.TIDEGATE_REGISTRY?.replace('http://', '') ?? host;
      const { code, stdout } = await helper('get', server, env);
      assert.equal(code, 1);
      assert.match(stdout, says);
      assert.equal(stdout.split('\n').length, 2, stdout);
      assert.ok(!foreign.split('.').some((part) => stdout.includes(part)));
    }
  });

  test('T27: the token of the build goes to its registry alone: another host gets nothing', async () => {
    for (const server of ['https://index.docker.io/v1/', `${host}0`, `evil.example/${host}`]) {
      const { code, stdout } = await helper('get', server, build());
      assert.deepEqual([code, stdout], [1, 'credentials not found in native keychain\n'], server);
    }
    assert.deepEqual(asked, []);
  });

  test('F13: docker login with a raw token leaves its session, and no part of the token', async () => {
    const token = await lab.token();
    const given = { ServerURL: host, Username: profile, Secret: token };
    assert.equal((await helper('store', JSON.stringify(given), {})).code, 0);
    const { Username, Secret } = await got({});
    assert.equal(await lab.push(await lab.bearer(Username, Secret)), 202);
    const path = join(home, 'docker-logins.json');
    for (const part of token.split('.')) assert.ok(!readFileSync(path, 'utf8').includes(part));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    lab.registry.clock.advance(60 * MINUTE);
    assert.equal((await helper('get', host, {})).stdout, 'credentials not found in native keychain\n');
  });
});
