import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { installations } from '../remote/replica-pair.ts';
import { jsonOf, newBytes, OCI_INDEX } from '../spec/content.ts';
import { needs } from '../support/component.ts';
import { postgres } from '../support/postgres.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { s3 } from '../support/s3.ts';
import { until } from '../support/until.ts';
import { ALLOWED } from './hooked.ts';
import { Receiver } from './receiver.ts';

suite('webhooks of two replicas', needs(postgres, s3), () => {
  const { next, opened } = installations();
  let a: TestRegistry;
  let b: TestRegistry;
  let receiver: Receiver;
  before(async () => {
    receiver = opened.use(await Receiver.listen());
    const env = { ...(await next()), ...ALLOWED };
    a = opened.use(await TestRegistry.start({ env }));
    b = opened.use(await TestRegistry.start({ env, apikey: a.apikey }));
    await a.namespaceAdd('birds');
  });

  const push = async (registry: TestRegistry, tag: string): Promise<void> => {
    const bytes = jsonOf({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [],
      annotations: { nonce: newBytes(8).toString('hex') },
    });
    const response = await registry.v2('PUT', `birds/app/manifests/${tag}`, {
      headers: { 'Content-Type': OCI_INDEX, Authorization: basic('iamapikey', a.apikey) },
      body: new Uint8Array(bytes),
    });
    assert.equal(response.status, 201, await response.text());
  };

  test('each event is delivered once, in order, whichever replica took the push', async () => {
    const hook = { name: 'ci', url: receiver.url('/hook'), events: ['image.pushed'] };
    const made = await a.api('POST', '/api/v1/webhooks', hook);
    assert.equal(made.status, 201, await made.text());
    const tags = Array.from({ length: 20 }, (_, index) => `v${index}`);
    for (const [index, tag] of tags.entries()) await push(index % 2 === 0 ? a : b, tag);
    await until('all have arrived', () => receiver.taken.length >= tags.length);
    // what is pushed behind them comes behind them: nothing was delivered twice until then
    await push(b, 'last');
    await until('the last has arrived', () => receiver.taken.some(({ body }) => body.includes('"last"')));
    assert.deepEqual(
      receiver.taken.map(({ body }) => JSON.parse(body).data.tag),
      [...tags, 'last'],
    );
  });

  test('when the replica that delivers stops, the other goes on', async () => {
    const before = receiver.taken.length;
    await a[Symbol.asyncDispose]();
    await push(b, 'after');
    await until('it has arrived', () => receiver.taken.length > before);
  });
});
