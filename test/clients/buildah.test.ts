import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { succeeded } from '../support/transcript.ts';
import { Buildah } from './buildah.ts';
import { makeImageSource } from './image.ts';
import { Stand } from './stand.ts';

const present = needs(clients(['buildah']));

test('buildah login, push, pull: an image built from scratch', present, async () => {
  await using stand = await Stand.open();
  await using buildah = await Buildah.open(stand);
  const image = `${stand.at('crane')}:1`;
  const { context } = makeImageSource(buildah.room);
  await buildah.said('bud', '--layers', '-t', image, context);
  await buildah.said('push', '--tls-verify=false', '--digestfile', 'digest', image);
  const content = await stand.content('crane', '1');
  assert.equal(readFileSync(join(buildah.room.outside, 'digest'), 'utf8').trim(), content.digest);
  succeeded(await buildah.run(['rmi', '--all', '--force']));
  await buildah.said('pull', '--tls-verify=false', `${stand.at('crane')}@${content.digest}`);
  const container = await buildah.said('from', '--pull-never', `${stand.at('crane')}@${content.digest}`);
  assert.match(await buildah.said('inspect', container), new RegExp(content.digest));
});
