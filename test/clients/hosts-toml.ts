import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientRoom } from '../support/clients.ts';

/** Tells containerd in this room to speak plain HTTP with a host; it reads that at every pull. */
export const allowPlainHttp = (room: ClientRoom, host: string): void => {
  mkdirSync(join(room.outside, 'certs.d', host), { recursive: true });
  const lines = [
    `server = "http://${host}"`,
    `[host."http://${host}"]`,
    'capabilities = ["pull", "resolve", "push"]',
  ];
  room.write(join('certs.d', host, 'hosts.toml'), `${lines.join('\n')}\n`);
};
