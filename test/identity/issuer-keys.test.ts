import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJwt } from '../../src/identity/issuers/jwt.ts';
import type { KeysRead } from '../../src/identity/issuers/kept-keys.ts';
import { discovered, KeySet } from '../../src/identity/issuers/key-set.ts';
import { MovableClock } from '../support/clock.ts';
import { GITHUB, Platform, SAMPLES } from './platform.ts';

const KEPT: readonly (readonly [string, KeysRead | undefined])[] = [
  ['none were kept', undefined],
  ['older ones were kept', { keys: { keys: [] }, at: 0 }],
];

for (const [kept, before] of KEPT) {
  test(`logins that come at once all know the keys that the first of them read, where ${kept}`, async () => {
    const clock = new MovableClock();
    await using platform = await Platform.start(GITHUB, clock);
    const asked: PromiseWithResolvers<KeysRead | undefined>[] = [];
    const keySet = new KeySet(
      {
        ask: discovered(new URL(`${platform.url}/.well-known/openid-configuration`), {
          issuer: GITHUB,
          keyHosts: [],
        }),
        kept: {
          read: () => {
            const answer = Promise.withResolvers<KeysRead | undefined>();
            asked.push(answer);
            return answer.promise;
          },
          write: async () => undefined,
        },
      },
      clock,
    );
    const jwt = parseJwt(await platform.token(SAMPLES.github));
    assert.ok(jwt);
    const [first, second] = [keySet.verify(jwt), keySet.verify(jwt)];
    asked[0]?.resolve(before);
    await first;
    asked[1]?.resolve(before);
    await second;
    await keySet.verify(jwt);
    assert.equal(asked.length, 2);
  });
}
