import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { client, clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { startRegistryProcess } from '../support/registry-process.ts';
import { succeeded } from '../support/transcript.ts';
import { contentInLayout } from './content.ts';
import { makeImageSource, writeImageLayout } from './image.ts';
import { clientRules, type Session } from './rules.ts';

const open = async (): Promise<Session> => {
  const { room, run } = client('oras');
  return {
    room,
    login: (host, apikey) =>
      run(['login', '--plain-http', '-u', 'iamapikey', '--password-stdin', host], { stdin: apikey }),
    async push(source, reference) {
      const digest = writeImageLayout(room, source, 'source', 'made');
      succeeded(await run(['cp', '--from-oci-layout', '--to-plain-http', 'source:made', reference]));
      return digest;
    },
    pull(reference) {
      rmSync(join(room.outside, 'pulled'), { recursive: true, force: true });
      return run(['cp', '--from-plain-http', '--to-oci-layout', reference, 'pulled:pulled']);
    },
    async assertHolds(_, content) {
      assert.deepEqual(await contentInLayout(join(room.outside, 'pulled')), content);
    },
    [Symbol.asyncDispose]: async () => room[Symbol.dispose](),
  };
};

const component = clients(['oras']);

clientRules({ title: 'oras', component, open });

test('oras finds what it attached to an image, and gets it back', needs(component), async () => {
  await using registry = await startRegistryProcess();
  await registry.namespaceAdd('birds');
  using oras = client('oras');
  const plain = ['--plain-http'];
  const image = `${registry.host}/birds/bluebird`;
  const artifactType = 'application/vnd.tidegate.test.note';
  const password = ['-u', 'iamapikey', '--password-stdin'];
  succeeded(await oras.run(['login', ...plain, ...password, registry.host], { stdin: registry.apikey }));
  writeImageLayout(oras.room, makeImageSource(oras.room), 'source', 'made');
  succeeded(await oras.run(['cp', '--from-oci-layout', '--to-plain-http', 'source:made', `${image}:1`]));
  oras.room.write('note.txt', 'seen at dawn\n');
  succeeded(
    await oras.run([
      'attach',
      ...plain,
      '--artifact-type',
      artifactType,
      `${image}:1`,
      'note.txt:text/plain',
    ]),
  );

  const found = succeeded(await oras.run(['discover', ...plain, '--format', 'json', `${image}:1`]));
  const { referrers } = JSON.parse(found.stdout) as { referrers: { digest: string; artifactType: string }[] };
  assert.deepEqual(
    referrers.map((referrer) => referrer.artifactType),
    [artifactType],
  );
  succeeded(await oras.run(['pull', ...plain, '--output', 'got', `${image}@${referrers[0]?.digest}`]));
  assert.equal(readFileSync(join(oras.room.outside, 'got/note.txt'), 'utf8'), 'seen at dawn\n');
});
