import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { refused, succeeded } from '../support/transcript.ts';
import { pushImage } from './push-image.ts';
import { namespace, Stand } from './stand.ts';

const present = needs(clients(['notation']));
const plain = '--insecure-registry';

/** It believes signatures by the test certificate of that name, and no others. */
const trustPolicy = (name: string): string =>
  JSON.stringify({
    version: '1.0',
    trustPolicies: [
      {
        name: 'test',
        registryScopes: ['*'],
        signatureVerification: { level: 'strict' },
        trustStores: [`ca:${name}`],
        trustedIdentities: ['*'],
      },
    ],
  });

test(
  'notation push, pull, list: a signature by a test certificate, and an image without one',
  present,
  async () => {
    await using stand = await Stand.open();
    const [digest, other] = [await pushImage(stand, 'rook', '1'), await pushImage(stand, 'rook', '2')];
    const notation = stand.client('notation');
    // its login wants a keychain; without one it takes them from the environment
    const env = { NOTATION_USERNAME: 'iamapikey', NOTATION_PASSWORD: stand.apikey };
    const run = (...args: string[]) => notation.run(args, { env });
    succeeded(await run('cert', 'generate-test', '--default', 'birdwatch'));
    mkdirSync(join(notation.room.outside, '.config/notation'), { recursive: true });
    notation.room.write('.config/notation/trustpolicy.json', trustPolicy('birdwatch'));
    const image = `${stand.at('rook')}@${digest}`;
    succeeded(await run('sign', plain, image));
    succeeded(await run('verify', plain, image));
    const { manifests } = await stand.referrers('rook', digest);
    assert.deepEqual(
      manifests.map(({ artifactType }) => artifactType),
      ['application/vnd.cncf.notary.signature'],
    );
    assert.match(succeeded(await run('list', plain, image)).stdout, new RegExp(manifests[0]?.digest ?? '-'));
    assert.match(succeeded(await run('inspect', plain, image)).stdout, /birdwatch/);
    refused(await run('verify', plain, `${stand.at('rook')}@${other}`), /no signature is associated/);
    assert.equal(
      stand.wire.said('GET', new RegExp(`/v2/${namespace}/rook/referrers/.*artifactType=`)).length > 0,
      true,
    );
  },
);
