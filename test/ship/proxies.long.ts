import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { needs } from '../support/component.ts';
import { PROXIES, ProxiedRegistry } from './proxied-registry.ts';

const BLOCK = randomBytes(1 << 20);
const BLOCKS = 2048;
/** Longer than the minute after which proxies give up by themselves. */
const PAUSE_MS = 70_000;

async function* blocks(): AsyncIterable<Buffer> {
  for (let index = 0; index < BLOCKS; index++) yield BLOCK;
}

const digestOfAll = (): string => {
  const hash = createHash('sha256');
  for (let index = 0; index < BLOCKS; index++) hash.update(BLOCK);
  return `sha256:${hash.digest('hex')}`;
};

const streamed = (body: AsyncIterable<Buffer>): { body: ReadableStream; duplex: 'half' } => ({
  body: ReadableStream.from(body) as ReadableStream,
  duplex: 'half',
});

for (const shipped of PROXIES)
  describe(`behind ${shipped.name}, with the file of deploy/`, needs(shipped.component), () => {
    test('a layer of 2 GiB is pushed without a stated length, and pulled', async () => {
      await using proxied = await ProxiedRegistry.start(shipped);
      const begun = await proxied.send('/v2/birds/app/blobs/uploads/', { method: 'POST' });
      const upload = new URL(begun.headers.get('location') ?? '', proxied.url);
      const digest = digestOfAll();
      upload.searchParams.set('digest', digest);
      const ended = await proxied.send(upload.href, { method: 'PUT', ...streamed(blocks()) });
      assert.equal(ended.status, 201, await ended.text());
      const pulled = await proxied.send(`/v2/birds/app/blobs/${digest}`);
      const hash = createHash('sha256');
      for await (const chunk of pulled.body ?? []) hash.update(chunk);
      assert.equal(`sha256:${hash.digest('hex')}`, digest);
    });

    test('a client that pauses for more than a minute in the middle of a layer is waited for', async () => {
      await using proxied = await ProxiedRegistry.start(shipped);
      const begun = await proxied.send('/v2/birds/app/blobs/uploads/', { method: 'POST' });
      async function* slowly(): AsyncIterable<Buffer> {
        yield BLOCK;
        await sleep(PAUSE_MS);
        yield BLOCK;
      }
      const sent = await proxied.send(begun.headers.get('location') ?? '', {
        method: 'PATCH',
        ...streamed(slowly()),
      });
      assert.equal(sent.status, 202, await sent.text());
      assert.equal(sent.headers.get('range'), `0-${2 * BLOCK.length - 1}`);
    });
  });
