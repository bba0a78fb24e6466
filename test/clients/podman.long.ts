import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Client, ClientRoom } from '../support/clients.ts';
import { clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { refused, succeeded } from '../support/transcript.ts';
import { namespace, Stand } from './stand.ts';

const present = needs(clients(['podman', 'runc']));
const there = '--tls-verify=false';

/** Podman with images of its own, which are taken down at the end. */
class Podman implements AsyncDisposable {
  readonly #client: Client;

  constructor(stand: Stand) {
    this.#client = stand.client('podman');
  }

  get room(): ClientRoom {
    return this.#client.room;
  }

  readonly run = (...args: string[]) => this.#client.run(args, { timeout: 240_000 });

  async said(...args: string[]): Promise<string> {
    return succeeded(await this.run(...args)).stdout.trim();
  }

  async login(stand: Stand, user = 'iamapikey', secret = stand.apikey): Promise<void> {
    const login = ['login', there, '-u', user, '--password-stdin', stand.host];
    succeeded(await this.#client.run(login, { stdin: secret }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run('rmi', '--all', '--force');
  }
}

/** A folder with a Dockerfile of one layer with these files. */
const makeContext = (room: ClientRoom, name: string, files: Readonly<Record<string, Buffer>>): string => {
  const folder = join(room.outside, name);
  mkdirSync(join(folder, 'files'), { recursive: true });
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY files/ /\n');
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, 'files', file), content);
  // the same files are the same layer only with the same times
  execFileSync('find', [join(folder, 'files'), '-exec', 'touch', '--date=2020-01-01', '{}', '+']);
  return join(room.home, name);
};

/** Few large changes, and more small ones than a client asks for at once. */
for (const { count, size } of [
  { count: 40, size: 100_000 },
  { count: 3000, size: 3000 },
]) {
  const title = `podman push, pull: of a zstd:chunked layer with ${count} files only the changed ones are read`;
  test(title, present, async () => {
    await using stand = await Stand.open();
    await using publisher = new Podman(stand);
    await publisher.login(stand);
    const noise = () => randomBytes(size);
    const files = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`feather-${index}`, noise()]),
    );
    const odd = Object.keys(files).filter((_, index) => index % 2 === 1);
    const changed = Object.fromEntries(odd.map((name) => [name, noise()]));
    const image = stand.at('swift');
    for (const [tag, content] of Object.entries({ 1: files, 2: { ...files, ...changed } })) {
      await publisher.said('build', '-t', `${image}:${tag}`, makeContext(publisher.room, `v${tag}`, content));
      const compression = ['--compression-format', 'zstd:chunked', '--force-compression'];
      await publisher.said('push', there, ...compression, `${image}:${tag}`);
    }
    await using reader = new Podman(stand);
    await reader.login(stand);
    const { home } = reader.room;
    const storage = ['driver = "overlay"', `graphroot = "${home}/images"`, `runroot = "${home}/run/images"`];
    const partial = ['enable_partial_images = "true"', 'convert_images = "true"'];
    reader.room.write(
      'storage.conf',
      ['[storage]', ...storage, '[storage.options.pull_options]', ...partial, ''].join('\n'),
    );
    await reader.said('pull', there, `${image}:1`);
    await reader.said('pull', there, `${image}:2`);
    const ranged = stand.wire
      .said('GET', /swift\/blobs\//)
      .filter(({ range, status }) => range !== undefined && status !== 401);
    assert.deepEqual(
      ranged.filter(({ status }) => status !== 206),
      [],
    );
    const most = Math.max(...ranged.map(({ range = '' }) => range.split(',').length));
    assert.ok(most >= Math.min(count / 2 - 5, 1000), `${most} ranges in one request`);
    await reader.said('create', '--name', 'two', '--network=none', `${image}:2`, '/none');
    await reader.said('cp', 'two:/feather-1', join(home, 'feather'));
    await reader.said('rm', 'two');
    const [pulled, pushed] = [
      join(reader.room.outside, 'feather'),
      join(publisher.room.outside, 'v2/files/feather-1'),
    ].map((file) => readFileSync(file));
    assert.deepEqual(pulled, pushed);
  });
}

test(
  'podman login, push, pull, list: a manifest list of two platforms, and what is there',
  present,
  async () => {
    await using stand = await Stand.open();
    await using podman = new Podman(stand);
    await podman.login(stand, 'token', await stand.registryToken());
    const context = makeContext(podman.room, 'image', { song: randomBytes(5000) });
    await podman.said('manifest', 'create', 'flock');
    for (const platform of ['linux/amd64', 'linux/arm64'])
      await podman.said('build', '--platform', platform, '--manifest', 'flock', context);
    const image = stand.at('swift');
    await podman.said('manifest', 'push', there, '--all', 'flock', `docker://${image}:all`);
    assert.equal((await stand.content('swift', 'all')).layersOf.size, 2);
    const { manifests } = JSON.parse(await podman.said('manifest', 'inspect', there, `${image}:all`)) as {
      manifests: object[];
    };
    assert.equal(manifests.length, 2);
    const listed = await podman.said('search', there, '--list-tags', '--format', '{{.Tag}}', image);
    assert.deepEqual(listed.split('\n'), ['all']);
    const found = await podman.said('search', there, '--format', '{{.Name}}', `${stand.host}/${namespace}`);
    assert.deepEqual(found.split('\n'), [image]);
    await podman.said('rmi', '--all', '--force');
    await podman.said('pull', there, `${image}:all`);
  },
);

test('podman login: from the credentials of docker, and none after logout', present, async () => {
  await using stand = await Stand.open();
  await using podman = new Podman(stand);
  const image = `${stand.at('swift')}:1`;
  const context = makeContext(podman.room, 'image', { song: randomBytes(5000) });
  await podman.said('build', '-t', image, context);
  const auth = Buffer.from(`iamapikey:${stand.apikey}`).toString('base64');
  mkdirSync(join(podman.room.outside, '.docker'));
  podman.room.write('.docker/config.json', JSON.stringify({ auths: { [stand.host]: { auth } } }));
  podman.room.write('auth.json', '{}');
  refused(await podman.run('push', there, image), /authentication|unauthorized|denied/i);
  await podman.said('push', there, '--authfile', `${podman.room.home}/.docker/config.json`, image);
  await podman.said('push', there, '--creds', `iamapikey:${stand.apikey}`, image);
  await podman.login(stand);
  assert.equal(await podman.said('login', '--get-login', stand.host), 'iamapikey');
  await podman.said('push', there, image);
  await podman.said('logout', stand.host);
  refused(await podman.run('push', there, image), /authentication|unauthorized|denied/i);
});
