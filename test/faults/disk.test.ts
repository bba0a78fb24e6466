import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { globSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { newManifest } from '../spec/content.ts';
import { NEEDS_MOUNT, smallDisk, thinDisk, type Volume } from './volume.ts';
import { type Answered, codeOf, eventually, WatchedRegistry } from './watched-registry.ts';

const MB = 1 << 20;
const MANIFEST = { 'Content-Type': 'application/vnd.oci.image.manifest.v1+json' };

const assertRefused = (answer: Answered, status: number, code: string): void => {
  assert.equal(answer.status, status, String(answer.body));
  assert.equal(codeOf(answer), code);
};

/** Fills what is left of a disk. */
const fill = (file: string): void => {
  try {
    for (;;) writeFileSync(file, Buffer.alloc(64 * 1024), { flag: 'a' });
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  }
};

test('a full disk: 507, pulls go on, nothing half-written is served, and with room again everything works', async (t) => {
  let disk: Volume | undefined;
  await using registry = await WatchedRegistry.begin((folder) => {
    disk = smallDisk(folder, '48m');
  });
  if (!disk) return t.skip(NEEDS_MOUNT);
  using _disk = disk;
  const kept = randomBytes(3 * MB);
  const keptDigest = await registry.push(kept);
  await registry.push(Buffer.from('{}'));
  await registry.ask('GET', `blobs/${keptDigest}`);
  const before = registry.openFiles;

  const large = randomBytes(60 * MB);
  const location = await registry.begin();
  assertRefused(await registry.ask('PATCH', location, { body: large }), 507, 'DENIED');
  const whole = `blobs/uploads/?digest=${digestOf(large)}`;
  assertRefused(await registry.ask('POST', whole, { body: large }), 507, 'DENIED');
  assert.equal((await registry.ask('GET', `blobs/${digestOf(large)}`)).status, 404);
  assert.ok((await registry.ask('GET', `blobs/${keptDigest}`)).body.equals(kept));
  assert.equal((await registry.ask('GET', location)).status, 204, 'the upload stands somewhere');
  assert.equal((await registry.ask('DELETE', location)).status, 204);
  await eventually(
    'no staging file and no descriptor is left',
    () => registry.stagings.length === 0 && registry.openFiles <= before,
  );

  const ballast = join(registry.dataDir, 'ballast');
  fill(ballast);
  // a write may still fit into the log's last pages; a few never do
  const manifests = Array.from({ length: 40 }, () => newManifest({ annotations: { a: 'x'.repeat(40_000) } }));
  const answers: number[] = [];
  for (const [index, body] of manifests.entries()) {
    const answer = await registry.ask('PUT', `manifests/m${index}`, { body, headers: MANIFEST });
    if (answer.status !== 201) assertRefused(answer, 507, 'DENIED');
    answers.push(answer.status);
  }
  assert.equal(answers.at(-1), 507);
  rmSync(ballast);
  for (const [index, body] of manifests.entries()) {
    const { status, body: served } = await registry.ask('GET', `manifests/m${index}`);
    assert.equal(status, answers[index] === 201 ? 200 : 404);
    if (status === 200) assert.ok(served.equals(body));
    else
      assert.equal(
        (await registry.ask('PUT', `manifests/m${index}`, { body, headers: MANIFEST })).status,
        201,
      );
  }
  await registry.push(randomBytes(5 * MB));
  await registry.restart('SIGKILL');
  assert.ok((await registry.ask('GET', `blobs/${keptDigest}`)).body.equals(kept));
  assert.equal((await registry.ask('GET', 'manifests/m39')).status, 200);
});

test('P5: a push whose sync fails is not acknowledged, its bytes are not served, and the next push works', async (t) => {
  let disk: Volume | undefined;
  await using registry = await WatchedRegistry.begin((folder) => {
    disk = thinDisk(join(folder, 'blobs'), '12m');
  });
  if (!disk) return t.skip(NEEDS_MOUNT);
  using _disk = disk;
  const kept = randomBytes(2 * MB);
  const keptDigest = await registry.push(kept);
  const lost = randomBytes(24 * MB);
  const location = await registry.begin();
  assert.equal((await registry.ask('PATCH', location, { body: lost })).status, 202, 'the thin disk takes it');
  const ended = await registry.ask('PUT', `${location}?digest=${digestOf(lost)}`);
  assert.ok(ended.status === 507 || ended.status === 503, `${ended.status} ${ended.body}`);
  assert.equal((await registry.ask('GET', `blobs/${digestOf(lost)}`)).status, 404);
  // a second sync would succeed with nothing on the disk: the upload is given up
  assert.equal((await registry.ask('PUT', `${location}?digest=${digestOf(lost)}`)).status, 404);
  assert.deepEqual(registry.stagings, []);
  assert.ok((await registry.ask('GET', `blobs/${keptDigest}`)).body.equals(kept));
  disk.remount('size=200m');
  await registry.push(lost);
  assert.ok((await registry.ask('GET', `blobs/${digestOf(lost)}`)).body.equals(lost));
});

test('a disk of blobs that becomes read-only: pushes to it are 503, pulls go on, and it recovers without a restart', async (t) => {
  let disk: Volume | undefined;
  await using registry = await WatchedRegistry.begin((folder) => {
    disk = smallDisk(join(folder, 'blobs'), '48m');
  });
  if (!disk) return t.skip(NEEDS_MOUNT);
  using _disk = disk;
  const digest = await registry.push(randomBytes(MB));
  await eventually('the server holds nothing open for writing', () => {
    disk?.remount('ro');
    return true;
  });
  const large = randomBytes(MB);
  const refused = await registry.ask('POST', `blobs/uploads/?digest=${digestOf(large)}`, { body: large });
  assertRefused(refused, 503, 'UNAVAILABLE');
  assert.equal((await registry.ask('GET', `blobs/${digest}`)).status, 200);
  assert.equal((await registry.ask('GET', '/readyz')).status, 503, 'readiness knows');
  disk.remount('rw');
  await registry.push(randomBytes(MB));
  assert.equal((await registry.ask('GET', '/readyz')).status, 200);
});

test('bytes cut short or removed underneath are never served as a whole blob', async () => {
  await using registry = await WatchedRegistry.begin();
  const whole = await registry.push(randomBytes(MB));
  for (const [damage, size] of [
    ['cut', 4 * MB],
    ['cut', 50_000],
    ['gone', 4 * MB],
    ['gone', 50_000],
  ] as const) {
    const digest = await registry.push(randomBytes(size));
    const [file = ''] = globSync(`blobs/*/sha256/*/${digest.slice(7)}.*`, { cwd: registry.dataDir });
    if (damage === 'cut') truncateSync(join(registry.dataDir, file), size / 4);
    else rmSync(join(registry.dataDir, file));
    // the answer breaks off, or it is a refusal
    const status = await registry.ask('GET', `blobs/${digest}`).then(
      (answer) => answer.status,
      () => 'broken off',
    );
    assert.notEqual(status, 200, damage);
    assert.equal((await registry.ask('GET', `blobs/${whole}`)).status, 200);
  }
});
