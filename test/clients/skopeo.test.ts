import assert from 'node:assert/strict';
import { join } from 'node:path';
import { client, clients } from '../support/clients.ts';
import { succeeded } from '../support/transcript.ts';
import { contentInLayout } from './content.ts';
import { writeImageLayout } from './image.ts';
import { clientRules, type Session } from './rules.ts';

const open = async (): Promise<Session> => {
  const { room, run } = client('skopeo');
  return {
    room,
    login: (host, apikey) =>
      run(['login', '--tls-verify=false', '-u', 'iamapikey', '--password-stdin', host], { stdin: apikey }),
    async push(source, reference) {
      const digest = writeImageLayout(room, source, 'source', 'made');
      succeeded(await run(['copy', '--dest-tls-verify=false', 'oci:source:made', `docker://${reference}`]));
      return digest;
    },
    pull: (reference) =>
      run(['copy', '--src-tls-verify=false', `docker://${reference}`, 'oci:pulled:pulled']),
    async assertHolds(_, content) {
      assert.deepEqual(await contentInLayout(join(room.outside, 'pulled')), content);
    },
    [Symbol.asyncDispose]: async () => room[Symbol.dispose](),
  };
};

clientRules({
  title: 'skopeo',
  component: clients(['skopeo']),
  open,
  loginRefusal: /invalid username\/password/,
});
