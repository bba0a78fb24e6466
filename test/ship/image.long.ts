import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { client, clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { dockerEngine, type ImageStore, startDockerEngine } from '../support/docker-engine.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { succeeded } from '../support/transcript.ts';
import { until } from '../support/until.ts';
import { unpacked } from '../upgrade/installation.ts';
import { buildImage, type Described, documentOf } from './image-layout.ts';
import { type Engine, ImageServer, placeIn, servesAfter, servesSmallImage } from './image-server.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  version: string;
};

describe('the image for both architectures', () => {
  const folder = temporaryFolder();
  const layout = join(folder.path, 'image');
  let digest = '';
  before(async () => {
    digest = await buildImage(layout, 'linux/amd64,linux/arm64');
  });
  after(() => folder[Symbol.dispose]());

  test('its index has both, with one layer of the product', () => {
    const { manifests } = documentOf<{ manifests: Described[] }>(layout, { digest });
    assert.deepEqual(
      manifests.map(({ platform }) => platform?.architecture),
      ['amd64', 'arm64'],
    );
    const [one, other] = manifests.map((each) => documentOf<{ layers: Described[] }>(layout, each).layers);
    assert.deepEqual(one?.slice(2), other?.slice(2));
    assert.notDeepEqual(one?.slice(0, 2), other?.slice(0, 2));
  });

  const load = async (store: ImageStore) => {
    const docker = await startDockerEngine(store);
    const path = placeIn(docker.room, layout);
    const archive = `${docker.room.home}/image.tar`;
    succeeded(await docker.room.run(['tar', '-C', path, '-cf', archive, '.']));
    succeeded(await docker.docker(['load', '-i', archive], { timeout: 300_000 }));
    return docker;
  };

  test(
    'docker loads it and runs it read-only, without rights: push, pull, restart',
    needs(dockerEngine),
    async () => {
      await using docker = await load('overlay2');
      const engine: Engine = { room: docker.room, run: docker.docker, readOnly: ['--read-only'] };
      await servesSmallImage(engine, `tidegate:${version}`);
    },
  );

  test(
    'docker replaces an image of the version before by it on the same volume: push, upgrade, pull',
    needs(dockerEngine),
    async () => {
      await using docker = await load('overlay2');
      const engine: Engine = { room: docker.room, run: docker.docker, readOnly: ['--read-only'] };
      const image = `tidegate:${version}`;
      const earlier = unpacked('program.tar.gz');
      cpSync(earlier, join(docker.room.outside, 'earlier'), { recursive: true });
      rmSync(earlier, { recursive: true });
      const start = ['/usr/local/bin/node', '--disable-warning=ExperimentalWarning', '/earlier/serve.mjs'];
      for (const args of [
        ['create', '--name', 'earlier', image],
        ['cp', `${docker.room.home}/earlier`, 'earlier:/earlier'],
        [
          'commit',
          '--change',
          `ENTRYPOINT ${JSON.stringify(start)}`,
          '--change',
          'CMD ["serve"]',
          'earlier',
          'earlier',
        ],
        ['rm', 'earlier'],
      ])
        succeeded(await docker.docker(args));
      await servesAfter(engine, { earlier: 'earlier', image, more: { SQLITE_TMPDIR: '/data' } });
    },
  );

  test(
    'docker finds it healthy, and on a root that can be written it changes nothing outside /data',
    needs(dockerEngine),
    async () => {
      await using docker = await load('overlay2');
      const engine: Engine = { room: docker.room, run: docker.docker, readOnly: [] };
      const ops = { TIDEGATE_OPS_LISTEN: `127.0.0.1:${await freePort()}` };
      const server = await ImageServer.start(engine, `tidegate:${version}`, ops);
      await server.addNamespace('birds');
      await until('docker finds it healthy', async () => (await server.health()) === 'healthy');
      assert.deepEqual(await server.changed(), []);
      await server.stop();
    },
  );

  test('any user runs it whose group has the volume, as fsGroup makes it', needs(dockerEngine), async () => {
    await using docker = await load('overlay2');
    const engine: Engine = { room: docker.room, run: docker.docker, readOnly: ['--read-only'] };
    await servesSmallImage(engine, `tidegate:${version}`, { foreign: true });
  });

  test(
    'pushed to the registry in it, with its documents, oras finds them',
    needs(clients(['podman', 'oras'])),
    async () => {
      using podman = client('podman');
      const readOnly = ['--read-only', '--read-only-tmpfs=false'];
      try {
        succeeded(await podman.run(['pull', '-q', `oci:${placeIn(podman.room, layout)}:${version}`]));
        const { stdout } = succeeded(await podman.run(['images', '-q']));
        const server = await ImageServer.start(
          { room: podman.room, run: podman.run, readOnly },
          stdout.trim(),
        );
        await server.addNamespace('birds');
        using oras = client('oras');
        const host = await server.host();
        const login = ['login', '--plain-http', '-u', 'iamapikey', '--password-stdin', host];
        succeeded(await oras.run(login, { stdin: server.apikey }));
        const target = `${host}/birds/tidegate:${version}`;
        const copy = [
          'copy',
          '-r',
          '--from-oci-layout',
          '--to-plain-http',
          `${placeIn(oras.room, layout)}:${version}`,
          target,
        ];
        succeeded(await oras.run(copy, { timeout: 300_000 }));
        const found = succeeded(await oras.run(['discover', '--plain-http', '--format', 'json', target]));
        const { referrers } = JSON.parse(found.stdout) as { referrers: Described[] };
        assert.deepEqual(referrers.map(({ artifactType }) => artifactType).sort(), [
          'application/spdx+json',
          'application/spdx+json',
          'application/vnd.in-toto+json',
        ]);
        await server.stop();
      } finally {
        await podman.run(['rm', '--all', '--force', '--time=0']);
        await podman.run(['rmi', '--all', '--force']);
      }
    },
  );
});
