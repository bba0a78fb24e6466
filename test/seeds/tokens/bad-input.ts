import assert from 'node:assert/strict';
import { runOperator } from '../../operate/operator.ts';
import { refused, succeeded } from '../../support/transcript.ts';
import type { Check } from '../check.ts';
import { DENIED } from '../holder.ts';
import { HOST, type PageLab } from '../page-lab.ts';
import { basic, exchange, request } from '../request.ts';

const MEGABYTE = 1 << 20;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

interface Refusal {
  readonly host?: string;
  readonly user?: string;
  /** What the log says of it. */
  readonly reason: RegExp;
  /** What the client shows. */
  readonly text?: RegExp;
}

/** Password and user are refused with 401 by GET and by POST: one plain sentence for the user, a reason in the log. */
const isRefused = async (lab: PageLab, password: string, refusal: Refusal): Promise<void> => {
  const { host = HOST, user = 'token', reason, text = /The login credentials are not valid/ } = refusal;
  const form = new URLSearchParams({ grant_type: 'password', service: 'registry', username: user, password });
  const answers = await Promise.all([
    request(lab.lab, host, 'GET /oauth/token?service=registry', {
      headers: { Authorization: basic(user, password) },
    }),
    request(lab.lab, host, 'POST /oauth/token', {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: String(form),
    }),
  ]);
  for (const { status, body } of answers) {
    assert.equal(status, 401, body);
    const [error] = JSON.parse(body).errors;
    assert.match(error.message, text);
    assert.ok(password === '' || !body.includes(password));
  }
  if (password !== '') {
    await using holder = lab.holder(); // without one docker would ask
    refused(await holder.login(host, password, user), text);
  }
  for (const { body } of answers) {
    const line = await lab.logged(JSON.parse(body).errors[0].detail['request-id']);
    assert.match(String(line.because), reason);
  }
};

/** Everything that is no token: 401, whoever sends it and however. */
export const badInput = (lab: PageLab, check: Check): void => {
  const noToken = /this is not a registry token/;
  const notIts = /this is not the value of the registry token [0-9a-f-]{36}/;
  const value = async (options = ''): Promise<string> => (await (await lab.owner()).addToken(options)).value;

  check('bad input: a signature that was tampered with', async () => {
    const token = await value('--readwrite');
    const [head, payload, signature = ''] = token.split('.');
    const other = signature.startsWith('A') ? 'B' : 'A';
    await isRefused(lab, `${head}.${payload}.${other}${signature.slice(1)}`, { reason: notIts });
  });

  check('bad input: a truncated value', async () => {
    const token = await value();
    const cuts = [token.slice(0, -1), token.slice(0, token.lastIndexOf('.'))];
    await Promise.all(cuts.map((cut) => isRefused(lab, cut, { reason: notIts })));
  });

  check('bad input: another region’s token', async () => {
    const reason = /belongs to another region/;
    await isRefused(lab, await value(), { host: 'registry.eu-de.bluemix.net', reason });
  });

  check('bad input: another account’s token', async () => {
    const reference = await lab.published();
    const { shell } = await lab.newAccount('Others');
    const token = await shell.addToken('--readwrite');
    await using holder = await lab.loggedIn(token.value); // it is a token, only not for what is here
    refused(await holder.pull(reference), DENIED);
    const path = reference.replace(`${HOST}/`, '').replace(':1', '/manifests/1');
    const headers = { Authorization: basic('token', token.value) };
    const { status, body } = await request(lab.lab, HOST, `GET /v2/${path}`, { headers });
    assert.equal(status, 401);
    assert.match(body, /You are not authorized to access the specified resource/);
  });

  check('bad input: a removed token', async () => {
    const owner = await lab.owner();
    const token = await owner.addToken();
    succeeded(await owner.types(`bx cr token-rm -f ${token.id}`));
    await isRefused(lab, token.value, { reason: /it was removed, or never was/ });
  });

  check('bad input: a token whose signing key was retired', async () => {
    const { server } = lab;
    const token = await (await lab.owner()).addToken('--non-expiring');
    const keys = async (...words: string[]): Promise<string> => {
      const { code, stdout, stderr } = await runOperator(['keys', ...words], {
        TIDEGATE_DATA: server.dataDir,
      });
      assert.equal(code, 0, stderr);
      return stdout;
    };
    await server.kill('SIGTERM');
    const [, key = ''] = /^(Key-\S+) {3}registry-token .* signs$/m.exec(await keys('list')) ?? [];
    await keys('rotate', 'registry-token');
    await keys('retire', key);
    await server.start();
    await isRefused(lab, token.value, { reason: /the key that signed the registry token .* was retired/ });
    refused(await (await lab.owner()).types(`bx cr token-get ${token.id}`), /was retired/);
    await using holder = lab.holder();
    succeeded(await holder.login(HOST, await value())); // the new key signs
  });

  check('bad input: an empty password', async () => {
    await isRefused(lab, '', { reason: noToken });
  });

  check('bad input: alg none', async () => {
    const [, payload] = (await value()).split('.');
    const heads = ['none', 'None', 'NONE'].map((alg) => encode({ alg, typ: 'JWT' }));
    await Promise.all(heads.map((head) => isRefused(lab, `${head}.${payload}.`, { reason: noToken })));
  });

  check('bad input: a foreign kid', async () => {
    const [, payload, signature] = (await value()).split('.');
    const head = encode({ alg: 'HS256', typ: 'JWT', kid: '../../dev/null' });
    await isRefused(lab, `${head}.${payload}.${signature}`, { reason: noToken });
  });

  check('bad input: keys embedded in the header', async () => {
    const [, payload, signature] = (await value()).split('.');
    const jwk = { kty: 'oct', k: 'AAAA' };
    const keys = [{ jwk }, { jku: 'https://us.icr.io/keys' }, { x5c: ['MIIB'] }];
    const heads = keys.map((embedded) => encode({ alg: 'HS256', typ: 'JWT', ...embedded }));
    const values = heads.map((head) => `${head}.${payload}.${signature}`);
    await Promise.all(values.map((each) => isRefused(lab, each, { reason: noToken })));
  });

  check('bad input: a docker bearer in the place of a token', async () => {
    const { body } = await request(lab.lab, HOST, 'GET /oauth/token?service=registry', {
      headers: { Authorization: basic('token', await value()) },
    });
    await isRefused(lab, JSON.parse(body).token, { reason: noToken });
  });

  check('bad input: the id in the place of the user name', async () => {
    const { id, value: password } = await (await lab.owner()).addToken();
    const text = /docker login -u iamapikey.*-u token with a registry token/;
    await isRefused(lab, password, { user: id, text, reason: /the user name is not iamapikey/ });
  });

  check('bad input: a password of 1 MB in a header is 431, and nothing of it is kept', async () => {
    const head = `GET /oauth/token HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: Basic `;
    // no end of the header is ever sent: who answers has not waited for it
    const unfinished = await exchange(lab.lab, HOST, head + 'A'.repeat(32 << 10));
    assert.equal(unfinished.status, 431);
    const password = basic('token', 'A'.repeat(MEGABYTE));
    const whole = await request(lab.lab, HOST, 'GET /oauth/token', { headers: { Authorization: password } });
    assert.equal(whole.status, 431);
  });

  check('bad input: a password of 1 MB in a form is 413, and nothing of it is kept', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const form = `grant_type=password&username=token&password=${'A'.repeat(MEGABYTE)}`;
    // only its length is told: who answers has not waited for it
    const unsent = await request(lab.lab, HOST, 'POST /oauth/token', {
      headers: { ...headers, 'Content-Length': form.length },
    });
    assert.equal(unsent.status, 413);
    const whole = await request(lab.lab, HOST, 'POST /oauth/token', { headers, body: form });
    assert.equal(whole.status, 413);
  });
};
