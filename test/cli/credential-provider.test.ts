import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { KeylessLab, when } from '../identity/keyless-lab.ts';
import { SAMPLES } from '../identity/platform.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { run, succeeded, type Turn } from '../support/transcript.ts';
import { Owner } from './owner.ts';
import { Terminal } from './terminal.ts';

const API = 'credentialprovider.kubelet.k8s.io/v1';
const ANNOTATION = 'tidegate.dev/profile-id';
const root = join(import.meta.dirname, '../..');

describe('tidegate credential-provider', () => {
  let lab: KeylessLab;
  let host: string;
  let deploy: { id: string };
  const shell = new Terminal();
  const account = (name: string) => `system:serviceaccount:prod:${name}`;

  before(async () => {
    lab = await KeylessLab.start('kubernetes');
    host = new URL(lab.registry.url).host;
    deploy = await lab.profile([when('sub', account('deploy'))]);
  });
  after(async () => {
    shell[Symbol.dispose]();
    await lab[Symbol.asyncDispose]();
  });

  const requestOf = async (more: object = {}): Promise<string> =>
    JSON.stringify({
      apiVersion: API,
      kind: 'CredentialProviderRequest',
      image: `${host}/birds/app`,
      serviceAccountToken: await lab.token(),
      serviceAccountAnnotations: { [ANNOTATION]: deploy.id },
      ...more,
    });

  const answer = async (more: object = {}, args: readonly string[] = []): Promise<Turn> =>
    shell.run(['credential-provider', '--registry', host, ...args], {
      as: 'tidegate',
      stdin: await requestOf(more),
    });

  const NOTHING = `${JSON.stringify({
    apiVersion: API,
    kind: 'CredentialProviderResponse',
    cacheKeyType: 'Registry',
    cacheDuration: '0s',
    auth: null,
  })}\n`;

  test('the default port is the same registry with it and without: in the image’s name, in --registry, or in both', async () => {
    // no one listens there: who is asked for credentials tries to reach it
    for (const [image, registry] of [
      ['127.9.8.7:80', '127.9.8.7:80'],
      ['127.9.8.7', '127.9.8.7:80'],
      ['127.9.8.7:80', '127.9.8.7'],
    ] as const) {
      const stdin = await requestOf({ image: `${image}/birds/app` });
      const turn = await shell.run(['credential-provider', '--registry', registry], {
        as: 'tidegate',
        stdin,
      });
      assert.notEqual(turn.code, 0, `${image} ${registry} ${turn.stdout}`);
      assert.match(turn.stderr, /127\.9\.8\.7/);
    }
    const stdin = await requestOf({ image: '127.9.8.7:8080/birds/app' });
    const other = await shell.run(['credential-provider', '--registry', '127.9.8.7'], {
      as: 'tidegate',
      stdin,
    });
    assert.deepEqual([other.code, other.stdout], [0, NOTHING], 'another port is another registry');
  });

  test('F50: as the kubelet starts it, without HOME, standard output has one JSON object and nothing else', async () => {
    const bin = temporaryFolder().path;
    symlinkSync(join(root, 'scripts/run.cjs'), join(bin, 'tidegate'));
    const turn = await run([join(bin, 'tidegate'), 'credential-provider', '--registry', host], {
      stdin: await requestOf(),
      env: { PATH: process.env.PATH },
    });
    assert.deepEqual([turn.code, turn.stderr], [0, '']);
    const { auth, ...rest } = JSON.parse(turn.stdout);
    assert.deepEqual(rest, {
      apiVersion: API,
      kind: 'CredentialProviderResponse',
      cacheKeyType: 'Registry',
      cacheDuration: '3540s',
    });
    assert.deepEqual(Object.keys(auth), [host]);
    assert.deepEqual(Object.keys(auth[host]), ['username', 'password']);
    assert.match(turn.stdout, /^\{[^\n]*\}\n$/);
    const { username, password } = auth[host];
    assert.equal(await lab.dockerLogin(username, password), 200);
  });

  test('F51: a request without a token or a profile, and one for another host, is answered with no credentials', async () => {
    const nothing: object[] = [
      { serviceAccountToken: undefined },
      { serviceAccountAnnotations: undefined },
      { serviceAccountAnnotations: { other: 'x' } },
      { image: 'docker.io/library/nginx' },
      { image: 'nginx' },
      { image: `${host}0/birds/app` },
      { image: `evil.example/${host}/birds/app` },
      { image: `x@${host}/birds/app` },
    ];
    for (const more of nothing) {
      const { code, stdout, stderr } = await answer(more);
      assert.deepEqual([code, stdout, stderr], [0, NOTHING, ''], JSON.stringify(more));
    }
  });

  test('F51: a refused exchange exits 5 and says why, without the token and without output', async () => {
    const token = await lab.token({ sub: account('other') });
    const turn = await answer({ serviceAccountToken: token });
    assert.deepEqual([turn.code, turn.stdout], [5, '']);
    assert.match(
      turn.stderr,
      /refused the token of the service account for Profile-.*\n'tidegate trust explain/,
    );
    for (const part of token.split('.')) assert.ok(!turn.stderr.includes(part));
  });

  test('F51: a registry that does not answer is given up within ten seconds', async (t) => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    t.after(() => silent.closeAllConnections());
    t.after(() => silent.close());
    t.mock.method(AbortSignal, 'timeout', (ms: number) => {
      assert.ok(ms < 10_000, String(ms));
      return AbortSignal.abort(new DOMException('too late', 'TimeoutError'));
    });
    const other = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const turn = await answer({ image: `${other}/birds/app` }, ['--registry', other]);
    assert.deepEqual([turn.code, turn.stdout], [6, '']);
    assert.match(turn.stderr, /no answer in time/);
  });

  test('F52: the kubelet keeps an answer for less than the session lasts, and two accounts get two secrets', async () => {
    const short = await lab.profile([when('sub', account('short'))], { expiration: 900 });
    const one = JSON.parse(succeeded(await answer()).stdout);
    const other = JSON.parse(
      succeeded(
        await answer({
          serviceAccountToken: await lab.token({ sub: account('short') }),
          serviceAccountAnnotations: { [ANNOTATION]: short.id },
        }),
      ).stdout,
    );
    assert.deepEqual([one.cacheDuration, other.cacheDuration], ['3540s', '840s']);
    assert.notEqual(one.auth[host].password, other.auth[host].password);
  });

  test('F53: another apiVersion, another kind, and what is no JSON are refused', async () => {
    const others = [
      { apiVersion: 'credentialprovider.kubelet.k8s.io/v1beta1' },
      { apiVersion: undefined },
      { kind: 'CredentialProviderResponse' },
      { image: undefined },
    ];
    for (const more of others) {
      const turn = await answer(more);
      assert.deepEqual([turn.code, turn.stdout], [1, ''], JSON.stringify(more));
      assert.match(turn.stderr, /^FAILED\nNo credentials: the request /);
    }
    for (const stdin of ['', 'null', '[', `"${'x'.repeat(70_000)}"`]) {
      const turn = await shell.run(['credential-provider', '--registry', host], { stdin });
      assert.deepEqual([turn.code, turn.stdout], [1, ''], stdin.slice(0, 9));
    }
  });

  test('F54: an annotation chooses the profile, and the rules of that profile decide', async () => {
    const closed = await lab.profile([when('sub', account('admin'))]);
    const turn = await answer({ serviceAccountAnnotations: { [ANNOTATION]: closed.id } }, [
      '--profile',
      deploy.id,
    ]);
    assert.deepEqual([turn.code, turn.stdout], [5, '']);
    const named = await answer({ serviceAccountAnnotations: {} }, ['--profile', deploy.id]);
    assert.match(succeeded(named).stdout, /iambearer/);
    for (const value of ['admin', '', 7, `${deploy.id}x`]) {
      const odd = await answer({ serviceAccountAnnotations: { [ANNOTATION]: value } });
      assert.deepEqual([odd.code, odd.stdout], [1, ''], String(value));
    }
  });

  test('T27: no token goes to a registry that is not named, or over a connection that is not encrypted', async () => {
    for (const args of [[], ['--registry', 'http://reg.example.com']]) {
      const turn = await shell.run(['credential-provider', ...args], { stdin: await requestOf() });
      assert.deepEqual([turn.code, turn.stdout], [2, ''], args.join(' '));
    }
  });

  test('trust kubernetes prints the files of the kubelet and of the cluster, and with them a pod pulls', async () => {
    await using owner = await Owner.open({ TIDEGATE_ISSUERS_FILE: lab.file.path });
    await owner.registry.namespaceAdd('birds');
    const words = `trust kubernetes prod/deploy --pull birds --issuer ${SAMPLES.kubernetes.iss}`;
    const { paste, registry, audience } = await owner.json(words);
    const [kubelet, cluster] = paste.map(({ lines }: { lines: string[] }) => lines.join('\n'));
    const [provider] = parse(kubelet).providers;
    assert.deepEqual(
      [provider.apiVersion, provider.matchImages, provider.tokenAttributes.serviceAccountTokenAudience],
      [API, [registry], audience],
    );
    const [accountFile, role] = cluster.split('\n---\n').map((text: string) => parse(text));
    assert.deepEqual(role.rules[0].resources, [audience]);
    const turn = await owner.run(provider.args, {
      stdin: JSON.stringify({
        apiVersion: provider.apiVersion,
        kind: 'CredentialProviderRequest',
        image: `${registry}/birds/app`,
        serviceAccountToken: await lab.token({ aud: [audience] }),
        serviceAccountAnnotations: accountFile.metadata.annotations,
      }),
    });
    const { username, password } = JSON.parse(succeeded(turn).stdout).auth[registry];
    await owner.registry.bearer('repository:birds/app:pull', username, password);
  });
});
