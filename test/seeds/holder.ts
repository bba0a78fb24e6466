import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ImageSource, writeImageLayout } from '../clients/image.ts';
import { ClientRoom, client, type Surroundings } from '../support/clients.ts';
import type { DockerEngine } from '../support/docker-engine.ts';
import type { RunOptions, Turn } from '../support/transcript.ts';

export const CLIENTS = ['docker', 'podman', 'skopeo'] as const;
export type ClientName = (typeof CLIENTS)[number];

/** Somebody with a container client and nothing else: no plug-in, no account, no credentials but what they log in with. */
export interface Holder extends AsyncDisposable {
  readonly client: ClientName;
  readonly room: ClientRoom;
  run(args: readonly string[], options?: RunOptions): Promise<Turn>;
  /** `login -u token -p <value> <host>`, as the page types it. */
  login(host: string, password: string, user?: string): Promise<Turn>;
  /** Fetches all of an image, whatever was fetched before. */
  pull(reference: string): Promise<Turn>;
  /** Makes an image nobody has seen before and pushes it. */
  push(reference: string, runnable?: boolean): Promise<Turn>;
}

/** What the clients say when a login is refused. Podman and skopeo do not show our words. */
export const WRONG_CREDENTIALS = /The login credentials are not valid|invalid username\/password/;
/** What they say when whoever is logged in may not do that. */
export const DENIED =
  /You are not authorized to access the specified resource|requested access to the resource is denied|access denied|insufficient_scope|Authorization required/;

/** An image of one layer, unlike any other; one that can be run prints its greeting. */
const makeImage = (room: ClientRoom, runnable = false): ImageSource => {
  const greeting = `hello from ${randomUUID()}`;
  const folder = mkdtempSync(join(room.outside, 'image-'));
  const content = join(folder, 'content');
  for (const name of ['bin', 'etc']) mkdirSync(join(content, name), { recursive: true });
  if (runnable) copyFileSync(join(room.tree, 'usr/bin/busybox'), join(content, 'bin/cat'));
  writeFileSync(join(content, 'etc/greeting'), `${greeting}\n`);
  execFileSync('tar', ['-C', content, '-cf', join(folder, 'layer.tar'), '.']);
  const context = join(room.home, basename(folder));
  return { greeting, context, tars: [join(context, 'layer.tar')] };
};

const dockerHolder = (engine: DockerEngine, surroundings: Surroundings): Holder => {
  const room = new ClientRoom('sid', surroundings);
  const run = (args: readonly string[], options?: RunOptions) =>
    room.run(['docker', '--host', engine.socket, ...args], options);
  return {
    client: 'docker',
    room,
    run,
    login: (host, password, user = 'token') => run(['login', '-u', user, '-p', password, host]),
    async pull(reference) {
      await run(['rmi', '--force', reference]);
      return run(['pull', reference]);
    },
    async push(reference, runnable) {
      const [tar = ''] = makeImage(room, runnable).tars;
      await run(['import', '--change', 'CMD ["/bin/cat", "/etc/greeting"]', tar, reference]);
      return run(['push', reference]);
    },
    [Symbol.asyncDispose]: async () => room[Symbol.dispose](),
  };
};

const podmanHolder = (surroundings: Surroundings): Holder => {
  const { room, run } = client('podman', 'sid', surroundings);
  return {
    client: 'podman',
    room,
    run,
    login: (host, password, user = 'token') => run(['login', '-u', user, '-p', password, host]),
    async pull(reference) {
      await run(['rmi', '--force', '--ignore', reference]);
      return run(['pull', reference]);
    },
    async push(reference, runnable) {
      const [tar = ''] = makeImage(room, runnable).tars;
      await run(['import', tar, reference]);
      return run(['push', reference]);
    },
    async [Symbol.asyncDispose]() {
      await run(['rmi', '--all', '--force']); // takes its overlay mounts down
      room[Symbol.dispose]();
    },
  };
};

const skopeoHolder = (surroundings: Surroundings): Holder => {
  const { room, run } = client('skopeo', 'sid', surroundings);
  return {
    client: 'skopeo',
    room,
    run,
    login: (host, password, user = 'token') => run(['login', '-u', user, '-p', password, host]),
    pull: (reference) => run(['copy', `docker://${reference}`, `oci:${room.home}/pulled-${randomUUID()}`]),
    async push(reference, runnable) {
      writeImageLayout(room, makeImage(room, runnable), 'source', 'made');
      return run(['copy', 'oci:source:made', `docker://${reference}`]);
    },
    [Symbol.asyncDispose]: async () => room[Symbol.dispose](),
  };
};

/** A holder with that client, in those surroundings. Docker's images are the engine's, its credentials are not. */
export const openHolder = (name: ClientName, engine: DockerEngine, surroundings: Surroundings): Holder => {
  if (name === 'docker') return dockerHolder(engine, surroundings);
  return name === 'podman' ? podmanHolder(surroundings) : skopeoHolder(surroundings);
};
