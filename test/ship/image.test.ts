import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { Owner } from '../cli/owner.ts';
import { typeWay } from '../guides/installer.ts';
import { NEEDED, Newcomer } from '../guides/newcomer.ts';
import { type Client, client, clients } from '../support/clients.ts';
import type { Component } from '../support/component.ts';
import { needs } from '../support/component.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { run, succeeded } from '../support/transcript.ts';
import { unpacked } from '../upgrade/installation.ts';
import { buildImage, type Described, documentOf, filesOf, rootsOf } from './image-layout.ts';
import { type Engine, placeIn, servesAfter, servesSmallImage } from './image-server.ts';

const root = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

const buildTools: Component = {
  name: 'apt and dpkg',
  absence: () =>
    ['apt-get', 'dpkg-deb', 'tar'].some((name) => spawnSync(name, ['--version']).error !== undefined)
      ? 'the image is built on Debian'
      : undefined,
};

interface Manifest {
  readonly config: Described;
  readonly layers: readonly Described[];
  readonly manifests: readonly Described[];
  readonly artifactType?: string;
  readonly subject?: Described;
}

interface Bill {
  readonly packages: readonly {
    readonly name: string;
    readonly versionInfo: string;
    readonly checksums?: readonly unknown[];
    readonly externalRefs: readonly { readonly referenceLocator: string }[];
  }[];
}

/** The program of 6e5a00d, of which no image was made, in the place of this one's. */
const earlierOn = (image: string): string => `FROM ${image}
COPY . /earlier
ENTRYPOINT ["/usr/local/bin/node", "--disable-warning=ExperimentalWarning", "/earlier/serve.mjs"]
CMD ["serve"]
`;

describe('the image', needs(buildTools), () => {
  const folder = temporaryFolder();
  const layout = join(folder.path, 'image');
  let digest = '';
  before(async () => {
    digest = await buildImage(layout);
  });
  after(() => folder[Symbol.dispose]());

  const image = (): { described: Described; manifest: Manifest } => {
    const [described] = documentOf<Manifest>(layout, { digest }).manifests;
    assert.ok(described);
    return { described, manifest: documentOf<Manifest>(layout, described) };
  };

  test('built twice it has the same bytes', async () => {
    const other = join(folder.path, 'again');
    assert.equal(await buildImage(other), digest);
    assert.deepEqual(filesOf(other), filesOf(layout));
  });

  test('it names its version and a user that is not root, and has a health check', () => {
    const { config } = documentOf<{
      config: { User: string; Healthcheck: { Test: string[] }; Labels: Record<string, string> };
    }>(layout, image().manifest.config);
    assert.equal(config.User, '10001:10001');
    assert.equal(config.Labels['org.opencontainers.image.version'], version);
    assert.equal(config.Labels['org.opencontainers.image.created'], '2026-01-01T00:00:00Z');
    assert.equal(config.Healthcheck.Test[0], 'CMD');
    assert.ok(rootsOf(layout).some((each) => each.digest === digest));
  });

  test('no file of it can be written by its user, except below /data, /backups and the folders for temporary files', () => {
    for (const { digest: layer } of image().manifest.layers) {
      const path = join(layout, 'blobs', layer.replace(':', '/'));
      const { stdout } = spawnSync('tar', ['--numeric-owner', '-tvzf', path], {
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      });
      for (const line of stdout.trimEnd().split('\n')) {
        const [mode = '', owner = '', , , , name = ''] = line.split(/\s+/);
        if (mode.startsWith('l') || ['tmp/', 'var/tmp/'].includes(name)) continue;
        if (['data/', 'backups/'].includes(name)) assert.equal(`${mode} ${owner}`, 'drwx------ 10001/10001');
        else assert.match(`${mode} ${owner}`, /^[d-]rw[x-]r-[x-]r-[x-] 0\/0$/, line);
      }
    }
  });

  test('its bill of materials has the packages of the lockfile, of Debian and Node with their checksums', () => {
    const { described } = image();
    const bills = rootsOf(layout)
      .filter(({ artifactType }) => artifactType === 'application/spdx+json')
      .map((each) => documentOf<Manifest>(layout, each));
    assert.deepEqual(
      new Set(bills.map(({ subject }) => subject?.digest)),
      new Set([digest, described.digest]),
    );
    const [first] = bills;
    assert.ok(first?.layers[0]);
    const { packages } = documentOf<Bill>(layout, first.layers[0]);
    const { packages: locked } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string; dev?: boolean; optional?: boolean; devOptional?: boolean }>;
    };
    const urls = new Set(
      packages.flatMap(({ externalRefs }) => externalRefs.map((each) => each.referenceLocator)),
    );
    for (const [path, { version, dev, optional, devOptional }] of Object.entries(locked)) {
      const name = path.replace(/^.*node_modules\//, '');
      const url = `pkg:npm/${name.replace('@', '%40')}@${version}`;
      if (path !== '' && !dev && !optional && !devOptional) assert.ok(urls.has(url), url);
    }
    for (const name of [
      'libc6',
      'libstdc++6',
      'libgcc-s1',
      'libatomic1',
      'ca-certificates',
      'tzdata',
      'node',
    ])
      assert.ok(
        packages.some((each) => each.name === name),
        name,
      );
    for (const { name, checksums } of packages) assert.equal(checksums?.length, 1, name);
    assert.ok(!packages.some(({ name }) => name === 'typescript'), 'it has what is used, not what builds it');
  });

  test('its provenance names the image, and the digests of all it was made from', () => {
    const statement = rootsOf(layout).find(
      ({ artifactType }) => artifactType === 'application/vnd.in-toto+json',
    );
    assert.ok(statement);
    const { layers, subject } = documentOf<Manifest>(layout, statement);
    assert.equal(subject?.digest, digest);
    assert.ok(layers[0]);
    const { subject: subjects, predicate } = documentOf<{
      subject: { digest: { sha256: string } }[];
      predicate: { buildDefinition: { resolvedDependencies: { digest: Record<string, string> }[] } };
    }>(layout, layers[0]);
    assert.deepEqual(
      subjects.map((each) => `sha256:${each.digest.sha256}`),
      [digest, image().described.digest],
    );
    const { resolvedDependencies } = predicate.buildDefinition;
    assert.ok(resolvedDependencies.length >= 10);
    for (const { digest: each } of resolvedDependencies) assert.equal(Object.keys(each).length, 1);
  });

  test('tidegate import takes it into a registry with what is attached', async () => {
    await using owner = await Owner.open();
    await owner.registry.namespaceAdd('birds');
    await owner.says(['import', `oci:${layout}`, '--to', 'birds/tidegate']);
    const tagged = await owner.registry.v2('HEAD', `birds/tidegate/manifests/${version}`);
    assert.equal(tagged.headers.get('docker-content-digest'), digest);
    const answer = await owner.registry.v2('GET', `birds/tidegate/referrers/${digest}`);
    const { manifests } = (await answer.json()) as { manifests: Described[] };
    assert.deepEqual(manifests.map(({ artifactType }) => artifactType).sort(), [
      'application/spdx+json',
      'application/vnd.in-toto+json',
    ]);
  });

  describe('with podman', needs(clients(['podman', 'skopeo'])), () => {
    let podman: Client;
    let engine: Engine;
    let image = '';
    before(async () => {
      podman = client('podman');
      engine = {
        room: podman.room,
        run: podman.run,
        readOnly: ['--read-only', '--read-only-tmpfs=false'],
      };
      succeeded(await podman.run(['pull', '-q', `oci:${placeIn(podman.room, layout)}:${version}`]));
      image = succeeded(await podman.run(['images', '-q'])).stdout.trim();
    });
    afterEach(async () => {
      await podman.run(['rm', '--all', '--force', '--time=0']);
      rmSync(join(podman.room.outside, 'data'), { recursive: true, force: true });
    });
    after(async () => {
      await podman?.run(['rmi', '--all', '--force']);
      podman?.[Symbol.dispose]();
    });

    test('it runs read-only, without a tmpfs and without rights: push, restart, pull', () =>
      servesSmallImage(engine, image));

    test('an image of the version before is replaced by it on the same volume: push, upgrade, pull', async () => {
      const earlier = unpacked('program.tar.gz');
      cpSync(earlier, join(podman.room.outside, 'earlier'), { recursive: true });
      rmSync(earlier, { recursive: true });
      const file = podman.room.write('Containerfile', earlierOn(image));
      const build = ['build', '-q', '--pull=never', '-f', file, '-t', 'earlier'];
      succeeded(await podman.run([...build, `${podman.room.home}/earlier`]));
      // that version put SQLite's temporary files where a read-only root has no place
      await servesAfter(engine, { earlier: 'earlier', image, more: { SQLITE_TMPDIR: '/data' } });
    });
  });

  test(
    'README: its lines load the image into docker, run it, and give the key',
    needs(...NEEDED),
    async () => {
      await using person = await Newcomer.arrives();
      succeeded(await run(['cp', '-a', layout, join(person.outside, 'image')]));
      assert.ok((await typeWay(person, 'image')) >= 4);
      const { text } = await person.terminal.types('stat -c %a owner-apikey; docker rm -f tidegate');
      assert.match(text, /^600\n/);
    },
  );
});
