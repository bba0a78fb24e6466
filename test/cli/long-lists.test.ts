/** Lists that are longer than a call can have arguments: every form of output must take them. */
import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { transcript } from '../support/transcript.ts';
import { type Stranger, says, startStranger } from './stranger.ts';
import { Terminal } from './terminal.ts';

const MANY = 140_000;

const image = (index: number) => ({
  Id: `sha256:${index}`,
  RepoTags: [],
  RepoDigests: [],
  DigestTags: { [`sha256:${index}`]: [`host/birds/b:${String(index).padStart(6, '0')}`] },
  Created: 1,
  Size: 1,
});

const regions = { default: 'r', regions: [{ name: 'r', hosts: [], aliases: [], registry: 'host' }] };

/** Answers what it has, and closes the connection: a client that works for seconds would find it closed anyway. */
const startServer = () => {
  const images = JSON.stringify(Array.from({ length: MANY }, (_, index) => image(index)));
  const names = JSON.stringify(Array.from({ length: MANY }, (_, index) => `ns-${index}`));
  return startStranger(({ url = '' }, response) => {
    const known = url.startsWith('/api/v1/images') ? images : names;
    response.writeHead(200, { connection: 'close' });
    response.end(url.startsWith('/api/v1/regions') ? JSON.stringify(regions) : known);
  });
};

describe('a list of 140,000', () => {
  let server: Stranger;

  before(async () => {
    server = await startServer();
  });
  after(() => server[Symbol.asyncDispose]());

  for (const [line, last] of [
    ['cr images', /^host\/birds\/b +139999 +139999 +birds .+\n\nOK\n$/m],
    ['cr images -q', /^host\/birds\/b:139999\n$/m],
    ['cr images --format {{.Tag}}', /^139999\n$/m],
    ['cr images -o json', /^\s+"sha256:139999": \[$/m],
    ['cr namespaces', /^ns-139999\n\nOK\n$/m],
  ] as const) {
    test(`${line} is printed to its end`, async () => {
      using shell = new Terminal();
      shell.pretend(server.url);
      const turn = await shell.run(line);
      assert.equal(turn.code, 0, transcript({ ...turn, stdout: '' }));
      assert.match(turn.stdout, last);
    });
  }

  test('a refusal of any number of lines is printed', async () => {
    await using refusing = await startStranger((_, response) =>
      says(response, 409, { code: 'CRG0003E', message: 'x\n'.repeat(MANY), 'request-id': 'r1' }),
    );
    using shell = new Terminal();
    shell.pretend(refusing.url);
    const turn = await shell.run('cr namespace-add birds');
    assert.equal(turn.code, 1);
    assert.match(turn.stderr, /x\n\n\(CRG0003E, request r1\)\n$/);
  });
});
