import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { type AccessLine, accessLine } from '../../src/observe/access-line.ts';
import { maskSecrets } from '../../src/observe/mask.ts';
import { TestRegistry } from '../support/registry.ts';

const AT = Date.UTC(2026, 10, 27, 9, 5, 7, 4);

/** The same line as pino writes it, each text masked by itself. */
const asPino = ({ cut, ...line }: AccessLine): string => {
  let text = '';
  const timestamp = (): string => `,"time":"${new Date(AT).toISOString()}"`;
  const write = (each: string): void => {
    text += each;
  };
  const logger = pino({ base: null, timestamp }, { write });
  const masked = Object.fromEntries(
    Object.entries(line).map(([name, value]) => [
      name,
      typeof value === 'string' ? maskSecrets(value) : value,
    ]),
  );
  logger.info({ ...masked, ...(cut ? { cut } : {}) });
  return text;
};

const usual: AccessLine = {
  id: '0123456789abcdef0123456789abcdef',
  method: 'GET',
  path: '/v2/birds/owl/manifests/1',
  status: 200,
  principal: 'user:0123/IBMid-1',
  credential: 'ApiKey-1',
  action: 'container-registry.image.pull',
  because: "Manager, as the account's owner",
  address: '127.0.0.1',
  agent: 'docker/28.0',
  bytes: 771,
  ms: 0.414,
  cut: false,
};
const none = { credential: undefined, action: undefined, because: undefined, agent: undefined };

const TEXTS = [
  '',
  'a "quoted" name \\ with a backslash',
  'two\nlines\r\nand a tab\t, a bell \u0007 and a NUL \0',
  'DEL \u007f, é, 한국어, 🦉, \u2028',
  `half of a pair: \ud83e and \udd89`,
  'a key tdc_abcdefghijklmnop in it, and a token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig',
  'escaped tdr%5Fabcdefgh%2Dijklmnop',
  'a token at the end eyJhbGciOiJIUzI1NiJ9',
  'too short: eyJabc\tdefgh',
  'no secret, but its JSON has one: \tdc_abcdefghijklmnop',
];

test('an access line is byte for byte what pino writes of the same fields, with secrets masked in each', () => {
  for (const line of [
    usual,
    { ...usual, ...none },
    { ...usual, cut: true },
    { ...usual, address: undefined },
  ])
    assert.equal(accessLine(line, AT), asPino(line));
  for (const text of TEXTS)
    for (const name of [
      'path',
      'agent',
      'because',
      'principal',
      'method',
      'address',
      'credential',
      'action',
    ]) {
      const line = { ...usual, [name]: text };
      assert.equal(accessLine(line, AT), asPino(line), `${name}: ${JSON.stringify(text)}`);
    }
});

test('the time of a line is that of its own millisecond', () => {
  for (const at of [AT, AT + 1, AT + 995, AT + 996, AT + 86_400_000])
    assert.equal(JSON.parse(accessLine(usual, at)).time, new Date(at).toISOString());
});

test('each request is one line of the log, with who asked, what was decided and how it ended', async () => {
  await using registry = await TestRegistry.start();
  registry.logged.length = 0;
  await registry.fetch('/api/v1/namespaces?secret=1');
  await registry.fetch('/v2/', { headers: { 'User-Agent': 'an "odd" agent' } });
  const lines = registry.logged.map((line) => JSON.parse(line));
  const [last] = lines.filter(({ path }) => path === '/v2/');
  assert.equal(lines.filter(({ path }) => path === '/v2/').length, 1);
  assert.deepEqual(
    [last.level, last.method, last.status, last.principal, last.agent, last.bytes],
    [30, 'GET', 401, 'anonymous', 'an "odd" agent', 0],
  );
  assert.match(last.id, /^[0-9a-f]{32}$/);
  assert.ok(!registry.logged.join('').includes('secret=1'), 'no query is logged');
});
