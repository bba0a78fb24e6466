import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { Buildah } from './buildah.ts';
import { makeImageSource } from './image.ts';
import { Stand } from './stand.ts';

const present = needs(clients(['buildah']));
const there = '--tls-verify=false';

test(
  'buildah login, push, pull: a manifest list of two platforms, pushed with all its images',
  present,
  async () => {
    await using stand = await Stand.open();
    await using buildah = await Buildah.open(stand, 'token', await stand.registryToken());
    const { context } = makeImageSource(buildah.room);
    await buildah.said('manifest', 'create', 'flock');
    for (const architecture of ['amd64', 'arm64'])
      await buildah.said('bud', '--platform', `linux/${architecture}`, '--manifest', 'flock', context);
    await buildah.said('manifest', 'push', there, '--all', 'flock', `docker://${stand.at('crane')}:all`);
    const content = await stand.content('crane', 'all');
    assert.equal(content.layersOf.size, 2, 'the configurations of two platforms');
    const listed = await buildah.said('manifest', 'inspect', there, `${stand.at('crane')}:all`);
    const { manifests } = JSON.parse(listed) as { manifests: { platform: { architecture: string } }[] };
    assert.deepEqual(manifests.map(({ platform }) => platform.architecture).sort(), ['amd64', 'arm64']);
    await buildah.said('rmi', '--all', '--force');
    await buildah.said('pull', there, '--platform', 'linux/arm64', `${stand.at('crane')}:all`);
    // a second push sends nothing that is there already
    const sent = stand.wire.said('PATCH', /\/blobs\/uploads\//).length;
    await buildah.said('push', there, `${stand.at('crane')}:all`, `docker://${stand.at('crane')}:arm`);
    assert.equal(stand.wire.said('PATCH', /\/blobs\/uploads\//).length, sent);
  },
);

test(
  'buildah push, pull: the cache of a build kept in a repository is used by another machine',
  present,
  async () => {
    await using stand = await Stand.open();
    await using builder = await Buildah.open(stand);
    const { context, greeting } = makeImageSource(builder.room);
    const cache = stand.at('crane/cache');
    const build = (buildah: Buildah, folder: string) =>
      buildah.said('bud', there, '--layers', '--cache-to', cache, '--cache-from', cache, folder);
    await build(builder, context);
    assert.ok(stand.wire.said('PUT', /\/manifests\//).length > 0);
    await using other = await Buildah.open(stand);
    other.copyFrom(builder.room, context);
    const { length } = stand.wire.said('PUT', /\/manifests\//);
    await build(other, context.replace(builder.room.home, other.room.home));
    assert.equal(
      stand.wire.said('PUT', /\/manifests\//).length,
      length,
      `nothing of ${greeting} was built again`,
    );
    assert.ok(stand.wire.said('GET', /cache\/blobs\//).length > 0);
  },
);
