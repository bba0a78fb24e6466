import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { ContainerRuntime, containerRuntime } from '../support/container-runtime.ts';
import { refused, succeeded } from '../support/transcript.ts';
import { allowPlainHttp } from './hosts-toml.ts';
import { pushImage } from './push-image.ts';
import { Stand } from './stand.ts';

const present = needs(containerRuntime, clients(['ctr']));

test('containerd login, push, pull: by ctr and as a kubelet', present, async () => {
  await using stand = await Stand.open();
  const [digest, kubelets] = [await pushImage(stand, 'tern', '1'), await pushImage(stand, 'tern', '2')];
  await using runtime = await ContainerRuntime.start();
  const image = `${stand.at('tern')}:1`;
  const key = ['--user', `iamapikey:${stand.apikey}`];
  const pull = ['images', 'pull', '--plain-http'];
  refused(await runtime.ctr([...pull, image]), /authorization failed|401|insufficient_scope/);
  succeeded(await runtime.ctr([...pull, ...key, image]));
  assert.match(succeeded(await runtime.ctr(['images', 'ls'])).stdout, new RegExp(digest));
  const copy = `${stand.at('noddy')}:copy`;
  succeeded(await runtime.ctr(['images', 'tag', image, copy]));
  succeeded(await runtime.ctr(['images', 'push', '--plain-http', ...key, copy]));
  assert.equal((await stand.content('noddy', 'copy')).digest, digest);

  allowPlainHttp(runtime.room, stand.host);
  const secret = { username: 'iamapikey', password: stand.apikey };
  await assert.rejects(runtime.pull(`${stand.at('tern')}:2`), /authorization failed|401|insufficient_scope/);
  assert.match(await runtime.pull(`${stand.at('tern')}:2`, secret), /^sha256:|@sha256:/);
  assert.ok(stand.wire.said('GET', new RegExp(`tern/manifests/${kubelets}`)).length > 0);
});
