import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { refused, succeeded } from '../support/transcript.ts';
import { Cosign } from './cosign.ts';
import { pushImage } from './push-image.ts';
import { Stand } from './stand.ts';

const present = needs(clients(['cosign']));

for (const format of ['tags', 'referrers'] as const) {
  test(`cosign login, push, pull: signatures and attestations as ${format}`, present, async () => {
    await using stand = await Stand.open();
    const digest = await pushImage(stand, 'jay', '1');
    const cosign = await Cosign.open(stand);
    const image = `${stand.at('jay')}@${digest}`;
    cosign.client.room.write('predicate.json', '{"seen":"at noon"}');
    succeeded(await cosign.sign(image, format));
    succeeded(await cosign.attest(image, format, 'predicate.json'));
    succeeded(await cosign.verify(image, format));
    const { stdout } = succeeded(await cosign.verifyAttestation(image, format));
    assert.match(stdout, /payload/);
    const { manifests } = await stand.referrers('jay', digest);
    const base = digest.replace(':', '-');
    const tags = await stand.tags('jay');
    if (format === 'referrers') {
      assert.equal(manifests.length, 2);
      assert.deepEqual(tags, ['1'], 'no tag beside the image’s own');
    } else {
      assert.deepEqual(tags, ['1', `${base}.att`, `${base}.sig`]);
    }
    const tree = succeeded(await cosign.run(['tree', '--allow-http-registry', image]));
    assert.match(tree.stdout, /Attestations|Signatures|sigstore/);
    const stranger = await Cosign.open(stand);
    refused(await stranger.verify(image, format), /invalid signature|failed to verify|no matching/i);
  });
}

test('cosign delete: clean takes the tags of an image’s signatures away', present, async () => {
  await using stand = await Stand.open();
  const digest = await pushImage(stand, 'jay', '1');
  const cosign = await Cosign.open(stand);
  const image = `${stand.at('jay')}@${digest}`;
  succeeded(await cosign.sign(image, 'tags'));
  const found = succeeded(await cosign.run(['triangulate', '--allow-http-registry', image]));
  assert.equal(found.stdout.trim(), `${stand.at('jay')}:${digest.replace(':', '-')}.sig`);
  succeeded(await cosign.run(['clean', '--allow-http-registry', '--force', image]));
  assert.deepEqual(await stand.tags('jay'), ['1']);
  refused(await cosign.verify(image, 'tags'), /no signatures found/);
});
