/** Clients of Debian 12, as many machines have them for years: make-clients bookworm. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Client, clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { ContainerRuntime } from '../support/container-runtime.ts';
import { dockerEngineOf, startDockerEngine } from '../support/docker-engine.ts';
import { refused, succeeded } from '../support/transcript.ts';
import { Buildah } from './buildah.ts';
import { assertImageIs } from './engine-image.ts';
import { allowPlainHttp } from './hosts-toml.ts';
import { makeImageSource } from './image.ts';
import { writeIndexLayout } from './index-layout.ts';
import { pushImage } from './push-image.ts';
import { Stand } from './stand.ts';

const suite = 'bookworm';
const here = (...names: string[]) => needs(clients(names, suite));
const there = '--tls-verify=false';

const login = async (client: Client, stand: Stand, user: string, secret: string): Promise<void> => {
  const args = ['login', there, '-u', user, '--password-stdin', stand.host];
  succeeded(await client.run(args, { stdin: secret }));
};

test('docker of bookworm login, push, pull', needs(dockerEngineOf(suite)), async () => {
  await using stand = await Stand.open();
  await using engine = await startDockerEngine('overlay2', undefined, suite);
  const docker = (...args: string[]) => engine.docker(args, { timeout: 240_000 });
  const image = stand.at('kestrel');
  const { context, greeting } = makeImageSource(engine.room);
  succeeded(await docker('build', '--network=host', '-t', `${image}:1`, context));
  refused(await docker('push', `${image}:1`), /denied|unauthorized|no basic auth/i);
  for (const [user, secret] of [
    ['iamapikey', stand.apikey],
    ['token', await stand.registryToken()],
  ] as const) {
    const args = ['login', '-u', user, '--password-stdin', stand.host];
    succeeded(await engine.docker(args, { stdin: secret }));
    succeeded(await docker('tag', `${image}:1`, `${image}:${user}`));
    succeeded(await docker('push', `${image}:${user}`));
  }
  assert.deepEqual(await stand.tags('kestrel'), ['iamapikey', 'token']);
  await stand.content('kestrel', 'token');
  succeeded(await docker('tag', `${image}:1`, `${stand.at('merlin')}:1`));
  succeeded(await docker('push', `${stand.at('merlin')}:1`));
  assert.ok(stand.wire.said('POST', /merlin\/blobs\/uploads\/.*mount=/).some(({ status }) => status === 201));
  succeeded(
    await docker(
      'rmi',
      '--force',
      `${image}:1`,
      `${image}:iamapikey`,
      `${image}:token`,
      `${stand.at('merlin')}:1`,
    ),
  );
  succeeded(await docker('pull', `${image}:token`));
  const { stdout } = succeeded(await docker('run', '--rm', '--network=host', `${image}:token`));
  assert.equal(stdout, `${greeting}\n`);
  succeeded(await docker('pull', '--all-tags', image));
});

test('docker of bookworm push, pull: manifest lists by hand', needs(dockerEngineOf(suite)), async () => {
  await using stand = await Stand.open();
  await using engine = await startDockerEngine('overlay2', undefined, suite);
  const args = ['login', '-u', 'iamapikey', '--password-stdin', stand.host];
  succeeded(await engine.docker(args, { stdin: stand.apikey }));
  const docker = async (...words: string[]) => succeeded(await engine.docker(words)).stdout;
  const image = stand.at('kestrel');
  const { context } = makeImageSource(engine.room);
  await docker('build', '--network=host', '-t', `${image}:one`, context);
  await docker('push', `${image}:one`);
  await docker('manifest', 'create', '--insecure', `${image}:list`, `${image}:one`);
  await docker('manifest', 'push', '--insecure', `${image}:list`);
  assert.match(await docker('manifest', 'inspect', '--insecure', `${image}:list`), /"manifests"/);
});

test('podman of bookworm login, push, pull, list', here('podman', 'runc'), async () => {
  await using stand = await Stand.open();
  const podman = stand.client('podman', suite);
  const said = async (...args: string[]) =>
    succeeded(await podman.run(args, { timeout: 240_000 })).stdout.trim();
  await using _ = { [Symbol.asyncDispose]: async () => void (await podman.run(['rmi', '--all', '--force'])) };
  await login(podman, stand, 'iamapikey', stand.apikey);
  const image = `${stand.at('swift')}:1`;
  const { context } = makeImageSource(podman.room);
  await said('build', '--layers', '-t', image, context);
  await said('push', there, '--digestfile', 'digest', image);
  const content = await stand.content('swift', '1');
  assert.equal(readFileSync(join(podman.room.outside, 'digest'), 'utf8').trim(), content.digest);
  assert.match(await said('search', there, '--list-tags', stand.at('swift')), /swift +1$/m);
  await said('rmi', '--all', '--force');
  await said('pull', there, image);
  assertImageIs(await said('image', 'inspect', image), content);
  await said('logout', stand.host);
  refused(await podman.run(['pull', there, image]), /authentication|unauthorized|denied/i);
});

test('skopeo of bookworm login, push, pull, list, delete', here('skopeo'), async () => {
  await using stand = await Stand.open();
  const skopeo = stand.client('skopeo', suite);
  const said = async (...args: string[]) => succeeded(await skopeo.run(args)).stdout.trim();
  await login(skopeo, stand, 'token', await stand.registryToken());
  const { digest } = writeIndexLayout(skopeo.room, 'source', 'made');
  const image = `docker://${stand.at('finch')}`;
  await said('copy', '--all', '--dest-tls-verify=false', 'oci:source:made', `${image}:1`);
  assert.equal((await stand.content('finch', '1')).digest, digest);
  await said('copy', '--all', '--src-tls-verify=false', `${image}:1`, 'oci:pulled:1');
  assert.match(await said('inspect', there, `${image}:1`), /"RepoTags"/);
  assert.deepEqual(JSON.parse(await said('list-tags', there, image)).Tags, ['1']);
  const dir = ['--src', 'docker', '--dest', 'dir'];
  await said('sync', '--all', '--src-tls-verify=false', ...dir, stand.at('finch'), 'mirror');
  await login(skopeo, stand, 'iamapikey', stand.apikey);
  await said('delete', there, `${image}:1`);
  assert.deepEqual(await stand.tags('finch'), []);
});

test('buildah of bookworm login, push, pull', here('buildah'), async () => {
  await using stand = await Stand.open();
  await using buildah = await Buildah.open(stand, 'iamapikey', stand.apikey, suite);
  const image = `${stand.at('crane')}:1`;
  const { context } = makeImageSource(buildah.room);
  await buildah.said('bud', '--layers', '--manifest', 'flock', context);
  await buildah.said('manifest', 'push', there, '--all', 'flock', `docker://${image}`);
  assert.equal((await stand.content('crane', '1')).layersOf.size, 1);
  await buildah.said('rmi', '--all', '--force');
  await buildah.said('pull', there, image);
});

test('containerd of bookworm login, push, pull', here('containerd', 'ctr', 'runc'), async () => {
  await using stand = await Stand.open();
  const digest = await pushImage(stand, 'tern', '1');
  await using runtime = await ContainerRuntime.start(undefined, suite);
  const image = `${stand.at('tern')}:1`;
  const key = ['--plain-http', '--user', `iamapikey:${stand.apikey}`];
  succeeded(await runtime.ctr(['images', 'pull', ...key, image]));
  const copy = `${stand.at('noddy')}:copy`;
  succeeded(await runtime.ctr(['images', 'tag', image, copy]));
  succeeded(await runtime.ctr(['images', 'push', ...key, copy]));
  assert.equal((await stand.content('noddy', 'copy')).digest, digest);
  await pushImage(stand, 'tern', '2');
  allowPlainHttp(runtime.room, stand.host);
  const secret = { username: 'iamapikey', password: stand.apikey };
  await assert.rejects(runtime.pull(`${stand.at('tern')}:2`), /authorization failed|401|insufficient_scope/);
  assert.match(await runtime.pull(`${stand.at('tern')}:2`, secret), /sha256:/);
});

test('umoci of bookworm push, pull: by its skopeo', here('umoci', 'skopeo'), async () => {
  await using stand = await Stand.open();
  const skopeo = stand.client('skopeo', suite);
  await login(skopeo, stand, 'iamapikey', stand.apikey);
  const umoci = async (...args: string[]) => succeeded(await skopeo.room.run(['umoci', ...args]));
  await umoci('init', '--layout', 'nest');
  await umoci('new', '--image', 'nest:1');
  await umoci('config', '--image', 'nest:1', '--config.label', 'season=spring');
  const image = `docker://${stand.at('wren')}:1`;
  succeeded(await skopeo.run(['copy', '--dest-tls-verify=false', 'oci:nest:1', image]));
  await stand.content('wren', '1');
  succeeded(await skopeo.run(['copy', '--src-tls-verify=false', image, 'oci:pulled:1']));
});
