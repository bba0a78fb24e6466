import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '../support/component.ts';
import { type DockerEngine, dockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { refused, succeeded } from '../support/transcript.ts';
import { makeImageSource } from './image.ts';
import { Stand } from './stand.ts';

const present = needs(dockerEngine);
const patience = { timeout: 240_000 };

interface Index {
  manifests: { digest: string; platform: { architecture: string }; annotations?: Record<string, string> }[];
}

const said = async (engine: DockerEngine, ...args: string[]): Promise<string> =>
  succeeded(await engine.docker(args, patience)).stdout.trim();

const login = async (engine: DockerEngine, stand: Stand, user: string, secret: string): Promise<void> => {
  const args = ['login', '-u', user, '--password-stdin', stand.host];
  succeeded(await engine.docker(args, { stdin: secret }));
};

test(
  'docker login, push, pull, list: builds with attestations, indexes and imagetools',
  present,
  async () => {
    await using stand = await Stand.open();
    await using engine = await startDockerEngine('containerd');
    await login(engine, stand, 'token', await stand.registryToken());
    const image = stand.at('kestrel');
    const { context } = makeImageSource(engine.room);
    const build = ['buildx', 'build', '--network=host', '--provenance=mode=max'];
    await said(engine, ...build, '-t', `${image}:1`, '--push', context);
    const index = JSON.parse(
      await said(engine, 'buildx', 'imagetools', 'inspect', '--raw', `${image}:1`),
    ) as Index;
    assert.deepEqual(
      index.manifests.map(({ platform }) => platform.architecture),
      [process.arch === 'x64' ? 'amd64' : process.arch, 'unknown'],
    );
    const [made, attestation] = index.manifests;
    assert.equal(attestation?.annotations?.['vnd.docker.reference.digest'], made?.digest);
    const content = await stand.content('kestrel', '1');
    assert.ok(content.sizes.has(attestation?.digest ?? ''));
    const provenance = await said(
      engine,
      'buildx',
      'imagetools',
      'inspect',
      '--format',
      '{{json .Provenance}}',
      `${image}:1`,
    );
    assert.match(provenance, /buildkit/);

    await said(engine, 'build', '--network=host', '--push', '-t', `${image}:2`, context);
    const two = [`${image}:1`, `${image}:2`];
    await said(
      engine,
      'buildx',
      'imagetools',
      'create',
      '-t',
      `${image}:both`,
      '-t',
      `${stand.at('copies')}:both`,
      ...two,
    );
    assert.equal(
      (await stand.content('copies', 'both')).digest,
      (await stand.content('kestrel', 'both')).digest,
    );

    await said(engine, 'rmi', '--force', `${image}:1`);
    await said(engine, 'pull', '--quiet', `${image}:1`);
    await said(engine, 'run', '--rm', '--network=host', `${image}:1`);
    await said(engine, 'pull', '--all-tags', '--quiet', image);
  },
);

test('docker login, push, pull, list: manifest lists by hand, and every tag at once', present, async () => {
  await using stand = await Stand.open();
  await using engine = await startDockerEngine('overlay2');
  await login(engine, stand, 'iamapikey', stand.apikey);
  const image = stand.at('kestrel');
  const { context } = makeImageSource(engine.room);
  await said(engine, 'build', '--network=host', '-t', `${image}:one`, context);
  await said(engine, 'tag', `${image}:one`, `${image}:two`);
  await said(engine, 'push', '--all-tags', image);
  assert.deepEqual(await stand.tags('kestrel'), ['one', 'two']);
  await said(engine, 'manifest', 'create', '--insecure', `${image}:list`, `${image}:one`, `${image}:two`);
  await said(engine, 'manifest', 'annotate', '--arch', 'arm64', `${image}:list`, `${image}:two`);
  await said(engine, 'manifest', 'push', '--insecure', '--purge', `${image}:list`);
  const list = JSON.parse(await said(engine, 'manifest', 'inspect', '--insecure', `${image}:list`)) as Index;
  assert.ok(list.manifests.length > 0);
  await said(engine, 'push', `${image}:one`);
  const first = stand.wire.said('POST', /\/blobs\/uploads\//).length;
  await said(engine, 'tag', `${image}:one`, `${stand.at('merlin')}:one`);
  await said(engine, 'push', `${stand.at('merlin')}:one`);
  const mounts = stand.wire.said('POST', /merlin\/blobs\/uploads\/.*mount=/);
  assert.ok(
    mounts.some(({ status }) => status === 201),
    `layers are mounted (${first} uploads before)`,
  );
  await said(engine, 'logout', stand.host);
  refused(await engine.docker(['push', `${image}:one`]), /denied|unauthorized|no basic auth/i);
});
