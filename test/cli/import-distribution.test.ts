import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needs } from '../support/component.ts';
import { type DockerRegistry, dockerRegistry, startDockerRegistry } from '../support/docker-registry.ts';
import { refused } from '../support/transcript.ts';
import { type Made, Pusher } from './import-content.ts';
import { Owner } from './owner.ts';

describe(
  "tidegate import from distribution's registry, which asks for Basic and has no referrers API",
  needs(dockerRegistry),
  () => {
    const owner = Owner.ofTests('birds', 'moved');
    let source: DockerRegistry;
    let pusher: Pusher;
    before(async () => {
      source = await startDockerRegistry();
      pusher = new Pusher(source.url, source.user, source.password);
    });
    after(() => source[Symbol.asyncDispose]());

    const from = (name: string, ...more: string[]): string[] => {
      const credentials = ['--source-user', source.user, '--source-password', source.password];
      return ['import', `docker://${new URL(source.url).host}/${name}`, ...credentials, ...more];
    };

    test('every repository comes with its tags, its indexes and what refers to them by the old tag', async () => {
      const image = await pusher.image('birds/app', '1');
      const index = await pusher.index('birds/app', [image], 'all');
      await pusher.image('tools/deep/one', 'x');
      const signature = await pusher.attach('birds/app', image);
      await pusher.manifest(
        'birds/app',
        { mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [signature] },
        image.digest.replace(':', '-'),
      );
      await owner.says(from('', '--all', '--to', 'moved'));
      const tags = await owner.registry.v2('GET', 'moved/birds/app/tags/list');
      assert.deepEqual(((await tags.json()) as { tags: string[] }).tags, ['1', 'all']);
      const found = await owner.registry.v2('HEAD', 'moved/birds/app/manifests/all');
      assert.equal(found.headers.get('docker-content-digest'), index.digest);
      const referrers = await owner.registry.v2('GET', `moved/birds/app/referrers/${image.digest}`);
      const { manifests } = (await referrers.json()) as { manifests: Made[] };
      assert.deepEqual(
        manifests.map(({ digest }) => digest),
        [signature.digest],
      );
      assert.equal((await owner.registry.v2('HEAD', 'moved/tools/deep/one/manifests/x')).status, 200);
      assert.match(
        await owner.says(from('', '--all', '--to', 'moved')),
        /0 images copied \(0 B\), 3 there already/,
      );
    });

    test('without its password it is refused, and an image that is not there is not found', async () => {
      const host = new URL(source.url).host;
      refused(await owner.run(['import', `docker://${host}/birds/app:1`]), /asks for a user and a password/);
      refused(await owner.run(from('birds/absent:1')), /birds\/absent/);
    });
  },
);
