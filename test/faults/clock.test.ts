import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { answered } from '../spec/answers.ts';
import { stage } from '../spec/repository.ts';
import { HOUR } from '../support/clock.ts';

const on = stage();
const DAY = 24 * HOUR;

test('a clock that is set back or forward between two chunks costs no upload within its idle time', async () => {
  const repository = on.repository();
  const bytes = randomBytes(4000);
  const location = await repository.begin();
  const jumps = [-3 * HOUR, 5 * HOUR, -20 * HOUR, 18 * HOUR];
  for (const [index, jump] of jumps.entries()) {
    on.registry.clock.advance(jump);
    const first = index * 1000;
    await answered(await repository.patch(location, bytes.subarray(first, first + 1000), first), 202);
    await repository.assertStandsAt(location, first + 1000);
  }
  await answered(await repository.finish(location, digestOf(bytes)), 201);
  await repository.assertHolds(bytes);
});

test('a clock that jumps over an idle time ends the upload and nothing that was pushed; back again, all is as it was', async () => {
  const repository = on.repository();
  const { bytes } = await repository.pushImage('kept');
  const location = await repository.begin();
  await answered(await repository.patch(location, randomBytes(100)), 202);
  on.registry.clock.advance(400 * DAY);
  await answered(await repository.request('GET', location), 404);
  await repository.assertServes('kept', bytes);
  const later = await repository.pushImage('later');
  on.registry.clock.advance(-400 * DAY);
  await repository.assertServes('kept', bytes);
  await repository.assertServes('later', later.bytes);
  const again = await repository.pushImage('kept');
  await repository.assertServes('kept', again.bytes);
});

test('a bearer from before a clock was set back or forward is refused at the most, and a new one works at once', async () => {
  const repository = on.repository();
  await repository.pushImage('kept');
  for (const jump of [-DAY, 2 * DAY, -DAY]) {
    const before = await on.registry.bearer(`repository:${repository.name}:pull`);
    on.registry.clock.advance(jump);
    const old = await repository.request('GET', 'manifests/kept', {
      headers: { Authorization: `Bearer ${before}` },
    });
    if (old.status !== 200) await answered(old, 401);
    await answered(await repository.as('pull', 'GET', 'manifests/kept'), 200);
  }
});
