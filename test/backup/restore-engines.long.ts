import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { needs } from '../support/component.ts';
import { postgres } from '../support/postgres.ts';
import type { RegistryProcess } from '../support/registry-process.ts';
import { s3 } from '../support/s3.ts';
import { backUp } from './back-up.ts';
import { assertRestored, bothEngines } from './both-engines.ts';
import { pushImage } from './images.ts';
import { killRestore } from './restored-world.ts';

suite('O17: more of a restore from and to either engine', needs(postgres, s3), () => {
  const engines = bothEngines();

  test('O12: docker bearers and access tokens of before are 401 there', async () => {
    const { remote, newEngines } = engines();
    await using place = remote.newPlace(await newEngines());
    assert.equal((await remote.restore(place)).code, 0);
    await place.start();
    const { access, bearer, account } = remote.given;
    for (const [path, token] of [
      ['/v1/apikeys', access],
      ['/v2/birds/r0/tags/list', bearer],
    ] as const) {
      const headers = { Authorization: `Bearer ${token}`, Account: account };
      assert.equal((await fetch(place.url + path, { headers })).status, 401, path);
    }
  });

  test('what moved to PostgreSQL and S3 moves back by a backup of its own, with everything that came later', async () => {
    const { embedded, address, newEngines } = engines();
    await using moved = embedded.newPlace({
      ...(await newEngines()),
      TIDEGATE_BACKUP_ROOT: address('moved'),
    });
    assert.equal((await embedded.restore(moved)).code, 0);
    await moved.start();
    const digest = await pushImage(moved, 'birds/later', 'x', { apikey: embedded.old.apikey });
    const owner = Object.assign(Object.create(moved), {
      request: async (path: string, init: RequestInit = {}) => {
        const { accessToken, accountId } = await moved.signIn(embedded.old.apikey);
        const headers = new Headers(init.headers);
        headers.set('Authorization', `Bearer ${accessToken}`);
        headers.set('Account', accountId);
        return fetch(moved.url + path, { ...init, headers });
      },
    }) as RegistryProcess;
    await backUp(owner, address('moved'));
    await using back = embedded.newPlace();
    const outcome = await embedded.restore(back, [], address('moved'));
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /Restored/);
    await back.start();
    await embedded.assertHolds(back);
    const headers = {
      Authorization: `Basic ${Buffer.from(`iamapikey:${embedded.old.apikey}`).toString('base64')}`,
    };
    assert.equal((await fetch(`${back.url}/v2/birds/later/manifests/${digest}`, { headers })).status, 200);
  });

  test('a restore to PostgreSQL and S3 that was killed can be run again; until its end no replica starts there', async () => {
    const { embedded, newEngines } = engines();
    const settings = await newEngines();
    await using place = embedded.newPlace(settings);
    for (const killAt of [/Table restored: accounts/, /Blobs restored/])
      await killRestore(['--from', embedded.target], place.settings, killAt, place);
    await assertRestored(embedded, place);
  });
});
