import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { refused, succeeded } from '../support/transcript.ts';
import { Cosign } from './cosign.ts';
import { pushImage } from './push-image.ts';
import { Stand } from './stand.ts';

const present = needs(clients(['cosign']));

test(
  'cosign login, push, pull: a signature kept as a referrer is found again, and another image has none',
  present,
  async () => {
    await using stand = await Stand.open();
    const [digest, other] = [await pushImage(stand, 'jay', '1'), await pushImage(stand, 'jay', '2')];
    const cosign = await Cosign.open(stand);
    const image = `${stand.at('jay')}@${digest}`;
    succeeded(await cosign.sign(image, 'referrers'));
    succeeded(await cosign.verify(image, 'referrers'));
    const { manifests } = await stand.referrers('jay', digest);
    assert.equal(manifests.length, 1);
    assert.match(manifests[0]?.artifactType ?? '', /sigstore\.bundle/);
    refused(
      await cosign.verify(`${stand.at('jay')}@${other}`, 'referrers'),
      /no (matching )?(signatures|attestations)|found no/i,
    );
  },
);
