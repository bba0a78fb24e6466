import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { succeeded } from '../support/transcript.ts';
import { Stand } from './stand.ts';

const present = needs(clients(['umoci', 'skopeo']));

test(
  'umoci push, pull: an image made without an engine, carried there and back by skopeo',
  present,
  async () => {
    await using stand = await Stand.open();
    const { room } = stand.client('umoci');
    const said = async (...argv: string[]) =>
      succeeded(
        await room.run(argv, {
          env: { ...room.env, REGISTRY_AUTH_FILE: `${room.home}/auth.json` },
          stdin: stand.apikey,
        }),
      );
    const umoci = (...args: string[]) => said('umoci', ...args);
    const image = `docker://${stand.at('wren')}:1`;
    mkdirSync(join(room.outside, 'files'));
    room.write('files/song', 'tsee tsee\n');
    await umoci('init', '--layout', 'nest');
    await umoci('new', '--image', 'nest:1');
    await umoci('insert', '--image', 'nest:1', 'files', '/');
    await umoci('config', '--image', 'nest:1', '--config.label', 'season=spring');
    await said('skopeo', 'login', '--tls-verify=false', '-u', 'iamapikey', '--password-stdin', stand.host);
    await said('skopeo', 'copy', '--dest-tls-verify=false', 'oci:nest:1', image);
    await stand.content('wren', '1');
    await said('skopeo', 'copy', '--src-tls-verify=false', image, 'oci:pulled:1');
    await umoci('unpack', '--image', 'pulled:1', 'bundle');
    assert.match(succeeded(await room.run(['cat', 'bundle/rootfs/song'])).stdout, /tsee/);
  },
);
