import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { succeeded } from '../support/transcript.ts';
import { pushImage } from './push-image.ts';
import { Stand } from './stand.ts';

const present = needs(clients(['apptainer', 'mksquashfs']));

test(
  'apptainer login, push, pull: an image of the registry as a file, and the file as an artifact',
  present,
  async () => {
    await using stand = await Stand.open();
    await pushImage(stand, 'stork', '1');
    const apptainer = stand.client('apptainer');
    const said = async (...args: string[]) =>
      succeeded(await apptainer.run(args, { stdin: stand.apikey, timeout: 240_000 }));
    const room = apptainer.room.outside;
    const digestOf = (file: string) =>
      createHash('sha256')
        .update(readFileSync(join(room, file)))
        .digest('hex');
    const scheme = `docker://${stand.host}`;
    await said('registry', 'login', '--username', 'iamapikey', '--password-stdin', scheme);
    await said('registry', 'login', '--username', 'iamapikey', '--password-stdin', `oras://${stand.host}`);
    await said('pull', '--no-https', '--disable-cache', 'stork.sif', `docker://${stand.at('stork')}:1`);
    assert.ok(stand.wire.said('GET', /stork\/blobs\//).every(({ status }) => status === 200));
    await said('push', '-U', '--no-https', 'stork.sif', `oras://${stand.at('stork')}:sif`);
    await said('pull', '--no-https', '--disable-cache', 'again.sif', `oras://${stand.at('stork')}:sif`);
    assert.equal(digestOf('again.sif'), digestOf('stork.sif'));
  },
);
