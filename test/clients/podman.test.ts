import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { client, clients } from '../support/clients.ts';
import { succeeded } from '../support/transcript.ts';
import { assertImageIs } from './engine-image.ts';
import { clientRules, type Session } from './rules.ts';

const open = async (): Promise<Session> => {
  const { room, run } = client('podman');
  return {
    room,
    login: (host, apikey) =>
      run(['login', '--tls-verify=false', '-u', 'iamapikey', '--password-stdin', host], { stdin: apikey }),
    async push({ context }, reference) {
      succeeded(await run(['build', '--layers', '-t', reference, context]));
      succeeded(await run(['push', '--tls-verify=false', '--digestfile', 'digest', reference]));
      return readFileSync(join(room.outside, 'digest'), 'utf8').trim();
    },
    pull: (reference) => run(['pull', '--tls-verify=false', reference]),
    async assertHolds(reference, content) {
      assertImageIs(succeeded(await run(['image', 'inspect', reference])).stdout, content);
    },
    run: (reference) => run(['run', '--rm', '--network=host', reference]),
    async [Symbol.asyncDispose]() {
      await run(['rmi', '--all', '--force']); // takes its overlay mounts down
      room[Symbol.dispose]();
    },
  };
};

clientRules({
  title: 'podman',
  component: clients(['podman', 'runc']),
  open,
  loginRefusal: /invalid username\/password/,
});
