import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { client, clients } from '../support/clients.ts';
import { succeeded } from '../support/transcript.ts';
import { contentInLayout } from './content.ts';
import { clientRules, type Session } from './rules.ts';

const open = async (): Promise<Session> => {
  const { room, run } = client('crane');
  return {
    room,
    login: (host, apikey) =>
      run(['auth', 'login', '--insecure', '-u', 'iamapikey', '--password-stdin', host], { stdin: apikey }),
    async push({ tars }, reference) {
      const layers = tars.flatMap((tar) => ['-f', tar]);
      // It answers with the image by digest.
      const { stdout } = succeeded(
        await run(['append', '--insecure', '--oci-empty-base', ...layers, '-t', reference]),
      );
      return stdout.trim().replace(/^.*@/, '');
    },
    pull(reference) {
      rmSync(join(room.outside, 'pulled'), { recursive: true, force: true }); // crane adds to a layout
      return run(['pull', '--insecure', '--format=oci', reference, 'pulled']);
    },
    async assertHolds(_, content) {
      assert.deepEqual(await contentInLayout(join(room.outside, 'pulled')), content);
    },
    [Symbol.asyncDispose]: async () => room[Symbol.dispose](),
  };
};

clientRules({ title: 'crane', component: clients(['crane']), open, loginRefusal: false });
