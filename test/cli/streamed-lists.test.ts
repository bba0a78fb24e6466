/** Lists that are longer than memory: what has come is printed before the rest is there. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { tiedToUs } from '../support/at-exit.ts';
import { startStranger } from './stranger.ts';
import { Terminal } from './terminal.ts';

const HALF = 2000;

const image = (index: number): string =>
  JSON.stringify({
    Id: 'sha256:0',
    RepoTags: [],
    RepoDigests: [],
    DigestTags: { 'sha256:0': [`host/birds/b:${String(index).padStart(6, '0')}`] },
    Created: 1,
    Size: 1,
  });

const some = (from: number): string =>
  Array.from({ length: HALF }, (_, index) => image(from + index)).join(',');

for (const words of [['-q'], [], ['-o', 'json'], ['--format', '{{.Tag}}']])
  test(`cr images ${words.join(' ')} prints what has come before the rest of the list is sent`, {
    timeout: 60_000,
  }, async () => {
    const { promise: printed, resolve: isPrinted } = Promise.withResolvers<void>();
    await using server = await startStranger(async (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(`[${some(0)},`);
      await printed;
      response.end(`${some(HALF)}]`);
    });
    using shell = new Terminal();
    shell.pretend(server.url);
    const [command, ...args] = tiedToUs([process.execPath, join(import.meta.dirname, 'client-program.ts')]);
    const env = { PATH: process.env.PATH, TIDEGATE_HOME: shell.home };
    const client = spawn(command, [...args, 'cr', 'images', ...words], { env });
    let stdout = '';
    client.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('000001')) isPrinted();
    });
    const code = await new Promise((resolve) => client.once('close', resolve));
    assert.equal(code, 0);
    assert.ok(stdout.includes(String(2 * HALF - 1).padStart(6, '0')));
    if (words.includes('json')) assert.equal(JSON.parse(stdout).length, 2 * HALF);
  });

test('a list that breaks off is a failure, and not a shorter list', async () => {
  await using server = await startStranger((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`[${image(1)},`);
  });
  using shell = new Terminal();
  shell.pretend(server.url);
  const turn = await shell.run('cr images -q');
  assert.equal(turn.code, 1);
  assert.match(turn.stderr, /^FAILED\nhttp:.* answers, but not as a Tidegate does/);
});
