import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { refused, succeeded } from '../support/transcript.ts';
import { pushImage } from './push-image.ts';
import { Stand } from './stand.ts';

/** A keychain that holds one secret, behind the protocol of docker's credential helpers. */
const helperOf = (host: string, secret: string): string => `#!/bin/sh
read -r server
[ "$1" = get ] && [ "$server" = "${host}" ] || { echo 'credentials not found in native keychain'; exit 1; }
echo '{"ServerURL":"${host}","Username":"iamapikey","Secret":"${secret}"}'
`;

/** How each client asks for the tags, and which settings of config.json it reads. */
const askers = [
  {
    name: 'crane',
    settings: ['credsStore', 'credHelpers'],
    ask: (image: string) => ['ls', '--insecure', image],
  },
  {
    name: 'oras',
    settings: ['credsStore', 'credHelpers'],
    ask: (image: string) => ['repo', 'tags', '--plain-http', image],
  },
  {
    name: 'skopeo',
    settings: ['credHelpers'],
    ask: (image: string) => ['list-tags', '--tls-verify=false', `docker://${image}`],
  },
] as const;

for (const { name, settings, ask } of askers) {
  test(
    `a credential helper gives ${name} its secret, and no file has it`,
    needs(clients([name])),
    async () => {
      await using stand = await Stand.open();
      await pushImage(stand, 'wren', '1');
      for (const setting of settings) {
        const client = stand.client(name);
        const { room } = client;
        for (const folder of ['bin', '.docker']) mkdirSync(join(room.outside, folder));
        room.write('bin/docker-credential-nest', helperOf(stand.host, stand.apikey));
        chmodSync(join(room.outside, 'bin/docker-credential-nest'), 0o755);
        const config =
          setting === 'credsStore' ? { credsStore: 'nest' } : { credHelpers: { [stand.host]: 'nest' } };
        const env = { PATH: `${room.home}/bin:${room.env.PATH}` };
        const run = () => client.run(ask(stand.at('wren')), { env });
        for (const file of ['.docker/config.json', 'auth.json']) room.write(file, '{}');
        refused(await run(), /unauthorized|denied|credential|authentication/i);
        for (const file of ['.docker/config.json', 'auth.json']) room.write(file, JSON.stringify(config));
        assert.match(succeeded(await run()).stdout, /\b1\b/, setting);
      }
    },
  );
}
